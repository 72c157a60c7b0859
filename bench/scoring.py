"""(a) The request path's scoring against the pandas filter-and-sort that the first design documents used."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from app.supervisor import say
from bench.measure import alternate, flatten, say_ratio, summarise, time_calls
from bench.synthetic import build_lists
from recommender.scoring import merge_heads

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
INTERESTS = 10
LIMIT = 10
Visitor = list[int]  # positions of the categories of interest


class Shop:
    """One catalogue in both forms. Categories are text in the table, as in the documents."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.categories = min(1000, size // 100)
        self.lists, category, self._popularity = build_lists(size, self.categories)
        self._names = np.array([f"Category {n}" for n in range(self.categories)], dtype=object)
        self.table = pd.DataFrame(
            {"product_id": np.arange(size), "category": self._names[category], "popularity": self._popularity}
        )
        self._rng = np.random.default_rng(size)

    def visitors(self, count: int) -> list[Visitor]:
        """Random visitors, different ones at every call."""
        return [self._rng.choice(self.categories, INTERESTS, replace=False).tolist() for _ in range(count)]

    def ours(self, visitor: Visitor) -> list[int]:
        """The function that the service calls, with equal weights as for g = 0."""
        lists = [self.lists[category] for category in visitor]
        return merge_heads(lists, [1.0] * INTERESTS, LIMIT)[0]

    def reference(self, visitor: Visitor) -> list[int]:
        """The documents' three calls."""
        df, interested = self.table, [self._names[category] for category in visitor]
        found = df[df["category"].isin(interested)].sort_values("popularity", ascending=False).head(LIMIT)
        return found["product_id"].tolist()


def run(sizes: tuple[int, ...] = SIZES, rounds: int = 15, visitors: int = 400) -> None:
    """Build all catalogues first, then let them take turns."""
    say(f"(a) scoring: {INTERESTS} categories of interest, {LIMIT} products wanted, us a call")
    shops = [Shop(size) for size in sizes]
    for shop in shops:
        _check(shop)
    subjects: dict[str, Callable[[], list[float]]] = {}
    for shop in shops:
        subjects[f"ours {shop.size}"] = lambda shop=shop: time_calls(shop.ours, shop.visitors(visitors))  # type: ignore[misc]
        subjects[f"pandas {shop.size}"] = lambda shop=shop: time_calls(shop.reference, shop.visitors(2))  # type: ignore[misc]
    results = alternate(subjects, rounds)
    medians = {}
    for shop in shops:
        ours = summarise(flatten(results[f"ours {shop.size}"]))
        pandas = summarise(flatten(results[f"pandas {shop.size}"]))
        medians[shop.size] = ours.p50
        say(
            f"  {shop.size:>10,} products in {shop.categories:,} categories: "
            f"ours p50 {ours.p50 * 1e6:.1f} p99 {ours.p99 * 1e6:.1f}, "
            f"pandas p50 {pandas.p50 * 1e6:,.0f}, ratio {pandas.p50 / ours.p50:,.0f}"
        )
        if shop.size == 1_000_000:
            say_ratio("pandas / ours at 1,000,000", pandas.p50 / ours.p50, "at least 1,000")
    say_ratio(f"ours at {sizes[-1]:,} / ours at {sizes[0]:,}", medians[sizes[-1]] / medians[sizes[0]], "at most 1.30")


def _check(shop: Shop) -> None:
    for visitor in shop.visitors(3):
        if shop.ours(visitor) != shop.reference(visitor):
            raise AssertionError(f"the two disagree for categories {visitor} of {shop.size:,} products")


if __name__ == "__main__":
    start = time.perf_counter()
    run()
    say(f"{time.perf_counter() - start:.0f} s")
