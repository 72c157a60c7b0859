"""Writing the session index, an event at a time."""

import numpy as np

from recommender.jit import barrier, kernel
from recommender.scratch import KEY_MASK
from recommender.session_tables import (
    MAX_CLICKS,
    MAX_POSTINGS,
    MIN_POSTINGS,
    SessionTables,
    posted_session,
    slot_of,
)

LAST = MAX_CLICKS - 1
# Cells that are tried for a visitor, of which half are free; after that another visitor's session is cut short.
PROBES = 64


@kernel
def newest_session(tables: SessionTables, visitor: int) -> int:
    """The number of a visitor's newest session, -1 when none is in the index."""
    number = tables.newest_of[_visitor_cell(tables, visitor)]
    is_there = number >= 0 and tables.number[slot_of(tables, number)] == number
    return int(number) if is_there and tables.visitor[slot_of(tables, number)] == visitor else -1


@kernel
def _visitor_cell(tables: SessionTables, visitor: int) -> int:
    """The cell of a visitor's newest session, or the one that it would take: free, or of a session that is gone."""
    mask = len(tables.newest_of) - 1
    taken, home = -1, int(visitor & mask)
    for step in range(PROBES):
        cell = (home + step) & mask
        number = tables.newest_of[cell]
        is_there = number >= 0 and tables.number[slot_of(tables, number)] == number
        if is_there and tables.visitor[slot_of(tables, number)] == visitor:
            return cell
        if taken < 0 and not is_there:
            taken = cell
        if number < 0:
            break
    return taken if taken >= 0 else home


@kernel
def begin_session(tables: SessionTables, visitor: int) -> int:
    """Number a new session of a visitor; it takes the slot of the oldest. Returns its number."""
    number = tables.next_number[0]
    slot = slot_of(tables, number)
    tables.version[slot] += 1
    barrier()
    tables.length[slot] = 0
    tables.visitor[slot] = visitor
    tables.latest[slot] = 0.0
    tables.total[slot] = 0
    tables.number[slot] = number
    barrier()
    tables.version[slot] += 1
    tables.next_number[0] = number + 1
    tables.newest_of[_visitor_cell(tables, visitor)] = number
    return int(number)


@kernel
def add_click(tables: SessionTables, number: int, product: int) -> bool:
    """Add a product to a session that is still in its slot. False when the arena is full; nothing has changed then."""
    slot = slot_of(tables, number)
    clicks, length = tables.clicks[slot], tables.length[slot]
    known = False
    for at in range(length):
        known = known or clicks[at] == product
    # A session that is longer than its row may have met the product before.
    if not known and length == MAX_CLICKS:
        known = _is_posted(tables, number, product)
    if not known:
        if not _post(tables, number, product):
            return False
        tables.sessions_of[product] += 1
    tables.version[slot] += 1
    barrier()
    if length == MAX_CLICKS:
        for at in range(LAST):
            clicks[at] = clicks[at + 1]
        clicks[LAST] = product
    else:
        clicks[length] = product
        tables.length[slot] = length + 1
    barrier()
    tables.version[slot] += 1
    return True


@kernel
def _is_posted(tables: SessionTables, number: int, product: int) -> bool:
    for back in range(tables.posting[product, 3]):
        if posted_session(tables, product, back) == number:
            return True
    return False


@kernel
def _post(tables: SessionTables, number: int, product: int) -> bool:
    """Append a session to a product's ring, which doubles when it is full. False when the arena is."""
    row = tables.posting[product]
    if row[3] == row[1] and row[1] < MAX_POSTINGS:
        capacity = max(np.int64(MIN_POSTINGS), row[1] * 2)
        offset = _take_block(tables, capacity)
        if offset < 0:
            return False
        for at in range(row[3]):  # a ring that is full begins at its head
            tables.arena[offset + at] = tables.arena[row[0] + ((row[2] + at) & (row[1] - 1))]
        if row[1] > 0:
            _give_block(tables, row[0], row[1])
        row[0], row[1], row[2] = offset, capacity, row[3]
    tables.arena[row[0] + row[2]] = number & KEY_MASK
    row[2] = (row[2] + 1) & (row[1] - 1)
    row[3] = min(row[3] + 1, row[1])
    return True


@kernel
def _take_block(tables: SessionTables, capacity: int) -> int:
    size = _log2(capacity)
    block = tables.free[size]
    if block >= 0:
        low, high = np.int64(tables.arena[block]), np.int64(tables.arena[block + 1])
        tables.free[size] = high * 2**31 + low - 1
        return int(block)
    block = tables.arena_used[0]
    if block + capacity > len(tables.arena):
        return -1
    tables.arena_used[0] = block + capacity
    return int(block)


@kernel
def _give_block(tables: SessionTables, offset: int, capacity: int) -> None:
    size = _log2(capacity)
    following = tables.free[size] + 1
    tables.arena[offset], tables.arena[offset + 1] = following % 2**31, following // 2**31
    tables.free[size] = offset


@kernel
def _log2(capacity: int) -> int:
    size = 0
    while capacity > 1:
        capacity //= 2
        size += 1
    return size
