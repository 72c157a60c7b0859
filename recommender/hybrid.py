"""The one way from a session to ranked products, for the service and for its evaluation."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.blend import Blend, LengthBlend
from recommender.candidates import CANDIDATES, HOP_SOURCES, build_mix, choose_candidates, gather_two_hops
from recommender.factor_tables import FactorTables
from recommender.factors import STEP, fold_in, score_cells
from recommender.features import FEATURES, fill_features
from recommender.jit import kernel
from recommender.popularity_tables import PopularityTables
from recommender.product_tables import ProductTables
from recommender.scratch import CO_VISIT, COLUMNS, KEY_MASK, PRODUCTS, Scratch, best_cells, build_scratch, find_tops
from recommender.session_query import Decays, Weights, gather_sessions, work_out
from recommender.session_tables import SessionTables


class Tables(NamedTuple):
    """Everything that is learnt from all visitors."""

    sessions: SessionTables
    products: ProductTables
    popularity: PopularityTables
    factors: FactorTables


class Ranker:
    """Ranks products for sessions. Has working memory of its own: one for each thread."""

    def __init__(self, tables: Tables, weights: Weights) -> None:
        self.tables, self._decays = tables, work_out(weights)
        self.scratch: Scratch = build_scratch()
        self._mix, self._co_visit = build_mix(), only_column(CO_VISIT)
        self._hops = np.zeros(HOP_SOURCES, np.int32)
        self._cells = np.zeros(CANDIDATES, np.int32)
        self._features = np.zeros((CANDIDATES, FEATURES), np.float32)
        self._blend: Blend | None = None
        self._by_length: dict[int, LengthBlend] = {}

    def gather(self, clicks: NDArray[np.int32], own: int = 0) -> None:
        """Fill the working memory for a session: `clicks` int32 (n,), n > 0, oldest first; `own`: a hash of whose."""
        gather(self.tables, (clicks, own), self._decays, (self._co_visit, self._hops), self.scratch)

    def by_column(self, column: int, limit: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The best products of one gathered source alone, int32 (n,), n <= limit, and their shares of the best."""
        cells = np.zeros(limit, np.int32)
        find_tops(self.scratch)
        cells = cells[: best_cells(self.scratch, only_column(column), 0, cells)]
        shares = self.scratch.columns[cells, column] / np.float32(self.scratch.tops[column])
        order = np.argsort(-shares, kind="stable")
        return self._products(cells[order]), shares[order]

    def by_factors(self, clicks: NDArray[np.int32], limit: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The best of all gathered products by matrix factorisation alone, int32 (n,), n <= limit, and their scores."""
        cells = self.scratch.products[: self.scratch.counts[PRODUCTS]]
        fold_in(self.tables.factors, clicks, int(self.tables.sessions.next_number[0]), STEP, self.scratch)
        score_cells(self.tables.factors, cells, self.scratch)
        scores = self.scratch.values[: len(cells)].astype(np.float32)
        best = np.argsort(-scores, kind="stable")[:limit]
        return self._products(cells[best]), scores[best]

    def candidates(self, clicks: NDArray[np.int32], now: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Candidates int32 (n,) and their features float32 (n, F): views that the next call overwrites."""
        found = describe_candidates(self.tables, clicks, now, self._mix, self.scratch, (self._cells, self._features))
        return self._products(self._cells[:found]), self._features[:found]

    def rank(
        self, clicks: NDArray[np.int32], now: float, blend: Blend
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        """All candidates by the blend, best first, their scores and features; call `gather` before."""
        products, features = self.candidates(clicks, now)
        scores = self._blend_for(blend, len(clicks)).score(features)
        best = np.argsort(-scores, kind="stable")
        return products[best], scores[best], features[best]

    def _blend_for(self, blend: Blend, length: int) -> LengthBlend:
        """The blend for a length, worked out once."""
        if blend is not self._blend:
            self._blend, self._by_length = blend, {}
        found = self._by_length.get(length)
        if found is None:
            found = self._by_length[length] = blend.at(length)
        return found

    def _products(self, cells: NDArray[np.int32]) -> NDArray[np.int32]:
        products: NDArray[np.int32] = (self.scratch.product_key[cells] & KEY_MASK).astype(np.int32)
        return products


def only_column(column: int) -> NDArray[np.float64]:
    """Weights float64 (COLUMNS,) that look at one column alone."""
    weights = np.zeros(COLUMNS)
    weights[column] = 1.0
    return weights


@kernel
def gather(
    tables: Tables,
    asking: tuple[NDArray[np.int32], int],
    decays: Decays,
    room: tuple[NDArray[np.float64], NDArray[np.int32]],
    scratch: Scratch,
) -> None:
    """Everything that the tables say of a session's next product."""
    clicks, own = asking
    gather_sessions(tables.sessions, clicks, own, decays, scratch)
    gather_two_hops(tables.products, clicks, room[0], room[1], scratch)


@kernel
def describe_candidates(
    tables: Tables,
    clicks: NDArray[np.int32],
    now: float,
    mix: NDArray[np.float64],
    scratch: Scratch,
    out: tuple[NDArray[np.int32], NDArray[np.float32]],
) -> int:
    """Choose candidates and fill their cells and features; returns how many."""
    cells, features = out
    found = choose_candidates((tables.products, tables.popularity), clicks, mix, scratch, cells)
    fill_features((tables.sessions, tables.products, tables.popularity), clicks, now, cells[:found], scratch, features)
    return found
