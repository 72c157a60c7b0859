"""Next click in a session, by the protocol of Ludewig, Mauro, Latifi and Jannach (UMUAI 2021), with our own parts.

Train on whole sessions, oldest first; then predict click p of each test session from clicks 1 to p - 1, for every p
from 2 on, among all products of the training set, those of the session included.
"""

import time
from collections.abc import Callable
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from evaluation.sessions import Cases, Sessions
from learner.learn import Clicks, learn_clicks
from recommender.blend import Blend
from recommender.hybrid import Ranker, Tables
from recommender.product_tables import build_product_tables
from recommender.scratch import CO_VISIT, KNN, NEXT, RULES, TOGETHER, TWO_HOP, build_scratch
from recommender.session_query import Weights
from recommender.session_tables import build_session_tables

SHOWN = 20
# Sources that are columns of what is gathered.
COLUMNS_OF = {
    "co_view": TOGETHER,
    "co_visit": CO_VISIT,
    "sequential_rules": RULES,
    "markov": NEXT,
    "two_hop": TWO_HOP,
    "session_knn": KNN,
}
# Sessions without times stand for so many seconds each, and recent clicks fade with this half-life, as in the service.
SESSION_SECONDS = 60.0
HALF_LIFE_SECONDS = 14 * 86400.0
PAIRS = 2**18


class World(msgspec.Struct, frozen=True):
    """Tables that learn, and how many products there are. `categories` int32 (P,), -1 for none."""

    tables: Tables
    categories: NDArray[np.int32]
    known: NDArray[np.int64]

    @property
    def now(self) -> float:
        """The present, in half-lives."""
        return float(self.tables.sessions.next_number[0]) * SESSION_SECONDS / HALF_LIFE_SECONDS


def build_world(categories: NDArray[np.int32], sessions: int, clicks: int) -> World:
    """Empty tables for products with these categories, and for so many sessions and clicks."""
    products = len(categories)
    tables = Tables(
        build_session_tables(products, max(sessions, 1), 8 * products + 4 * clicks),
        build_product_tables(products, int(categories.max(initial=-1)) + 1, PAIRS),
    )
    tables.products.category[:] = categories
    return World(tables, categories, np.full(max(sessions, 1), -1, np.int64))


def learn(world: World, sessions: Sessions, first: int = 0) -> None:
    """Let the service's learner see whole sessions in order; `first` is the number of the first one."""
    lengths = np.diff(sessions.starts)
    numbers = np.repeat(np.arange(first, first + len(sessions)), lengths)
    moments = numbers.astype(np.float64) * (SESSION_SECONDS / HALF_LIFE_SECONDS)
    clicks = Clicks(numbers, numbers + 1, sessions.clicks, numbers.astype(np.float64) * SESSION_SECONDS, moments)
    if learn_clicks(world.tables, clicks, world.known, 0, build_scratch()) != len(sessions.clicks):
        raise MemoryError("the arena is too small for these sessions")


class Predictions(msgspec.Struct, frozen=True):
    """What a source showed for each case, int32 (cases, SHOWN), -1 where it had no more; and the seconds it took."""

    shown: NDArray[np.int32]
    seconds: float


def predict(world: World, cases: Cases, blend: Blend | None, weights: Weights) -> dict[str, Predictions]:
    """The answers of every source to all cases, by the name of the source; `hybrid` when there is a blend."""
    ranker = Ranker(world.tables, weights)
    now = world.now
    sources: dict[str, Callable[[NDArray[np.int32]], NDArray[np.int32]]] = {
        name: partial(_by_column, ranker, column) for name, column in COLUMNS_OF.items()
    }
    sources["popularity"] = partial(_by_top, world.tables.products.overall_top)
    sources["category"] = partial(_by_category, world)
    if blend is not None:
        sources["hybrid"] = lambda clicks: ranker.rank(clicks, now, blend, SHOWN)[0]
    shown = {name: np.full((len(cases.labels), SHOWN), -1, np.int32) for name in sources}
    seconds = dict.fromkeys(sources, 0.0)
    for n in range(len(cases.labels)):
        clicks = cases.prefixes[n]
        started = time.perf_counter()
        ranker.gather(clicks)
        gathered = time.perf_counter() - started
        for name, ask in sources.items():
            started = time.perf_counter()
            best = ask(clicks)
            shown[name][n, : len(best)] = best
            seconds[name] += gathered + time.perf_counter() - started
    return {name: Predictions(shown[name], seconds[name]) for name in sources}


def _by_column(ranker: Ranker, column: int, clicks: NDArray[np.int32]) -> NDArray[np.int32]:
    return ranker.by_column(column, SHOWN)


def _by_top(top: NDArray[np.int32], clicks: NDArray[np.int32]) -> NDArray[np.int32]:
    return top[:SHOWN][top[:SHOWN] >= 0]


def _by_category(world: World, clicks: NDArray[np.int32]) -> NDArray[np.int32]:
    """Popular products of the last product's category."""
    products = world.tables.products
    return _by_top(products.category_top[products.category[clicks[-1]]], clicks)
