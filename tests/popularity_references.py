"""What is popular and what is trending, said plainly: every event is kept, sums are added up when they are asked."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pytest import approx

from profiles.decay import EPOCH
from recommender.popularity_tables import TOP_LIMIT, PopularityHalfLives, PopularityTables

Lists = Sequence[Sequence[int]]


class PopularityLog:
    """Events by product; `listed` are the categories of each."""

    def __init__(self, listed: Lists, half_lives: PopularityHalfLives) -> None:
        self.listed, self.half_lives = listed, half_lives
        self.events: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
        self.kinds: Counter[tuple[int, int]] = Counter()

    def count(self, product: int, weight: float, seconds: float) -> None:
        self.events[product].append((weight, seconds))

    def count_kind(self, product: int, kind: int) -> None:
        if kind >= 0:
            self.kinds[product, kind] += 1

    def engagement(self, product: int) -> float:
        return log_sum(self.events.get(product, []), self.half_lives.long)

    def trend(self, product: int) -> float:
        return log_sum(self.events.get(product, []), self.half_lives.short)

    def heat(self, product: int) -> float:
        """How much there is now, times how much more that is than usual, as a logarithm."""
        return 2.0 * self.trend(product) - self.engagement(product) if product in self.events else -math.inf

    def category_engagement(self, category: int) -> float:
        return log_sum(self._events_in(category), self.half_lives.long)

    def category_trend(self, category: int) -> float:
        return log_sum(self._events_in(category), self.half_lives.short)

    def members(self, category: int) -> list[int]:
        return [product for product, lists in enumerate(self.listed) if category in lists]

    def _events_in(self, category: int) -> list[tuple[float, float]]:
        return [event for product in self.members(category) for event in self.events.get(product, [])]


def log_sum(events: Iterable[tuple[float, float]], half_life: float) -> float:
    """The logarithm of the sum of weights, each faded since it came; -inf for none."""
    terms = [math.log2(weight) + (seconds - EPOCH) / half_life for weight, seconds in events]
    top = max(terms, default=0.0)
    return top + math.log2(math.fsum(2.0 ** (term - top) for term in terms)) if terms else -math.inf


def best_first(values: NDArray[Any], products: Iterable[int]) -> list[int]:
    """A list as it should stand: the products that have a value, by falling values, equal ones by number, then -1."""
    known = [product for product in products if values[product] > -math.inf]
    best = sorted(known, key=lambda product: (-values[product], product))[:TOP_LIMIT]
    return best + [-1] * (TOP_LIMIT - len(best))


def check_sums(tables: PopularityTables, log: PopularityLog) -> None:
    """Every sum and every count is what the events say."""
    products, categories = range(len(tables.engagement)), range(len(tables.category_engagement))
    assert tables.engagement.tolist() == approx([log.engagement(p) for p in products], rel=0, abs=1e-9)
    assert tables.trend.tolist() == approx([log.trend(p) for p in products], rel=0, abs=1e-9)
    assert tables.heat.tolist() == approx([log.heat(p) for p in products], rel=0, abs=1e-9)
    assert tables.category_engagement.tolist() == approx(
        [log.category_engagement(c) for c in categories], rel=0, abs=1e-9
    )
    assert tables.category_trend.tolist() == approx([log.category_trend(c) for c in categories], rel=0, abs=1e-9)
    counts = {(int(p), int(kind)): int(tables.counts[p, kind]) for p, kind in np.argwhere(tables.counts)}
    assert counts == dict(log.kinds)


def check_tops(tables: PopularityTables, log: PopularityLog) -> None:
    """Lists by engagement are the heads of full sorts."""
    assert tables.overall_top.tolist() == best_first(tables.engagement, range(len(tables.engagement)))
    for category, top in enumerate(tables.category_top.tolist()):
        assert top == best_first(tables.engagement, log.members(category))


def check_hot(tables: PopularityTables, log: PopularityLog) -> None:
    """Lists by heat are the heads of full sorts; so it is when events came in the order of their times."""
    assert tables.overall_hot.tolist() == best_first(tables.heat, range(len(tables.heat)))
    for category, hot in enumerate(tables.category_hot.tolist()):
        assert hot == best_first(tables.heat, log.members(category))
