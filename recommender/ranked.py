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
    """Sorted by falling score; products of equal score keep their order.

    O(n) where most are in order already, as after a few have changed: numpy's stable sort is Timsort.
    """
    # Methods, not functions and brackets: most lists are so short that these would take longer than the sorting.
    order = (-scores).argsort(kind="stable")
    return Ranked(indices.take(order), scores.take(order))
