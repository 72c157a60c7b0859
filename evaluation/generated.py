"""Sessions of made-up visitors in a made-up shop, as data to tune on that no licence binds."""

import numpy as np
from numpy.typing import NDArray

from evaluation.data import Data
from evaluation.sessions import build_sessions, cut_cases, in_order_of_time
from evaluation.shop import PERIODS, SHOWN, Shop
from evaluation.shop_shape import ShopShape
from profiles.decay import EPOCH

DAY_SECONDS = 86400.0
CLICK_SECONDS = 45.0
MAX_LENGTH = 60
# Sessions a visitor has on average, and leaf categories that a visitor cares for.
SESSIONS_EACH = 3
TASTES_EACH = 3
# Times that a visitor passes over what the session has seen.
FRESH_DRAWS = 4


def generate_data(shape: ShopShape, generator: np.random.Generator) -> Data:
    """The sessions of a shop, oldest first, all of them to learn from. The same generator gives the same."""
    visitors = _Visitors(Shop(shape, generator), generator)
    begins = np.sort(generator.random(shape.sessions))
    rows = [visitors.visit(int(begin * PERIODS)) for begin in begins.tolist()]
    sessions = build_sessions(rows)
    places = np.arange(len(sessions.clicks)) - np.repeat(sessions.starts[:-1], np.diff(sessions.starts))
    seconds = np.repeat(begins, np.diff(sessions.starts)) * shape.days * DAY_SECONDS + places * CLICK_SECONDS
    nothing = build_sessions([])
    clicks = in_order_of_time(nothing, np.zeros(0), len(sessions))
    return Data(sessions, EPOCH + seconds, cut_cases(nothing), clicks, np.zeros(0, np.int64), visitors.shop.shelf)


class _Visitors:
    """Who comes to a shop: each with some categories to care for, and the list where the last session was."""

    def __init__(self, shop: Shop, generator: np.random.Generator) -> None:
        self.shop, self._generator = shop, generator
        self._list_of: dict[int, int] = {}
        self._count = max(shop.shape.sessions // SESSIONS_EACH, 1)
        leaves = len(shop.lists_of_leaf)
        liking = generator.dirichlet(np.full(leaves, 0.8))
        self._tastes = generator.choice(leaves, (self._count, TASTES_EACH), p=liking)
        self._list_sums: dict[int, NDArray[np.float64]] = {}
        self._period, self._sums, self._banners = -1, list[NDArray[np.float64]](), np.zeros(0)

    def visit(self, period: int) -> list[int]:
        """The clicks of one session."""
        shape, random = self.shop.shape, self._generator.random
        self._turn_to(period)
        visitor = int(random() * self._count)
        known = self._list_of.get(visitor, -1)
        now = known if known >= 0 and random() < shape.loyalty else self._choose_list(visitor)
        clicks = [self._pick(now)]
        for _ in range(self._length() - 1):
            product, now = self._step(clicks, now, visitor)
            clicks.append(product)
        self._list_of[visitor] = now
        return clicks

    def _turn_to(self, period: int) -> None:
        """Lists are as wanted as their products are in this period."""
        if period != self._period:
            self._period, shop = period, self.shop
            self._list_sums.clear()
            value = np.array([shop.wanted[period, products].mean() for products in shop.lists])
            self._sums = [value[numbers].cumsum() for numbers in shop.lists_of_leaf]
            self._banners = (shop.wanted[period] ** 2).cumsum()

    def _length(self) -> int:
        shape = self.shop.shape
        drawn = self._generator.lognormal(np.log(shape.length - 1.0), shape.length_sigma)
        return min(max(round(drawn), 1) + 1, MAX_LENGTH)

    def _choose_list(self, visitor: int) -> int:
        leaf = int(self._tastes[visitor, int(self._generator.random() * TASTES_EACH)])
        return int(self.shop.lists_of_leaf[leaf][_draw(self._sums[leaf], self._generator.random())])

    def _pick(self, number: int) -> int:
        """A product of a list, one that is in the shop by now if any is, the higher the likelier."""
        products, sums = self.shop.lists[number], self._list_sums.get(number)
        if sums is None:
            weights = np.arange(1.0, len(products) + 1.0) ** -self.shop.shape.steepness
            sums = (weights * np.sqrt(self.shop.wanted[self._period, products])).cumsum()
            self._list_sums[number] = sums
        return int(products[_draw(sums, self._generator.random())])

    def _step(self, clicks: list[int], now: int, visitor: int) -> tuple[int, int]:
        """The next product, and the list that the visitor is in then."""
        shape, random = self.shop.shape, self._generator.random
        last = clicks[-1]
        if random() < shape.again:
            return last, now
        if len(clicks) > 1 and random() < shape.back:
            steps = min(int(self._generator.geometric(0.4)) + 1, len(clicks))
            return clicks[-steps], now
        if random() < shape.banners:
            return _draw(self._banners, random()), now
        if random() < shape.elsewhere:
            now = self._choose_list(visitor)
            return self._pick(now), now
        if random() < shape.nearby:
            return int(self.shop.nearby[last, (self._generator.geometric(0.3) - 1) % SHOWN]), now
        if random() < shape.onward:
            return self._onward(last, now), now
        return self._pick_fresh(now, clicks), now

    def _pick_fresh(self, number: int, clicks: list[int]) -> int:
        """A product of a list, rather one that the session has not seen: who goes back does so on purpose."""
        product = self._pick(number)
        for _ in range(FRESH_DRAWS):
            if product not in clicks:
                break
            product = self._pick(number)
        return product

    def _onward(self, last: int, now: int) -> int:
        """What stands behind `last` in the list; the first one when it is not in it, or at its end."""
        products = self.shop.lists[now]
        at = np.flatnonzero(products == last)
        return int(products[(at[0] + 1) % len(products)]) if len(at) else int(products[0])


def _draw(sums: NDArray[np.float64], share: float) -> int:
    """The place that a share, 0 to 1, of all that weighs falls on; `sums` float64 (n,) of the weights so far."""
    return min(int(np.searchsorted(sums, share * sums[-1])), len(sums) - 1)
