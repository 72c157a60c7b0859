"""What is popular and what is trending, as arrays that one process writes and any number read.

Evidence fades with two half-lives. Both sums are in log space (`profiles/decay.py`), so what leads does not change
while nothing happens, and lists are kept sorted by moving the one product that an event was about.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from profiles.decay import EPOCH
from recommender.jit import kernel
from recommender.table_schema import Table, build_arrays

# Length of the lists.
TOP_LIMIT = 64
# Lists that a product may be in: its categories and those above them.
LISTED_LIMIT = 8
# Columns of `counts`.
IMPRESSIONS, CLICKS, VIEWS, CARTS, PURCHASES = range(5)
COUNTS = 5
# A ring of what changed: a reader that is further behind looks at everything.
CHANGES = 2**16
# Of `half_lives`.
LONG, SHORT = 0, 1


class PopularityTables(NamedTuple):
    """P products, C categories.

    `half_lives` float64 (2,): seconds, LONG and SHORT. `engagement`, `trend` float64 (P,): sums of the weights of
    everybody's events, faded by LONG and by SHORT, as log sums, -inf for none; `category_engagement`, `category_trend`
    float64 (C,): the same of all products listed in a category. `heat` float64 (P,): 2 `trend` - `engagement`.
    `counts` int32 (P, COUNTS): events by kind. `listed` int32 (P, LISTED_LIMIT): the categories whose lists a product
    is in, -1 behind the last. `overall_top`, `overall_hot` int32 (TOP_LIMIT,), `category_top`, `category_hot` int32
    (C, TOP_LIMIT): products by falling `engagement` and by falling `heat`, -1 where there are fewer. `changed` int32
    (CHANGES,): products whose engagement changed, a ring; `change_count` int64 (1,): changes so far.

    Heat is the logarithm of short x (short / long): how much there is now, times how much more that is than usual. Its
    order needs no clock, as all products' heat falls alike. Lists by engagement are exact, because sums only grow. An
    event that comes very late can lower a heat; then the list keeps the product further down.
    """

    half_lives: NDArray[np.float64]
    engagement: NDArray[np.float64]
    trend: NDArray[np.float64]
    heat: NDArray[np.float64]
    category_engagement: NDArray[np.float64]
    category_trend: NDArray[np.float64]
    counts: NDArray[np.int32]
    listed: NDArray[np.int32]
    overall_top: NDArray[np.int32]
    category_top: NDArray[np.int32]
    overall_hot: NDArray[np.int32]
    category_hot: NDArray[np.int32]
    changed: NDArray[np.int32]
    change_count: NDArray[np.int64]


LAYOUT = (
    Table("half_lives", "float64", (2,), 0),
    Table("engagement", "float64", ("products",), -np.inf),
    Table("trend", "float64", ("products",), -np.inf),
    Table("heat", "float64", ("products",), -np.inf),
    Table("category_engagement", "float64", ("categories",), -np.inf),
    Table("category_trend", "float64", ("categories",), -np.inf),
    Table("counts", "int32", ("products", COUNTS), 0),
    Table("listed", "int32", ("products", LISTED_LIMIT), -1),
    Table("overall_top", "int32", (TOP_LIMIT,), -1),
    Table("category_top", "int32", ("categories", TOP_LIMIT), -1),
    Table("overall_hot", "int32", (TOP_LIMIT,), -1),
    Table("category_hot", "int32", ("categories", TOP_LIMIT), -1),
    Table("changed", "int32", (CHANGES,), -1),
    Table("change_count", "int64", (1,), 0),
)


class PopularityHalfLives(NamedTuple):
    """Seconds in which everybody's evidence fades to a half: for popularity, and for what is trending."""

    long: float = 7 * 86400.0
    short: float = 6 * 3600.0


def build_popularity_tables(products: int, categories: int, half_lives: PopularityHalfLives) -> PopularityTables:
    """Empty tables for so many products and categories."""
    tables = PopularityTables(**build_arrays(LAYOUT, {"products": products, "categories": max(categories, 1)}))
    tables.half_lives[:] = half_lives
    return tables


def changed_since(tables: PopularityTables, seen: int) -> tuple[NDArray[np.int64], int]:
    """Products whose engagement changed after the first `seen` changes, each once, and how many changes there are now.

    All that have any, when the ring has been overwritten since.
    """
    count = int(tables.change_count[0])
    if count - seen >= CHANGES:
        return np.flatnonzero(np.isfinite(tables.engagement)), count
    return np.unique(tables.changed[np.arange(seen, count) % CHANGES]).astype(np.int64), count


@kernel
def faded(half_lives: NDArray[np.float64], which: int, seconds: float) -> float:
    """How far all log sums of one half-life have fallen at a time (Unix seconds): to be subtracted from them."""
    return float((seconds - EPOCH) / half_lives[which])
