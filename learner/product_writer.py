"""Writing what is counted by product and by category, an event at a time."""

import numpy as np
from numpy.typing import NDArray

from recommender.jit import barrier, kernel
from recommender.product_tables import NEIGHBOUR_LIMIT, NO_CATEGORY, ProductTables, pair_cell, pair_key
from recommender.scratch import PRODUCTS, TOGETHER, Scratch, empty_scratch, product_cell, product_in
from recommender.session_query import SMOOTHING
from recommender.session_tables import SessionTables, posted_session, slot_of

# The neighbours of a product that is clicked are looked up again when so much of its sessions is new: at once for most,
# seldom for bestsellers. The rest is looked up when there is nothing else to do.
REFRESH_SHARE = 1 / 64


@kernel
def count_move(tables: ProductTables, before: int, product: int) -> None:
    """Count a click on `product` after one on `before`, -1 for none."""
    category = tables.category[product]
    origin = tables.category[before] if before >= 0 else NO_CATEGORY
    cell = pair_cell(tables, origin, category) if origin >= 0 and category >= 0 else -1
    if cell >= 0:
        tables.pair[cell] = pair_key(origin, category)
        tables.pair_clicks[cell] += 1.0
        tables.departures[origin] += 1.0


@kernel
def touch_all(sessions: SessionTables, tables: ProductTables, slot: int) -> None:
    """The products of a session that has a new one: each of them has a new neighbour, or one that is nearer."""
    for at in range(sessions.length[slot]):
        tables.touched[sessions.clicks[slot, at]] += 1


@kernel
def refresh_if_due(sessions: SessionTables, tables: ProductTables, product: int, scratch: Scratch) -> None:
    """Look up a product's neighbours again when enough happened to it since."""
    if tables.touched[product] >= sessions.posting[product, 3] * REFRESH_SHARE:
        refresh_neighbours(sessions, tables, product, scratch)


@kernel
def settle(sessions: SessionTables, tables: ProductTables, first: int, last: int, scratch: Scratch) -> None:
    """Look up the neighbours of every product from `first` to `last` - 1 that something has happened to since.

    With all of them touched before, neighbours then depend on the index alone, not on how it came about.
    """
    for product in range(first, last):
        if tables.touched[product] > 0:
            refresh_neighbours(sessions, tables, product, scratch)


@kernel
def refresh_neighbours(sessions: SessionTables, tables: ProductTables, product: int, scratch: Scratch) -> None:
    """The products that share most of a product's sessions: cosine of the sets of sessions, smoothed, best first."""
    empty_scratch(scratch)
    tables.touched[product] = 0
    for back in range(sessions.posting[product, 3]):
        number = posted_session(sessions, product, back)
        if number >= 0:
            _count_others(sessions, slot_of(sessions, number), product, scratch)
    _keep_best(sessions, tables, product, scratch)


@kernel
def _count_others(sessions: SessionTables, slot: int, product: int, scratch: Scratch) -> None:
    clicks = sessions.clicks[slot]
    for at in range(sessions.length[slot]):
        known = clicks[at] == product
        for before in range(at):
            known = known or clicks[before] == clicks[at]
        if not known:
            cell = product_cell(scratch, clicks[at])
            if cell >= 0:
                scratch.columns[cell, TOGETHER] += 1.0


@kernel
def _keep_best(sessions: SessionTables, tables: ProductTables, product: int, scratch: Scratch) -> None:
    ids, values = tables.neighbours[product], tables.nearness[product]
    tables.near_version[product] += 1
    barrier()
    for at in range(NEIGHBOUR_LIMIT):
        ids[at], values[at] = -1, 0.0
    mine = sessions.sessions_of[product] + SMOOTHING
    for n in range(scratch.counts[PRODUCTS]):
        cell = scratch.products[n]
        other = product_in(scratch, cell)
        value = scratch.columns[cell, TOGETHER] / np.sqrt(mine * (sessions.sessions_of[other] + SMOOTHING))
        at = NEIGHBOUR_LIMIT
        while at > 0 and _is_nearer(tables.tie, (np.float32(value), other), (values[at - 1], ids[at - 1])):
            if at < NEIGHBOUR_LIMIT:
                values[at], ids[at] = values[at - 1], ids[at - 1]
            at -= 1
        if at < NEIGHBOUR_LIMIT:
            values[at], ids[at] = value, other
    barrier()
    tables.near_version[product] += 1


@kernel
def _is_nearer(tie: NDArray[np.int64], one: tuple[np.float32, int], other: tuple[np.float32, int]) -> bool:
    if other[1] < 0 or one[0] != other[0]:
        return bool(other[1] < 0 or one[0] > other[0])
    return bool(tie[one[1]] < tie[other[1]])
