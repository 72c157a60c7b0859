"""Lists of products sorted by popularity: immutable, replaced as a whole, so that readers need no lock."""

import msgspec
import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int32]
Scores = NDArray[np.float64]


class Ranked(msgspec.Struct, frozen=True):
    """Products by falling score: `indices` int32 (n,), `scores` float64 (n,), aligned."""

    indices: Indices
    scores: Scores

    def __len__(self) -> int:
        return len(self.indices)

    def head(self, depth: int) -> "Ranked":
        """The first `depth` products, as views."""
        return Ranked(self.indices[:depth], self.scores[:depth])


EMPTY = Ranked(np.empty(0, np.int32), np.empty(0, np.float64))


def build_ranked(indices: Indices, scores: Scores) -> Ranked:
    """Sort once, O(n log n)."""
    order = np.argsort(-scores, kind="stable")
    return Ranked(indices[order], scores[order])


def update_ranked(ranked: Ranked, removed: Indices, added: Indices, scores: Scores) -> Ranked:
    """A copy without `removed` and with `added` at their places: O(n) copying, no sort of the whole.

    `removed` may name products that are not there; a product that moves is in both.
    """
    keep = np.isin(ranked.indices, removed, invert=True) if len(removed) else slice(None)
    indices, kept = ranked.indices[keep], ranked.scores[keep]
    new = build_ranked(added, scores)
    at = np.searchsorted(-kept, -new.scores, side="right")
    return Ranked(np.insert(indices, at, new.indices), np.insert(kept, at, new.scores))
