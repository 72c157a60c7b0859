"""What a visitor may want in the next basket: sources added up, each as a share of its best."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Proposed(NamedTuple):
    """What one source proposes: product numbers int32 (n,), each once, and scores float64 (n,), aligned; NaN abstains.
    An order is not required, no product at all is allowed.
    """

    products: NDArray[np.int32]
    scores: NDArray[np.float64]


def blend_sources(found: Mapping[str, Proposed], weights: Mapping[str, float], limit: int) -> Proposed:
    """At most `limit` products by the weighted sum of their scores over the largest of each source, best first.

    Sources without a weight do not count; a source that abstains adds nothing. Of equal sums the smaller product number
    comes first; what has no sum above 0 is left out.
    """
    weighed = [(shares(found[name]), weight) for name, weight in weights.items() if name in found]
    if not weighed:
        return Proposed(np.empty(0, np.int32), np.empty(0, np.float64))
    products, place = np.unique(np.concatenate([part.products for part, _ in weighed]), return_inverse=True)
    sums: NDArray[np.float64] = np.bincount(
        place, np.concatenate([part.scores * weight for part, weight in weighed]), len(products)
    ).astype(np.float64)
    best = np.argsort(-sums, kind="stable")[:limit]
    best = best[sums[best] > 0.0]
    return Proposed(products[best], sums[best])


def shares(found: Proposed) -> Proposed:
    """The scores over the largest one, without those that abstain; nothing when none is above 0."""
    known = ~np.isnan(found.scores)
    top = found.scores[known].max(initial=0.0)
    if top <= 0.0:
        return Proposed(found.products[:0], found.scores[:0])
    return Proposed(found.products[known], found.scores[known] / top)
