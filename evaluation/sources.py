"""Every source of products by name, asked as the service asks them."""

import time
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from evaluation.interest_source import InterestSource
from evaluation.metrics import DEPTH
from evaluation.world import World
from recommender.from_sessions import COLUMN_OF
from recommender.hybrid import Ranker
from recommender.tuned import Tuned

# Those that ask nothing of the session index.
LISTS = ("popularity", "category")
Products = NDArray[np.int32]


class Predictions(msgspec.Struct):
    """What a source showed for each case, int32 (cases, DEPTH), -1 where it had no more; and the seconds it took."""

    shown: NDArray[np.int32]
    seconds: float = 0.0


class Sources:
    """All sources over one world. With `hide_seen`, products of the asking session are not shown."""

    def __init__(self, world: World, tuned: Tuned, hide_seen: bool = False) -> None:
        self._world, self._tuned, self._hide_seen = world, tuned, hide_seen
        self._ranker = Ranker(world.tables, tuned.weights)
        self._ask: dict[str, Callable[[Products, int], Products]] = {
            "popularity": self._ask_popularity,
            "category": InterestSource(world).ask,
            **{name: self._build_ask(column) for name, column in COLUMN_OF.items()},
            "factors": lambda clicks, limit: self._ranker.by_factors(clicks, limit)[0],
            "hybrid": self._ask_hybrid,
        }

    def begin(self, cases: int) -> dict[str, Predictions]:
        """Room for the answers to so many cases, by source."""
        return {name: Predictions(np.full((cases, DEPTH), -1, np.int32)) for name in self._ask}

    def predict(self, clicks: Products, own: int, case: int, out: dict[str, Predictions]) -> None:
        """Ask every source what comes after `clicks`; the answers go into row `case` of `out`.

        `own`: a hash of whose session it is, 0 for one that is not in the index. The time to gather is part of
        that of each source that is gathered.
        """
        started = time.perf_counter()
        self._ranker.gather(clicks, own)
        gathered = time.perf_counter() - started
        limit = DEPTH + len(clicks) if self._hide_seen else DEPTH
        for name, ask in self._ask.items():
            started = time.perf_counter()
            best = ask(clicks, limit)
            if self._hide_seen:
                best = best[~np.isin(best, clicks)][:DEPTH]
            out[name].shown[case, : len(best)] = best
            out[name].seconds += time.perf_counter() - started + (0.0 if name in LISTS else gathered)

    def _build_ask(self, column: int) -> Callable[[Products, int], Products]:
        return lambda clicks, limit: self._ranker.by_column(column, limit)[0]

    def _ask_hybrid(self, clicks: Products, limit: int) -> Products:
        return self._ranker.rank(clicks, self._world.now, self._tuned.blend).products[:limit]

    def _ask_popularity(self, clicks: Products, limit: int) -> Products:
        best = self._world.tables.popularity.overall_top[:limit]
        return best[best >= 0]
