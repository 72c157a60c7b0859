"""Every source of products for a household's next basket, by name."""

import numpy as np
from numpy.typing import NDArray

from evaluation.basket_world import visitor_of
from evaluation.baskets import Lines
from profiles.profile import Profile
from recommender.basket_blend import Proposed
from recommender.baskets import Baskets, gather_baskets
from recommender.buy_again import propose_again
from recommender.scratch import KEY_MASK, PRODUCTS, TOGETHER, build_scratch
from recommender.session_tables import visitor_hash

# Products that a source proposes at most.
DEPTH = 100
SOURCES = ("popularity", "most_bought", "buy_again", "bought_together")


class BasketSources:
    """All sources over one training; `lines` are that."""

    def __init__(self, baskets: Baskets, lines: Lines, households: int) -> None:
        self._baskets, self._scratch = baskets, build_scratch()
        self._lines = lines
        self._own = np.argsort(lines.household, kind="stable")
        self._ends = np.searchsorted(lines.household[self._own], np.arange(households + 1))
        counts = baskets.orders.sessions_of.astype(np.float64)
        self._popular = _best(np.arange(len(counts), dtype=np.int32), counts)

    def propose(self, household: int, profile: Profile) -> dict[str, Proposed]:
        """What each of SOURCES proposes, the best first."""
        own = self._own[self._ends[household] : self._ends[household + 1]]
        again = propose_again(profile, DEPTH)
        return {
            "popularity": self._popular,
            "most_bought": most_bought(self._lines.product[own]),
            "buy_again": Proposed(np.array([int(name) for name in again.products], np.int32), again.scores),
            "bought_together": self._together(household, own),
        }

    def _together(self, household: int, own: NDArray[np.int64]) -> Proposed:
        """What others bought together with the products of the household's last basket."""
        last = own[self._lines.basket[own] == self._lines.basket[own[-1]]]
        hashed = visitor_hash(visitor_of(household))
        gather_baskets(self._baskets, self._lines.product[last], hashed, self._scratch)
        cells = self._scratch.products[: self._scratch.counts[PRODUCTS]]
        return _best(
            (self._scratch.product_key[cells] & KEY_MASK).astype(np.int32),
            self._scratch.columns[cells, TOGETHER].astype(np.float64),
        )


def most_bought(bought: NDArray[np.int32]) -> Proposed:
    """Products by the number of a household's baskets that they are in; of equal ones the last bought comes first.

    `bought` int32 (n,): its purchases in order of time.
    """
    products, first, counts = np.unique(bought[::-1], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))[:DEPTH]
    return Proposed(products[order], counts[order].astype(np.float64))


def _best(products: NDArray[np.int32], scores: NDArray[np.float64]) -> Proposed:
    order = np.lexsort((products, -scores))[:DEPTH]
    order = order[scores[order] > 0.0]
    return Proposed(products[order], scores[order])
