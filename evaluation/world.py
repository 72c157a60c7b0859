"""The service's own tables and learner, without a service around them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from learner.learn import Clicks, learn_clicks
from recommender.hybrid import Tables
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
    """Tables that learn; `now` is the time of the last click, in half-lives."""

    def __init__(self, categories: NDArray[np.int32], sessions: int, clicks: int) -> None:
        """Empty tables for products with `categories` int32 (P,), -1 for none, and for so many sessions and clicks."""
        products = len(categories)
        self.tables = Tables(
            build_session_tables(products, max(sessions, 1), 8 * products + 4 * clicks),
            build_product_tables(products, int(categories.max(initial=-1)) + 1, PAIRS),
        )
        self.tables.products.category[:] = categories
        self.now = 0.0
        self._known = np.full(max(sessions, 1), -1, np.int64)
        self._scratch = build_scratch()

    def learn(self, clicks: Clicks, report: Callable[[int], None] | None = None) -> None:
        """Let the service's learner see clicks in order; `report(n)` when n of them are learnt.

        Raises:
            MemoryError: there are more clicks than the tables were made for.
        """
        for first in range(0, len(clicks.product), BLOCK):
            block = slice_clicks(clicks, first, first + BLOCK)
            if learn_clicks(self.tables, block, self._known, 0, self._scratch) != len(block.product):
                raise MemoryError("there are more clicks than the tables were made for")
            if report is not None:
                report(first + len(block.product))
        if len(clicks.moment):
            self.now = float(clicks.moment[-1])
