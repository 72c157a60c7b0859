"""The session index: what visitors did lately, as arrays that one process writes and any number read.

The layout is that of VMIS-kNN (Kersbergen, Sprangers, Schelter, "Serenade", SIGMOD 2022): from a product to its newest
sessions, from a session to its products. Theirs is rebuilt every night, this one is current to the last event.

Sessions are numbered as they begin. Session n is in slot n modulo the number of slots, a power of two, so a new session
takes the place of the oldest one; postings that still name that one are told by its number. A product's postings are a
ring that grows by doubling, up to `MAX_POSTINGS`, in blocks of one shared arena.
"""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.event import Visitor
from recommender.jit import barrier, kernel
from recommender.scratch import KEY_MASK
from recommender.table_schema import Table, build_arrays

# Newest sessions that a product remembers. The recipe's figures: mean 222 postings a query at 1,000.
MAX_POSTINGS = 1024
MIN_POSTINGS = 4
# Newest products that a session remembers. 98 % of Diginetica's sessions are shorter.
MAX_CLICKS = 20


class SessionTables(NamedTuple):
    """The index. S slots, P products, A arena cells; counters are arrays of one so that all processes see them.

    `clicks` int32 (S, MAX_CLICKS): products in order; `length` int32 (S,); `number` int64 (S,): the session's, -1 for
    none; `version` int64 (S,): odd while the row is written; `visitor` int64 (S,): a hash of whose it is; `latest`
    float64 (S,): time of the last event, Unix seconds; `total` int32 (S,): events, also repeated ones and those that
    the row has dropped;
    `next_number` int64 (1,).

    `posting` int64 (P, 4): offset in the arena, capacity (0 for none), next cell to write, cells filled.
    `arena` int32 (A,): numbers of sessions, modulo 2^31; `arena_used` int64 (1,); `free` int64 (32,): the first free
    block of each capacity, as a power of 2, -1 for none; a free block's first two cells hold the next one.
    `sessions_of` int64 (P,): sessions that a product was ever in.
    `newest_of` int64 (2 S,): a hash table, the newest session of each visitor, -1 for a free cell.
    """

    clicks: NDArray[np.int32]
    length: NDArray[np.int32]
    number: NDArray[np.int64]
    version: NDArray[np.int64]
    visitor: NDArray[np.int64]
    latest: NDArray[np.float64]
    total: NDArray[np.int32]
    next_number: NDArray[np.int64]
    posting: NDArray[np.int64]
    arena: NDArray[np.int32]
    arena_used: NDArray[np.int64]
    free: NDArray[np.int64]
    sessions_of: NDArray[np.int64]
    newest_of: NDArray[np.int64]


LAYOUT = (
    Table("clicks", "int32", ("slots", MAX_CLICKS), 0),
    Table("length", "int32", ("slots",), 0),
    Table("number", "int64", ("slots",), -1),
    Table("version", "int64", ("slots",), 0),
    Table("visitor", "int64", ("slots",), 0),
    Table("latest", "float64", ("slots",), 0),
    Table("total", "int32", ("slots",), 0),
    Table("next_number", "int64", (1,), 0),
    Table("posting", "int64", ("products", 4), 0),
    Table("arena", "int32", ("cells",), 0),
    Table("arena_used", "int64", (1,), 0),
    Table("free", "int64", (32,), -1),
    Table("sessions_of", "int64", ("products",), 0),
    Table("newest_of", "int64", ("visitor_cells",), -1),
)


def session_sizes(sessions: int) -> dict[str, int]:
    """Sizes, by name, for at least so many sessions: a power of two."""
    slots = 1 << max(sessions - 1, 0).bit_length()
    return {"slots": slots, "visitor_cells": 2 * slots}


def build_session_tables(products: int, sessions: int, cells: int) -> SessionTables:
    """Empty tables for so many products, at least so many sessions, and so many postings."""
    sizes = {"products": products, "cells": cells, **session_sizes(sessions)}
    return SessionTables(**build_arrays(LAYOUT, sizes))


def visitor_hash(visitor: Visitor) -> int:
    """What stands for a visitor in the index: 63 bits of BLAKE2b, never 0."""
    digest = hashlib.blake2b(visitor.key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


# Times that a reader tries a row which is being written, before it goes on without.
ATTEMPTS = 100


@kernel
def read_clicks(tables: SessionTables, number: int, row: NDArray[np.int32]) -> int:
    """Copy the products of session `number` to `row` int32 (MAX_CLICKS,); returns how many, -1 when it is gone."""
    slot = slot_of(tables, number)
    for _ in range(ATTEMPTS):
        version = tables.version[slot]
        barrier()
        length = tables.length[slot] if tables.number[slot] == number else -1
        for at in range(length):
            row[at] = tables.clicks[slot, at]
        barrier()
        if tables.version[slot] == version and version % 2 == 0:
            return int(length)
    return -1


@kernel
def slot_of(tables: SessionTables, number: int) -> int:
    """The slot that a session of this number is, was or will be in."""
    return int(np.int64(number) & (len(tables.number) - 1))


@kernel
def posted_session(tables: SessionTables, product: int, back: int) -> int:
    """The number of a product's session, `back` from the newest; -1 when another one has taken its place.

    Postings hold the low bits of a number: 4 bytes each, and unambiguous for two thousand million sessions.
    """
    head, capacity = tables.posting[product, 2], tables.posting[product, 1]
    cell = tables.posting[product, 0] + ((head - 1 - back) & (capacity - 1))
    # While the ring moves, its new size may meet its old place.
    posted = np.int64(tables.arena[min(cell, len(tables.arena) - 1)])
    newest = tables.next_number[0] - 1
    number = newest - ((newest - posted) & KEY_MASK)
    return int(number) if number >= 0 and tables.number[slot_of(tables, number)] == number else -1
