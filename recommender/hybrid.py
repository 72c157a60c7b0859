"""The one way from a session to ranked products, for the service and for its evaluation."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.because import nearest_clicks
from recommender.blend import Blend, LengthBlend, score_rows
from recommender.candidates import CANDIDATES, HOP_SOURCES, build_mix, choose_candidates, gather_two_hops
from recommender.factor_tables import FactorTables
from recommender.factors import STEP, fold_in, score_cells
from recommender.features import FEATURES, fill_features
from recommender.jit import as_read_only, kernel, machine_code
from recommender.popularity_tables import PopularityTables
from recommender.product_tables import ProductTables
from recommender.scratch import (
    CO_VISIT,
    COLUMNS,
    KEY_MASK,
    POSTINGS,
    PRODUCTS,
    Scratch,
    best_cells,
    build_scratch,
    find_tops,
    product_in,
)
from recommender.session_query import Decays, Weights, gather_sessions, work_out
from recommender.session_tables import SessionTables


class Tables(NamedTuple):
    """Everything that is learnt from all visitors."""

    sessions: SessionTables
    products: ProductTables
    popularity: PopularityTables
    factors: FactorTables


# A column speaks for a product of which it says at least this share of what it says of its best.
SPEAKS = np.float32(0.2)


class Room(NamedTuple):
    """Working memory beside `Scratch`: constant weights float64 (COLUMNS,) of the first cut and of co-visits alone,
    `hops` int32 (HOP_SOURCES,); for candidates `cells` int32 (n,), `features` float32 (n, F), `scores` float32 (n,);
    for the same best first `best` int32 (n,), rows, `products` int32 (n,), `shares` float64 (n,), `speaking` int64
    (n,); `hidden` float32 (H,).
    """

    mix: NDArray[np.float64]
    co_visit: NDArray[np.float64]
    hops: NDArray[np.int32]
    cells: NDArray[np.int32]
    features: NDArray[np.float32]
    scores: NDArray[np.float32]
    best: NDArray[np.int32]
    products: NDArray[np.int32]
    shares: NDArray[np.float64]
    speaking: NDArray[np.int64]
    hidden: NDArray[np.float32]


class Ranked(NamedTuple):
    """Candidates best first: `products` int32 (n,), their `shares` float64 (n,) of 1 (a softmax of the scores),
    `speaking` int64 (n,), a bit for each column that speaks for one, and `features` float32 (n, F) of the one at
    place p in row `rows[p]`. Views that the next call overwrites.
    """

    products: NDArray[np.int32]
    shares: NDArray[np.float64]
    speaking: NDArray[np.int64]
    features: NDArray[np.float32]
    rows: NDArray[np.int32]


class Ranker:
    """Ranks products for sessions. Has working memory of its own: one for each thread."""

    def __init__(self, tables: Tables, weights: Weights) -> None:
        self.tables: Tables = as_read_only(tables)
        self._decays = work_out(weights)
        self.scratch: Scratch = build_scratch()
        self._room = _build_room(0)
        self._answer: Callable[..., int] | None = None
        self._nearest: Callable[..., None] | None = None
        self._blend: Blend | None = None
        self._by_length: dict[int, LengthBlend] = {}

    def ask(self, clicks: NDArray[np.int32], own: int, now: float, blend: Blend, enough: int) -> Ranked:
        """All candidates by the blend, for a session: `clicks` int32 (n,), n > 0, oldest first; `own`: a hash of whose.

        None of them when fewer than `enough` sessions of others share a product with it. `now`: Unix seconds.
        """
        at_length = self._blend_for(blend, len(clicks))
        asking = (_plain(clicks), own, now, enough)
        arguments = (self.tables, asking, (self._decays, at_length), self._room, self.scratch)
        if self._answer is None:
            self._answer = machine_code(answer, *arguments)
        return self._ranked(self._answer(*arguments))

    def nearest(self, clicks: NDArray[np.int32], products: NDArray[np.int32]) -> list[int]:
        """For each of `products` int32 (k,) the place in `clicks` int32 (n,) of its nearest neighbour."""
        places = np.empty(len(products), np.int64)
        arguments = (self.tables.products, _plain(clicks), _plain(products), places)
        if self._nearest is None:
            self._nearest = machine_code(nearest_clicks, *arguments)
        self._nearest(*arguments)
        return places.tolist()

    def gather(self, clicks: NDArray[np.int32], own: int = 0) -> None:
        """The first step of `ask` alone, for what is to be asked of the working memory."""
        gather(self.tables, (clicks, own), self._decays, self._room, self.scratch)

    def rank(self, clicks: NDArray[np.int32], now: float, blend: Blend) -> Ranked:
        """The other steps; call `gather` before."""
        at_length = self._blend_for(blend, len(clicks))
        return self._ranked(score_candidates(self.tables, (clicks, now), at_length, self._room, self.scratch))

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
        found = describe_candidates(self.tables, (clicks, now), self._room, self.scratch)
        return self._products(self._room.cells[:found]), self._room.features[:found]

    def _ranked(self, found: int) -> Ranked:
        room = self._room
        return Ranked(
            room.products[:found], room.shares[:found], room.speaking[:found], room.features, room.best[:found]
        )

    def _blend_for(self, blend: Blend, length: int) -> LengthBlend:
        """The blend for a length, worked out once."""
        if blend is not self._blend:
            self._blend, self._by_length, self._room = blend, {}, _build_room(len(blend.bias))
            self._answer = None  # its arrays may be of other types
        found = self._by_length.get(length)
        if found is None:
            found = self._by_length[length] = blend.at(length)
        return found

    def _products(self, cells: NDArray[np.int32]) -> NDArray[np.int32]:
        products: NDArray[np.int32] = (self.scratch.product_key[cells] & KEY_MASK).astype(np.int32)
        return products


def _plain(numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same as an array of the type that machine code was made for."""
    return np.ascontiguousarray(numbers, np.int32)


def only_column(column: int) -> NDArray[np.float64]:
    """Weights float64 (COLUMNS,) that look at one column alone."""
    weights = np.zeros(COLUMNS)
    weights[column] = 1.0
    return weights


def _build_room(hidden: int) -> Room:
    return Room(
        build_mix(),
        only_column(CO_VISIT),
        np.zeros(HOP_SOURCES, np.int32),
        np.zeros(CANDIDATES, np.int32),
        np.zeros((CANDIDATES, FEATURES), np.float32),
        np.zeros(CANDIDATES, np.float32),
        np.zeros(CANDIDATES, np.int32),
        np.zeros(CANDIDATES, np.int32),
        np.zeros(CANDIDATES),
        np.zeros(CANDIDATES, np.int64),
        np.zeros(hidden, np.float32),
    )


@kernel
def answer(
    tables: Tables,
    asking: tuple[NDArray[np.int32], int, float, int],
    weights: tuple[Decays, LengthBlend],
    room: Room,
    scratch: Scratch,
) -> int:
    """All steps in one, for a call costs ten microseconds to hand the arrays over; returns how many candidates."""
    clicks, own, now, enough = asking
    gather(tables, (clicks, own), weights[0], room, scratch)
    if scratch.counts[POSTINGS] < enough:
        return 0
    return score_candidates(tables, (clicks, now), weights[1], room, scratch)


@kernel
def gather(tables: Tables, asking: tuple[NDArray[np.int32], int], decays: Decays, room: Room, scratch: Scratch) -> None:
    """Everything that the tables say of a session's next product."""
    clicks, own = asking
    gather_sessions(tables.sessions, clicks, own, decays, scratch)
    gather_two_hops(tables.products, clicks, room.co_visit, room.hops, scratch)


@kernel
def score_candidates(
    tables: Tables, asking: tuple[NDArray[np.int32], float], blend: LengthBlend, room: Room, scratch: Scratch
) -> int:
    """Choose candidates, score them and put them in order; returns how many."""
    found = describe_candidates(tables, asking, room, scratch)
    score_rows(blend, room.features[:found], room.hidden, room.scores)
    _sort_best(room, found)
    total = 0.0
    for place in range(found):
        room.products[place] = product_in(scratch, room.cells[room.best[place]])
        room.shares[place] = np.exp(np.float64(room.scores[room.best[place]]) - np.float64(room.scores[room.best[0]]))
        total += room.shares[place]
        room.speaking[place] = 0
        for column in range(COLUMNS):
            if room.features[room.best[place], 2 * column] >= SPEAKS:
                room.speaking[place] |= 1 << column
    for place in range(found):
        room.shares[place] /= total
    return found


@kernel
def _sort_best(room: Room, found: int) -> None:
    """Rows by falling score; equal ones keep their order. By insertion, which for a hundred is as fast as any."""
    for row in range(found):
        place = row
        while place > 0 and room.scores[room.best[place - 1]] < room.scores[row]:
            room.best[place] = room.best[place - 1]
            place -= 1
        room.best[place] = row


@kernel
def describe_candidates(tables: Tables, asking: tuple[NDArray[np.int32], float], room: Room, scratch: Scratch) -> int:
    """Choose candidates and fill their cells and features; returns how many."""
    clicks, now = asking
    found = choose_candidates((tables.products, tables.popularity), clicks, room.mix, scratch, room.cells)
    parts = (tables.sessions, tables.products, tables.popularity)
    fill_features(parts, clicks, now, room.cells[:found], scratch, room.features)
    return found
