"""The service's own tables and learner, without a service around them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from learner.clicks import MAX_EVENTS_A_SESSION
from learner.learn import Clicks, Limits, learn_clicks
from recommender.factor_tables import build_factor_tables
from recommender.hybrid import Tables
from recommender.popularity_tables import PopularityHalfLives, build_popularity_tables
from recommender.product_tables import build_product_tables
from recommender.scratch import build_scratch
from recommender.session_tables import build_session_tables

PAIRS = 2**18
# Clicks between two reports of how far it has come.
BLOCK = 20_000


def slice_clicks(clicks: Clicks, first: int, last: int) -> Clicks:
    """Clicks first..last-1, as views."""
    return Clicks._make(field[first:last] for field in clicks)


class World:
    """Tables that learn; `now` is the time of the last click, Unix seconds."""

    def __init__(self, categories: NDArray[np.int32], sessions: int, clicks: int) -> None:
        """Empty tables for products with `categories` int32 (P,), -1 for none, and for so many sessions and clicks."""
        products, known = len(categories), int(categories.max(initial=-1)) + 1
        self.tables = Tables(
            build_session_tables(products, max(sessions, 1), 8 * products + 4 * clicks),
            build_product_tables(products, known, PAIRS),
            build_popularity_tables(products, known, PopularityHalfLives()),
            build_factor_tables(products, max(sessions, 1)),
        )
        self.tables.products.category[:] = categories
        self.tables.products.tie[:] = np.arange(products)
        self.tables.popularity.listed[:, 0] = categories
        self.now = 0.0
        # The data say what a session is: a visitor is one session, and no pause ends it.
        self._limits = Limits(np.inf, MAX_EVENTS_A_SESSION, np.zeros(1, np.int64))
        self._scratch = build_scratch()

    def learn(self, clicks: Clicks, report: Callable[[int], None] | None = None) -> None:
        """Let the service's learner see clicks in order; `report(n)` when n of them are learnt.

        Raises:
            MemoryError: there are more clicks than the tables were made for.
        """
        for first in range(0, len(clicks.product), BLOCK):
            block = slice_clicks(clicks, first, first + BLOCK)
            if learn_clicks(self.tables, block, self._limits, 0, self._scratch) != len(block.product):
                raise MemoryError("there are more clicks than the tables were made for")
            if report is not None:
                report(first + len(block.product))
        if len(clicks.time):
            self.now = float(clicks.time[-1])
