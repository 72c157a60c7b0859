"""(f) The hybrid's ranking inside the process, from 100,000 to a million products and sessions; and learning's pace."""

import time
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.supervisor import say
from bench.measure import alternate, flatten, say_ratio, summarise, time_calls
from learner.clicks import GAP_SECONDS, MAX_EVENTS_A_SESSION
from learner.learn import Limits, learn_clicks, plain_clicks
from profiles.decay import EPOCH
from recommender.blend import CONTEXT, Blend
from recommender.factor_tables import build_factor_tables
from recommender.features import FEATURES
from recommender.hybrid import Ranker, Tables
from recommender.popularity_tables import PopularityHalfLives, build_popularity_tables
from recommender.product_tables import build_product_tables
from recommender.scratch import build_scratch
from recommender.session_query import Weights
from recommender.session_tables import build_session_tables

SIZES = (100_000, 1_000_000)
PER_CATEGORY = 100
QUERY = 10
HIDDEN = 16
SESSION_SECONDS = 10.0
Query = NDArray[np.int32]


class Crowd(msgspec.Struct, frozen=True):
    """Made-up visitors: nine clicks in ten stay in the session's category, where few products get most of them."""

    products: int
    generator: np.random.Generator

    def clicks(self, sessions: int, lengths: NDArray[np.int64]) -> NDArray[np.int32]:
        """Products of so many sessions, one after the other, int32 (sum of lengths,)."""
        categories, total = self.products // PER_CATEGORY, int(lengths.sum())
        home = np.repeat(self.generator.integers(0, categories, sessions), lengths)
        away = self.generator.random(total) < 0.1
        category = np.where(away, self.generator.integers(0, categories, total), home)
        rank = (PER_CATEGORY * self.generator.random(total) ** 3).astype(np.int64)
        return (rank * categories + category).astype(np.int32)


class World:
    """As many sessions as products, learnt one click after the other."""

    def __init__(self, size: int) -> None:
        self.size, self.crowd = size, Crowd(size, np.random.default_rng(size))
        lengths = np.minimum(self.crowd.generator.geometric(0.2, size) + 1, 20)
        clicks = self.crowd.clicks(size, lengths)
        visitor = np.repeat(np.arange(1, size + 1, dtype=np.int64), lengths)
        seconds = EPOCH + SESSION_SECONDS * visitor.astype(np.float64)
        self.tables = _build_tables(size, size // PER_CATEGORY)
        events = plain_clicks(visitor, clicks, seconds)
        limits = Limits(GAP_SECONDS, MAX_EVENTS_A_SESSION, np.zeros(1, np.int64))
        started = time.perf_counter()
        learnt = learn_clicks(self.tables, events, limits, 0, build_scratch())
        self.pace = learnt / (time.perf_counter() - started)
        self.bytes = tuple(sum(table.nbytes for table in part) / size for part in self.tables)
        self._ranker, self._now = Ranker(self.tables, Weights()), float(seconds[-1])
        self._blend = _any_blend(self.crowd.generator)

    def queries(self, count: int) -> list[Query]:
        """Sessions of ten clicks, different ones at every call."""
        clicks = self.crowd.clicks(count, np.full(count, QUERY))
        return [clicks[n * QUERY : (n + 1) * QUERY] for n in range(count)]

    def rank(self, clicks: Query) -> None:
        """What a request asks of the model."""
        self._ranker.gather(clicks)
        self._ranker.rank(clicks, self._now, self._blend)


def run(sizes: tuple[int, ...] = SIZES, rounds: int = 10, queries: int = 500) -> None:
    """Learn all worlds first, then let them take turns."""
    say(f"(f) reading: the hybrid for sessions of {QUERY} products, us inside the process")
    World(1000).rank(World(1000).queries(1)[0])  # compiles the kernels
    worlds = [World(size) for size in sizes]
    subjects: dict[int, Callable[[], list[float]]] = {
        world.size: lambda world=world: time_calls(world.rank, world.queries(queries))  # type: ignore[misc]
        for world in worlds
    }
    results = alternate(subjects, rounds)
    medians = []
    for world in worlds:
        figure = summarise(flatten(results[world.size]))
        medians.append(figure.p50)
        say(
            f"  {world.size:>9,} products and sessions: p50 {figure.p50 * 1e6:.0f}, p99 {figure.p99 * 1e6:.0f}; "
            f"learnt {world.pace:,.0f} clicks/s; {world.bytes[0]:.0f} bytes a session with its postings, "
            f"{world.bytes[1]:.0f} a product, {world.bytes[2]:.0f} for what is popular"
        )
    say_ratio(f"{sizes[-1]:,} / {sizes[0]:,}", medians[-1] / medians[0], "at most 1.5")


def _build_tables(size: int, categories: int) -> Tables:
    """Empty tables for as many sessions as products; each product is in one category."""
    tables = Tables(
        build_session_tables(size, size, 16 * size),
        build_product_tables(size, categories, 2**20),
        build_popularity_tables(size, categories, PopularityHalfLives()),
        build_factor_tables(size, size),
    )
    tables.products.category[:] = tables.popularity.listed[:, 0] = np.arange(size) % categories
    tables.products.tie[:] = np.arange(size)
    return tables


def _any_blend(generator: np.random.Generator) -> Blend:
    """Weights of the usual size: what they are does not change how long it takes."""

    def some(*shape: int) -> NDArray[np.float32]:
        return generator.normal(0.0, 0.1, shape).astype(np.float32)

    return Blend(
        some(FEATURES),
        some(CONTEXT, FEATURES),
        some(FEATURES, HIDDEN),
        some(CONTEXT, HIDDEN),
        some(HIDDEN),
        some(HIDDEN),
    )
