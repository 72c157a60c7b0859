"""What is bought together, said plainly: whole orders and histories in lists, nothing recycled or incremental."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from learner.basket_writer import Known, Purchases, learn_purchases
from recommender.baskets import (
    HISTORIES_READ,
    HISTORY_SHARE,
    ORDERS_READ,
    POPULARITY_POWER,
    SMOOTHING,
    Baskets,
    build_baskets,
)
from tests.references import SessionLog

# Order, visitor, product.
Purchase = tuple[int, int, int]
MUCH = 100_000


class RowLog:
    """One index: the row of each order, or of each visitor, by its name; rows that have been pushed out begin anew."""

    def __init__(self, slots: int) -> None:
        self.log = SessionLog(slots)
        self.numbers: dict[int, int] = {}
        self.visitors: list[int] = []
        self.purchases: list[int] = []

    def add(self, name: int, visitor: int, product: int) -> None:
        number = self.numbers.get(name, -1)
        if not self.log.is_there(number):
            number = self.numbers[name] = self.log.begin()
            self.visitors.append(visitor)
            self.purchases.append(0)
        self.purchases[number] += 1
        if product not in self.log.row(number):
            self.log.add(number, product)


class BasketLog(NamedTuple):
    """Both indexes."""

    orders: RowLog
    histories: RowLog


class BasketWorld(NamedTuple):
    """The same purchases in `tables` and in `log`."""

    tables: Baskets
    log: BasketLog


def as_purchases(bought: Sequence[Purchase]) -> Purchases:
    """Purchases as the learner takes them: visitor v has hash v + 1, order n has key n + 1, one second apart."""
    order, visitor, product = np.array(bought, np.int64).reshape(-1, 3).T
    time = np.arange(len(bought), dtype=np.float64)
    return Purchases(order, visitor, order + 1, visitor + 1, product.astype(np.int32), time)


def unknown(bought: Sequence[Purchase]) -> Known:
    """No row of these purchases has begun yet."""
    sizes = [max((purchase[at] for purchase in bought), default=0) + 1 for at in (0, 1)]
    return Known(np.full(sizes[0], -1, np.int64), np.full(sizes[1], -1, np.int64))


def learn_log(bought: Sequence[Purchase], slots: tuple[int, int]) -> BasketLog:
    """The plain log after these purchases; `slots` of orders and of histories, powers of two."""
    log = BasketLog(RowLog(slots[0]), RowLog(slots[1]))
    for order, visitor, product in bought:
        log.orders.add(order, visitor, product)
        log.histories.add(visitor, visitor, product)
    return log


def build_basket_world(
    bought: Sequence[Purchase], products: int = 40, slots: tuple[int, int] = (1024, 64)
) -> BasketWorld:
    """A world after these purchases."""
    tables = build_baskets(products, *slots, MUCH)
    assert learn_purchases(tables, as_purchases(bought), unknown(bought), 0) == 2 * len(bought)
    return BasketWorld(tables, learn_log(bought, slots))


def random_purchases(rng: np.random.Generator, products: int = 30) -> list[Purchase]:
    """Visitors with several orders, of which some are open at the same time; some are longer than a row."""
    visitors, orders = int(rng.integers(1, 8)), int(rng.integers(1, 50))
    popularity = rng.dirichlet(np.full(products, 0.4))
    owner = rng.integers(0, visitors, orders)
    sizes = np.where(rng.random(orders) < 1 / 8, rng.integers(21, 60, orders), rng.integers(1, 8, orders))
    lines = [(order, int(owner[order])) for order in range(orders) for _ in range(sizes[order])]
    mixed = sorted(range(len(lines)), key=lambda n: n + rng.integers(0, 30))
    return [(*lines[n], int(rng.choice(products, p=popularity))) for n in mixed]


def together(log: BasketLog, asked: Sequence[int], own: int) -> dict[int, float]:
    """What goes with the products that are asked for, by the formula in `recommender/baskets.py`."""
    scores: defaultdict[int, float] = defaultdict(float)
    for rows, share, left in ((log.orders, 1.0, ORDERS_READ), (log.histories, HISTORY_SHARE, HISTORIES_READ)):
        for n, product in enumerate(asked):
            if product < 0:
                continue
            newest = rows.log.remembered(product)[: left // (len(asked) - n)]
            left -= len(newest)
            for number in newest:
                if rows.log.is_there(number) and (own == 0 or rows.visitors[number] != own - 1):
                    for other in set(rows.log.row(number)) - {product}:
                        damping = (rows.log.count(product) + SMOOTHING) ** 0.5
                        scores[other] += share / damping / (rows.log.count(other) + SMOOTHING) ** POPULARITY_POWER
    return {product: score for product, score in scores.items() if product not in asked}
