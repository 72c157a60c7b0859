"""Small shops: random clicks, the tables that the learner makes of them, and beside them the plain references."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.learn import Clicks, learn_clicks
from recommender.hybrid import Tables
from recommender.product_tables import ProductTables, build_product_tables
from recommender.scratch import PRODUCTS, Scratch, build_scratch, product_in
from recommender.session_tables import MAX_CLICKS, SessionTables, build_session_tables
from tests.query_references import Columns
from tests.references import Click, ProductLog, SessionLog, learn

# Working memory that all tests share, as a thread's queries do: each must find it emptied.
SCRATCH = build_scratch()
PAIRS = 512
# Cells of an arena that none of these worlds fills.
MUCH = 100_000


class SmallWorld(NamedTuple):
    """The same clicks in `tables` and in `log` and `counts`; `now` is the time of the last, in half-lives."""

    tables: Tables
    log: SessionLog
    counts: ProductLog
    now: float


def build_tables(categories: Sequence[int], slots: int, cells: int) -> Tables:
    """Empty tables for products with these categories, -1 for none."""
    products = build_product_tables(len(categories), max(categories) + 1, PAIRS)
    products.category[:] = categories
    return Tables(build_session_tables(len(categories), slots, cells), products)


def as_clicks(clicks: Sequence[Click]) -> Clicks:
    """Clicks as the learner takes them."""
    sessions, products, moments = zip(*clicks, strict=True) if clicks else ((), (), ())
    numbers = np.array(sessions, np.int64)
    time = np.zeros(len(numbers))
    return Clicks(numbers, numbers + 1, np.array(products, np.int32), time, np.array(moments, np.float64))


def unknown(clicks: Sequence[Click]) -> NDArray[np.int64]:
    """No session of these clicks has begun yet."""
    return np.full(max((session for session, _, _ in clicks), default=0) + 1, -1, np.int64)


def learn_tables(clicks: Sequence[Click], categories: Sequence[int], slots: int, cells: int = MUCH) -> Tables:
    """Tables after these clicks."""
    tables = build_tables(categories, slots, cells)
    assert learn_clicks(tables, as_clicks(clicks), unknown(clicks), 0, SCRATCH) == len(clicks)
    return tables


def build_world(clicks: Sequence[Click], categories: Sequence[int], slots: int) -> SmallWorld:
    """A world after these clicks."""
    tables = learn_tables(clicks, categories, slots)
    log, counts = SessionLog(len(tables.sessions.number)), ProductLog(categories)
    learn(log, counts, clicks)
    return SmallWorld(tables, log, counts, clicks[-1][2] if clicks else 0.0)


def shop_of(*sessions: Sequence[int], categories: Sequence[int] = (-1,) * 40, slots: int = 1000) -> SmallWorld:
    """A world after whole sessions, one after the other, a tenth of a half-life apart."""
    clicks = [(number, product, number / 10) for number, session in enumerate(sessions) for product in session]
    return build_world(clicks, categories, slots)


def random_clicks(rng: np.random.Generator, products: int, sessions: int) -> list[Click]:
    """Sessions of which some are open at the same time, some are longer than a row, and all repeat themselves."""
    popularity = rng.dirichlet(np.full(products, 0.5))
    waiting = [random_session(rng, popularity) for _ in range(sessions)]
    left = dict(enumerate(waiting))
    clicks: list[Click] = []
    while left:
        session = int(rng.choice(list(left)[:4]))
        clicks.append((session, left[session].pop(), float(rng.normal(len(clicks) / 100, 0.2))))
        if not left[session]:
            del left[session]
    return clicks


def random_session(rng: np.random.Generator, popularity: NDArray[np.float64]) -> list[int]:
    """Products of one visit; one in six is longer than what the index keeps of it."""
    length = rng.integers(MAX_CLICKS + 1, 3 * MAX_CLICKS) if rng.random() < 1 / 6 else rng.integers(1, MAX_CLICKS)
    return [int(product) for product in rng.choice(len(popularity), int(length), p=popularity)]


def random_world(seed: int) -> SmallWorld:
    """5 to 40 products in up to 6 categories, 1 to 60 sessions, and mostly fewer slots than these."""
    rng = np.random.default_rng(seed)
    products, sessions = int(rng.integers(5, 41)), int(rng.integers(1, 61))
    categories = [int(category) for category in rng.integers(-1, 6, products)]
    clicks = random_clicks(rng, products, sessions)
    return build_world(clicks, categories, int(rng.integers(1, sessions + 6)))


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
    return named([*sessions._asdict().items(), *tables.products._asdict().items()])


def with_arena(tables: SessionTables, cells: int) -> SessionTables:
    """The same index with room for more."""
    arena = np.zeros(cells, np.int32)
    arena[: len(tables.arena)] = tables.arena
    return tables._replace(arena=arena)


def visitor_of(tables: SessionTables, number: int) -> int:
    """The visitor of a session that is in the index, 0 for another one."""
    slot = number & (len(tables.number) - 1)
    return int(tables.visitor[slot]) if number >= 0 and tables.number[slot] == number else 0
