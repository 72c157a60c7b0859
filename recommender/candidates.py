"""The products worth a closer look: two hops from the session, a cut by a fixed mix of what was gathered, and, where
that leaves room, what is popular.
"""

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel
from recommender.popularity_tables import PopularityTables
from recommender.product_tables import NO_CATEGORY, ProductTables, read_neighbours
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
    find_top,
    find_tops,
    product_cell,
    product_in,
)

CANDIDATES = 100
# Popular products fill up to so many: enough for an answer where sessions say little, and half the time of all.
FILLED = 50
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
    find_top(scratch, CO_VISIT)
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
    tables: tuple[ProductTables, PopularityTables],
    clicks: NDArray[np.int32],
    mix: NDArray[np.float64],
    scratch: Scratch,
    cells: NDArray[np.int32],
) -> int:
    """The cells of the session's own products, newest first, then of the best others by `mix`, then of what is popular
    where the session is; returns how many.

    `mix` float64 (COLUMNS,); `cells` int32 (limit,) is filled.
    """
    found = 0
    for step in range(len(clicks)):
        found = _add(scratch, clicks[len(clicks) - 1 - step], cells, found)
    find_tops(scratch)
    found = best_cells(scratch, mix, found, cells)
    products, popularity = tables
    for step in range(min(LAST_SOURCES, len(clicks))):
        click = clicks[len(clicks) - 1 - step]
        category = products.category[click] if click >= 0 else NO_CATEGORY
        if category != NO_CATEGORY:
            found = _add_all(scratch, popularity.category_top[category], cells, found)
    return _add_all(scratch, popularity.overall_top, cells, found)


@kernel
def _add_all(scratch: Scratch, products: NDArray[np.int32], cells: NDArray[np.int32], found: int) -> int:
    for at in range(len(products)):
        if products[at] < 0 or found >= min(FILLED, len(cells)):
            break
        found = _add(scratch, products[at], cells, found)
    return found


@kernel
def _add(scratch: Scratch, product: int, cells: NDArray[np.int32], found: int) -> int:
    """Append a product's cell to the `found` first of `cells`, unless it is there; returns how many there are then."""
    cell = product_cell(scratch, product) if product >= 0 and found < len(cells) else -1
    if cell < 0:
        return found
    for at in range(found):
        if cells[at] == cell:
            return found
    cells[found] = cell
    return found + 1
