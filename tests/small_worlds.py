"""Small shops: random clicks, the tables that the learner makes of them, and beside them the plain references."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.learn import OTHER, Clicks, Limits, learn_clicks
from profiles.decay import EPOCH
from recommender.factor_tables import build_factor_tables
from recommender.hybrid import Tables
from recommender.popularity_tables import COUNTS, PopularityHalfLives, build_popularity_tables
from recommender.product_tables import ProductTables, build_product_tables
from recommender.scratch import PRODUCTS, Scratch, build_scratch, product_in
from recommender.session_tables import MAX_CLICKS, SessionTables, build_session_tables
from tests.popularity_references import PopularityLog
from tests.query_references import Columns
from tests.references import Click, History, ProductLog, SessionLog, learn

# Working memory that all tests share, as a thread's queries do: each must find it emptied.
SCRATCH = build_scratch()
PAIRS = 512
# Cells of an arena that none of these worlds fills.
MUCH = 100_000
HALF_LIVES = PopularityHalfLives(6 * 3600.0, 3600.0)
# Of random worlds; some of their visitors do more in a session.
GAP, MOST_EVENTS = 1800.0, 30
# Categories of random worlds, and the one that each is below.
ABOVE = {1: 0, 2: 0, 3: 1, 4: 1, 5: 2}


class SmallWorld(NamedTuple):
    """The same clicks in `tables` and plainly in `log`, `counts`, `popularity`; `now`: of the last, Unix seconds."""

    tables: Tables
    log: SessionLog
    counts: ProductLog
    popularity: PopularityLog
    now: float

    @property
    def history(self) -> History:
        """All that is plain."""
        return History(self.log, self.counts, self.popularity)


def moment(half_lives: float) -> float:
    """So many (long) half-lives after the epoch, in Unix seconds."""
    return EPOCH + half_lives * HALF_LIVES.long


def build_limits(gap_seconds: float = np.inf, events: int = 10**9) -> Limits:
    """What ends a session: nothing, unless told."""
    return Limits(gap_seconds, events, np.zeros(1, np.int64))


def lists_of(category: int, above: Mapping[int, int]) -> list[int]:
    """A category and all above it."""
    return [] if category < 0 else [category, *lists_of(above.get(category, -1), above)]


def ties_of(products: int) -> list[int]:
    """What orders equally near products: not their numbers."""
    return [(product * 2654435761 + 12345) % 2**32 for product in range(products)]


def build_tables(categories: Sequence[int], slots: int, cells: int, above: Mapping[int, int] | None = None) -> Tables:
    """Empty tables for products with these categories, -1 for none; they are listed in those `above`, too."""
    known = max(categories) + 1
    products = build_product_tables(len(categories), known, PAIRS)
    popularity = build_popularity_tables(len(categories), known, HALF_LIVES)
    products.category[:] = categories
    products.tie[:] = ties_of(len(categories))
    for product, category in enumerate(categories):
        lists = lists_of(category, above or {})
        popularity.listed[product, : len(lists)] = lists
    factors = build_factor_tables(len(categories), slots)
    return Tables(build_session_tables(len(categories), slots, cells), products, popularity, factors)


def build_history(categories: Sequence[int], slots: int, above: Mapping[int, int] | None = None) -> History:
    """The same, plain."""
    lists = [lists_of(category, above or {}) for category in categories]
    counts = ProductLog(categories, ties_of(len(categories)))
    return History(SessionLog(slots), counts, PopularityLog(lists, HALF_LIVES))


def as_clicks(clicks: Sequence[Click]) -> Clicks:
    """Clicks as the learner takes them."""
    visitor, product, seconds, weight, kind = zip(*clicks, strict=True) if clicks else ((),) * 5
    return Clicks(
        np.array(visitor, np.int64),
        np.array(product, np.int32),
        np.array(seconds, np.float64),
        np.log2(np.array(weight, np.float64)),
        np.array(kind, np.int8),
    )


def learn_tables(clicks: Sequence[Click], categories: Sequence[int], slots: int, cells: int = MUCH) -> Tables:
    """Tables after these clicks."""
    tables = build_tables(categories, slots, cells)
    assert learn_clicks(tables, as_clicks(clicks), build_limits(), 0, SCRATCH) == len(clicks)
    return tables


def build_world(
    clicks: Sequence[Click],
    categories: Sequence[int],
    slots: int,
    limits: Limits | None = None,
    above: Mapping[int, int] | None = None,
) -> SmallWorld:
    """A world after these clicks."""
    limits = limits or build_limits()
    tables = build_tables(categories, slots, MUCH, above)
    assert learn_clicks(tables, as_clicks(clicks), limits, 0, SCRATCH) == len(clicks)
    history = build_history(categories, len(tables.sessions.number), above)
    assert learn(history, clicks, limits) == limits.ignored[0]
    return SmallWorld(tables, *history, clicks[-1].seconds if clicks else EPOCH)


def shop_of(*sessions: Sequence[int], categories: Sequence[int] = (-1,) * 40, slots: int = 1000) -> SmallWorld:
    """A world after whole sessions, one after the other, a tenth of a half-life apart; the first is of visitor 1."""
    clicks = [
        Click(number + 1, product, moment(number / 10))
        for number, session in enumerate(sessions)
        for product in session
    ]
    return build_world(clicks, categories, slots)


def random_clicks(rng: np.random.Generator, products: int, visitors: int) -> list[Click]:
    """Visitors of whom some are there at the same time, some do more than a row holds, and all repeat themselves.

    Events come out of order, and now and then nobody does anything for hours.
    """
    popularity = rng.dirichlet(np.full(products, 0.5))
    left = {visitor: random_session(rng, popularity) for visitor in range(1, visitors + 1)}
    clicks: list[Click] = []
    now = EPOCH
    while left:
        visitor = int(rng.choice(list(left)[:4]))
        now += 4 * GAP if rng.random() < 1 / 50 else 60.0
        kind, weight = int(rng.integers(OTHER, COUNTS)), float(rng.choice([0.2, 1.0, 5.0]))
        clicks.append(Click(visitor, left[visitor].pop(), now + float(rng.normal(0.0, 600.0)), weight, kind))
        if not left[visitor]:
            del left[visitor]
    return clicks


def random_session(rng: np.random.Generator, popularity: NDArray[np.float64]) -> list[int]:
    """Products of one visit; one in six is longer than what the index keeps of it."""
    length = rng.integers(MAX_CLICKS + 1, 3 * MAX_CLICKS) if rng.random() < 1 / 6 else rng.integers(1, MAX_CLICKS)
    return [int(product) for product in rng.choice(len(popularity), int(length), p=popularity)]


def random_world(seed: int) -> SmallWorld:
    """5 to 40 products in up to 6 categories, 1 to 60 visitors, and mostly fewer slots than these."""
    rng = np.random.default_rng(seed)
    products, visitors = int(rng.integers(5, 41)), int(rng.integers(1, 61))
    categories = [int(category) for category in rng.integers(-1, 6, products)]
    categories[0] = 5  # so that there are all of them
    clicks = random_clicks(rng, products, visitors)
    return build_world(clicks, categories, int(rng.integers(1, visitors + 6)), build_limits(GAP, MOST_EVENTS), ABOVE)


def random_question(rng: np.random.Generator, world: SmallWorld) -> NDArray[np.int32]:
    """A session that asks: 1 to 45 clicks, some of them on products that nobody knows."""
    known = len(world.tables.products.category)
    return rng.integers(-1, known, int(rng.choice([1, 2, 4, 10, 45]))).astype(np.int32)


def clicks_of(*products: int) -> NDArray[np.int32]:
    """A session that asks."""
    return np.array(products, np.int32)


def gathered(scratch: Scratch) -> Columns:
    """What is in working memory, by product, in the order in which the products were met."""
    cells = scratch.products[: scratch.counts[PRODUCTS]]
    return {product_in(scratch, cell): scratch.columns[cell].astype(float) for cell in cells}


def neighbours_of(tables: ProductTables, product: int) -> dict[int, float]:
    """The neighbours of a product with their nearness, nearest first; those that there are come first in their row."""
    ids, values = tables.neighbours[product].tolist(), tables.nearness[product].tolist()
    count = len([other for other in ids if other >= 0])
    assert set(ids[count:]) <= {-1} and set(values[count:]) <= {0.0}
    assert values == sorted(values, reverse=True)
    return dict(zip(ids[:count], values[:count], strict=True))


def named(arrays: Iterable[tuple[str, NDArray[np.generic]]]) -> dict[str, bytes]:
    """The bytes of arrays, by name."""
    return {name: array.tobytes() for name, array in arrays}


def contents(tables: Tables) -> dict[str, bytes]:
    """Every cell of all tables; of the arena those that are in use."""
    sessions = tables.sessions._replace(arena=tables.sessions.arena[: tables.sessions.arena_used[0]])
    return named(pair for part in (sessions, *tables[1:]) for pair in part._asdict().items())


def with_arena(tables: SessionTables, cells: int) -> SessionTables:
    """The same index with room for more."""
    arena = np.zeros(cells, np.int32)
    arena[: len(tables.arena)] = tables.arena
    return tables._replace(arena=arena)
