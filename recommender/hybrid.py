"""The one way from a session to ranked products, for the service and for its evaluation."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.blend import Blend
from recommender.candidates import CANDIDATES, build_mix, choose_candidates, gather_two_hops
from recommender.features import FEATURES, fill_features
from recommender.jit import kernel
from recommender.product_tables import ProductTables
from recommender.scratch import COLUMNS, Scratch, best_cells, build_scratch
from recommender.session_query import Weights, gather_sessions
from recommender.session_tables import SessionTables


class Tables(NamedTuple):
    """Everything that is learnt from all visitors."""

    sessions: SessionTables
    products: ProductTables


class Ranker:
    """Ranks products for sessions. Has working memory of its own: one for each thread."""

    def __init__(self, tables: Tables, weights: Weights) -> None:
        self.tables, self.weights = tables, weights
        self.scratch: Scratch = build_scratch()
        self._mix = build_mix()
        self._cells = np.zeros(CANDIDATES, np.int32)
        self._features = np.zeros((CANDIDATES, FEATURES), np.float32)

    def gather(self, clicks: NDArray[np.int32], own: int = -1) -> None:
        """Fill the working memory for a session: `clicks` int32 (n,), n > 0, oldest first; `own`: its number."""
        gather(self.tables, clicks, own, self.weights, self.scratch)

    def by_column(self, column: int, limit: int) -> NDArray[np.int32]:
        """The best products of one gathered source alone, int32 (n,), n <= limit."""
        only = np.zeros(COLUMNS)
        only[column] = 1.0
        cells = np.zeros(limit, np.int32)
        return self.scratch.product[cells[: best_cells(self.scratch, only, cells)]]

    def candidates(self, clicks: NDArray[np.int32], moment: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Candidates int32 (n,) and their features float32 (n, F): views that the next call overwrites."""
        found = describe_candidates(self.tables, clicks, moment, self._mix, self.scratch, (self._cells, self._features))
        return self.scratch.product[self._cells[:found]], self._features[:found]

    def rank(
        self, clicks: NDArray[np.int32], moment: float, blend: Blend, limit: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The best products by the blend and their scores, best first; call `gather` before."""
        products, features = self.candidates(clicks, moment)
        scores = blend.score(features, len(clicks))
        best = np.argsort(-scores, kind="stable")[:limit]
        return products[best], scores[best]


@kernel
def gather(tables: Tables, clicks: NDArray[np.int32], own: int, weights: Weights, scratch: Scratch) -> None:
    """Everything that the tables say of a session's next product."""
    gather_sessions(tables.sessions, clicks, own, weights, scratch)
    gather_two_hops(tables.products, clicks, scratch)


@kernel
def describe_candidates(
    tables: Tables,
    clicks: NDArray[np.int32],
    moment: float,
    mix: NDArray[np.float64],
    scratch: Scratch,
    out: tuple[NDArray[np.int32], NDArray[np.float32]],
) -> int:
    """Choose candidates and fill their cells and features; returns how many."""
    cells, features = out
    found = choose_candidates(clicks, mix, scratch, cells)
    fill_features((tables.sessions, tables.products), clicks, moment, cells[:found], scratch, features)
    return found
