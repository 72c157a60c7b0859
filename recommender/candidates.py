"""The products worth a closer look: two hops from the session, and a cut by a fixed mix of what was gathered."""

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel
from recommender.product_tables import ProductTables, read_neighbours
from recommender.scratch import (
    BEFORE,
    CO_VISIT,
    COLUMNS,
    KNN,
    NEXT,
    NEXT_DECAYED,
    RULES,
    TOGETHER,
    TWO_HOP,
    Scratch,
    best_cells,
    find_tops,
    product_cell,
    product_in,
)

CANDIDATES = 150
# Co-visited products, and newest clicks, whose neighbours are looked at.
HOP_SOURCES = 20
LAST_SOURCES = 3


def build_mix() -> NDArray[np.float64]:
    """Share of each column in the first cut: near to what the blend makes of them, float64 (COLUMNS,)."""
    mix = np.zeros(COLUMNS)
    mix[[KNN, CO_VISIT, TWO_HOP]] = 1.0, 0.5, 0.5
    mix[[RULES, NEXT, TOGETHER]] = 0.3
    mix[[NEXT_DECAYED, BEFORE]] = 0.1
    return mix


@kernel
def gather_two_hops(
    tables: ProductTables,
    clicks: NDArray[np.int32],
    only: NDArray[np.float64],
    cells: NDArray[np.int32],
    scratch: Scratch,
) -> None:
    """Add the neighbours of the most co-visited products and of the last clicks to `scratch`.

    `only` float64 (COLUMNS,): 1 for CO_VISIT; `cells` int32 (HOP_SOURCES,): room.
    """
    find_tops(scratch)
    top = scratch.tops[CO_VISIT]
    found = best_cells(scratch, only, 0, cells)
    for n in range(found):
        _spread(tables, product_in(scratch, cells[n]), scratch.columns[cells[n], CO_VISIT] / top, scratch)
    for step in range(min(LAST_SOURCES, len(clicks))):
        if clicks[len(clicks) - 1 - step] >= 0:
            _spread(tables, clicks[len(clicks) - 1 - step], 0.5 * 0.6**step, scratch)


@kernel
def _spread(tables: ProductTables, product: int, weight: float, scratch: Scratch) -> None:
    for at in range(read_neighbours(tables, product, scratch.row, scratch.nearness)):
        cell = product_cell(scratch, scratch.row[at])
        if cell >= 0:
            scratch.columns[cell, TWO_HOP] += weight * scratch.nearness[at]


@kernel
def choose_candidates(
    clicks: NDArray[np.int32], mix: NDArray[np.float64], scratch: Scratch, cells: NDArray[np.int32]
) -> int:
    """The cells of the session's own products, newest first, and of the best others by `mix`; returns how many.

    `mix` float64 (COLUMNS,); `cells` int32 (limit,) is filled.
    """
    own = 0
    for step in range(len(clicks)):
        click = clicks[len(clicks) - 1 - step]
        cell = product_cell(scratch, click) if click >= 0 else -1
        if cell >= 0 and own < len(cells) and not _holds(cells[:own], cell):
            cells[own] = cell
            own += 1
    find_tops(scratch)
    return best_cells(scratch, mix, own, cells)


@kernel
def _holds(cells: NDArray[np.int32], cell: int) -> bool:
    for at in range(len(cells)):
        if cells[at] == cell:
            return True
    return False
