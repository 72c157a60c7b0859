"""Writing what is counted by product and by category, an event at a time."""

import numpy as np
from numpy.typing import NDArray

from recommender.jit import barrier, kernel
from recommender.product_tables import NEIGHBOUR_LIMIT, TOP_LIMIT, ProductTables, pair_cell, pair_key
from recommender.scratch import PRODUCTS, TOGETHER, Scratch, empty_scratch, product_cell, product_in
from recommender.session_query import SMOOTHING
from recommender.session_tables import SessionTables, posted_session, slot_of

# A product's neighbours are looked up again when so much of its sessions is new: at once for most, seldom for
# bestsellers. It depends on events alone, not on how they come in batches, so that a replay makes the same tables.
REFRESH_SHARE = 1 / 64


@kernel
def count_click(tables: ProductTables, before: int, product: int, moment: float) -> None:
    """Count a click on `product` after one on `before` (-1 for none). `moment`: its time, in half-lives."""
    tables.recent[product] = add_log2(tables.recent[product], moment)
    tables.touched[product] += 1
    _rise(tables.recent, tables.overall_top, product)
    category = tables.category[product]
    if category < 0:
        return
    tables.category_recent[category] = add_log2(tables.category_recent[category], moment)
    _rise(tables.recent, tables.category_top[category], product)
    origin = tables.category[before] if before >= 0 else -1
    cell = pair_cell(tables, origin, category) if origin >= 0 else -1
    if cell >= 0:
        tables.pair[cell] = pair_key(origin, category)
        tables.pair_clicks[cell] += 1.0
        tables.departures[origin] += 1.0


@kernel
def _rise(sums: NDArray[np.float64], top: NDArray[np.int32], product: int) -> None:
    """Move a product, whose sum has grown, to its place in a list by falling sums."""
    at = 0
    while at < TOP_LIMIT - 1 and top[at] != product and top[at] >= 0:
        at += 1
    if top[at] != product and top[at] >= 0 and sums[top[at]] >= sums[product]:
        return
    while at > 0 and sums[top[at - 1]] < sums[product]:
        top[at] = top[at - 1]
        at -= 1
    top[at] = product


@kernel
def add_log2(a: float, b: float) -> float:
    """log2(2^a + 2^b) as in `profiles/decay.py`; -inf is nothing."""
    low, high = min(a, b), max(a, b)
    if low == -np.inf:
        return high
    return float(high + np.log1p(2.0 ** (low - high)) / np.log(2.0))


@kernel
def refresh_if_due(sessions: SessionTables, tables: ProductTables, product: int, scratch: Scratch) -> None:
    """Look up a product's neighbours again when it was clicked often enough since."""
    if tables.touched[product] >= sessions.posting[product, 3] * REFRESH_SHARE:
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
        value = np.float32(scratch.columns[cell, TOGETHER] / np.sqrt(mine * (sessions.sessions_of[other] + SMOOTHING)))
        at = NEIGHBOUR_LIMIT - 1
        if value <= values[at]:
            continue
        while at > 0 and values[at - 1] < value:
            values[at], ids[at] = values[at - 1], ids[at - 1]
            at -= 1
        values[at], ids[at] = value, other
    barrier()
    tables.near_version[product] += 1
