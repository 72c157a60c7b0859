"""What is bought together, said plainly: whole orders and histories in lists, nothing recycled or incremental."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from learner.basket_writer import DAY_SECONDS, GAP_SECONDS, MAX_AN_ORDER, Purchases, learn_purchases
from profiles.decay import EPOCH
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

MUCH = 100_000


class Purchase(NamedTuple):
    """One purchase; visitors are numbered from 1, and so are the ids of orders: 0 is none."""

    visitor: int
    key: int
    product: int
    seconds: float = EPOCH


class BasketLog:
    """Both indexes; the keys of orders, and how many purchases were ignored."""

    def __init__(self, slots: tuple[int, int]) -> None:
        self.orders, self.histories = SessionLog(slots[0]), SessionLog(slots[1])
        self.keys: list[int] = []
        self.ignored = 0

    def learn(self, bought: Sequence[Purchase]) -> None:
        for purchase in bought:
            order = self._find_order(purchase)
            if len(self.orders.times[order]) >= MAX_AN_ORDER:
                self.ignored += 1
                continue
            history = self.histories.newest(purchase.visitor)
            history = history if history >= 0 else self.histories.begin(purchase.visitor)
            for rows, number in ((self.orders, order), (self.histories, history)):
                if purchase.product not in rows.row(number):
                    rows.add(number, purchase.product)
                rows.times[number].append(purchase.seconds)

    def _find_order(self, purchase: Purchase) -> int:
        """The visitor's newest order, if the purchase goes on with it, or another one."""
        number = self.orders.newest(purchase.visitor)
        if number >= 0 and self.keys[number] == purchase.key:
            pause = abs(purchase.seconds - max(self.orders.times[number]))
            if pause <= (DAY_SECONDS if purchase.key else GAP_SECONDS):
                return number
        self.keys.append(purchase.key)
        return self.orders.begin(purchase.visitor)


class BasketWorld(NamedTuple):
    """The same purchases in `tables` and in `log`."""

    tables: Baskets
    log: BasketLog


def orders_of(*orders: tuple[int, Sequence[int]]) -> list[Purchase]:
    """Whole orders, one after the other: each of a visitor, with an id of its own."""
    return [
        Purchase(visitor, number, product) for number, (visitor, row) in enumerate(orders, start=1) for product in row
    ]


def as_purchases(bought: Sequence[Purchase]) -> Purchases:
    """Purchases as the learner takes them."""
    visitor, key, product, seconds = zip(*bought, strict=True) if bought else ((),) * 4
    return Purchases(
        np.array(visitor, np.int64),
        np.array(key, np.int64),
        np.array(product, np.int32),
        np.array(seconds, np.float64),
    )


def learn_log(bought: Sequence[Purchase], slots: tuple[int, int]) -> BasketLog:
    """The plain log after these purchases; `slots` of orders and of histories, powers of two."""
    log = BasketLog(slots)
    log.learn(bought)
    return log


def build_basket_world(
    bought: Sequence[Purchase], products: int = 40, slots: tuple[int, int] = (1024, 64)
) -> BasketWorld:
    """A world after these purchases."""
    tables, log, ignored = build_baskets(products, *slots, MUCH), learn_log(bought, slots), np.zeros(1, np.int64)
    assert learn_purchases(tables, as_purchases(bought), ignored, 0) == len(bought)
    assert ignored[0] == log.ignored
    return BasketWorld(tables, log)


def random_purchases(rng: np.random.Generator, products: int = 30) -> list[Purchase]:
    """Visitors with several orders, of which some have one id, some have none and some go on while another is open;
    some are longer than a row.
    """
    visitors, orders = int(rng.integers(1, 8)), int(rng.integers(1, 50))
    popularity = rng.dirichlet(np.full(products, 0.4))
    owner, keys = rng.integers(1, visitors + 1, orders), rng.integers(0, orders + 1, orders) * rng.integers(0, 2)
    sizes = np.where(rng.random(orders) < 1 / 8, rng.integers(21, 60, orders), rng.integers(1, 8, orders))
    lines = [order for order in range(orders) for _ in range(sizes[order])]
    mixed = [lines[n] for n in sorted(range(len(lines)), key=lambda n: n + rng.integers(0, 6))]
    pauses = rng.choice([1.0, GAP_SECONDS / 2, 2 * GAP_SECONDS, DAY_SECONDS], len(lines), p=[0.8, 0.1, 0.07, 0.03])
    seconds = EPOCH + np.cumsum(pauses) + rng.normal(0.0, GAP_SECONDS / 4, len(lines))
    drawn = rng.choice(products, len(lines), p=popularity)
    return [
        Purchase(int(owner[order]), int(keys[order]), int(product), float(time))
        for order, product, time in zip(mixed, drawn, seconds, strict=True)
    ]


def together(log: BasketLog, asked: Sequence[int], own: int) -> dict[int, float]:
    """What goes with the products that are asked for, by the formula in `recommender/baskets.py`."""
    scores: defaultdict[int, float] = defaultdict(float)
    for rows, share, left in ((log.orders, 1.0, ORDERS_READ), (log.histories, HISTORY_SHARE, HISTORIES_READ)):
        for n, product in enumerate(asked):
            if product < 0:
                continue
            newest = rows.remembered(product)[: left // (len(asked) - n)]
            left -= len(newest)
            for number in newest:
                if rows.is_there(number) and (own == 0 or rows.visitor[number] != own):
                    for other in set(rows.row(number)) - {product}:
                        damping = (rows.count(product) + SMOOTHING) ** 0.5
                        scores[other] += share / damping / (rows.count(other) + SMOOTHING) ** POPULARITY_POWER
    return {product: score for product, score in scores.items() if product not in asked}
