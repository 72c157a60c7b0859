"""Working memory of one thread, so that no query allocates: two hash tables, emptied by counting up a stamp.

Their size follows what one query may touch, not the catalogue or the number of sessions: scratch as long as the tables
would cost 8 MB a thread for a million products, and a cache miss for every one that is touched.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel

# Powers of two, and small enough for a core's cache: three quarters of the cells are used at most, and what comes
# after that is left out. Diginetica's queries touch 222 sessions on average, and 1,450 at the 99th percentile.
SESSION_CELLS = 2**13
PRODUCT_CELLS = 2**14
MAX_SESSIONS = SESSION_CELLS * 3 // 4
MAX_PRODUCTS = PRODUCT_CELLS * 3 // 4
# The longest row that is copied.
ROW = 64
# Dimensions of the space that products and sessions are points of (`recommender/factor_tables.py`), a multiple of 4.
# Measured in docs/adr/0012-online-matrix-factorisation.md.
FACTORS = 16

# What is gathered by product: columns of `Scratch.columns`.
KNN, CO_VISIT, RULES, NEXT, NEXT_DECAYED, BEFORE, TOGETHER, TWO_HOP = range(8)
COLUMNS = 8
# Cells of `Scratch.counts`.
STAMP, SESSIONS, PRODUCTS, POSTINGS, CHOICES = range(5)
# Low bits of a key.
KEY_BITS = 31
KEY_MASK = 2**KEY_BITS - 1
# The largest stamp that has room above them.
LAST_STAMP = 2 ** (63 - KEY_BITS) - 1
_HASH = 2654435761  # Knuth's multiplicative hash: the prime nearest to 2^32 over the golden ratio


class Scratch(NamedTuple):
    """The tables. n = SESSION_CELLS, m = PRODUCT_CELLS. A cell's key is the stamp times 2^31 plus what is in it, so
    that one look tells whether it is in use.

    Sessions: `session_key` int64 (n,), `similarity` float64 (n,), and of the newest product in common `step` int32
    (n,), its steps from the end of the asking session, and `place` int32 (n,) in the other one; `sessions` int32 (n,):
    the cells in use. Products: `product_key` int64 (m,), `columns` float32 (m, COLUMNS), `products` int32 (m,): the
    cells in use; `tops` float64 (COLUMNS,), see `find_tops`; `taken` int64 (m,): the choice that a cell is left out of.
    `counts` int64 (5,): stamp, sessions, products, postings that were read, choices. `values`, `heap` float64 (m,):
    room for selections; `row` int32, `nearness` float32 (ROW,): room for one row of a table. `matrix` float64
    (FACTORS, FACTORS), `vector` float64 (FACTORS,): room for one system of equations.
    """

    session_key: NDArray[np.int64]
    similarity: NDArray[np.float64]
    step: NDArray[np.int32]
    place: NDArray[np.int32]
    sessions: NDArray[np.int32]
    product_key: NDArray[np.int64]
    columns: NDArray[np.float32]
    products: NDArray[np.int32]
    tops: NDArray[np.float64]
    taken: NDArray[np.int64]
    counts: NDArray[np.int64]
    values: NDArray[np.float64]
    heap: NDArray[np.float64]
    row: NDArray[np.int32]
    nearness: NDArray[np.float32]
    matrix: NDArray[np.float64]
    vector: NDArray[np.float64]


def build_scratch() -> Scratch:
    """Working memory for one thread: 1.2 MB."""
    n, m = SESSION_CELLS, PRODUCT_CELLS
    return Scratch(
        session_key=np.zeros(n, np.int64),
        similarity=np.zeros(n, np.float64),
        step=np.zeros(n, np.int32),
        place=np.zeros(n, np.int32),
        sessions=np.zeros(n, np.int32),
        product_key=np.zeros(m, np.int64),
        columns=np.zeros((m, COLUMNS), np.float32),
        products=np.zeros(m, np.int32),
        tops=np.ones(COLUMNS),
        taken=np.zeros(m, np.int64),
        counts=np.array([1, 0, 0, 0, 0]),  # stamp 0 is that of cells never used
        values=np.zeros(m),
        heap=np.zeros(m),
        row=np.zeros(ROW, np.int32),
        nearness=np.zeros(ROW, np.float32),
        matrix=np.zeros((FACTORS, FACTORS)),
        vector=np.zeros(FACTORS),
    )


@kernel
def empty_scratch(scratch: Scratch) -> None:
    """Forget everything."""
    if scratch.counts[STAMP] == LAST_STAMP:  # a busy learner gets there in weeks; no old key may look like a new one
        scratch.session_key[:] = 0
        scratch.product_key[:] = 0
        scratch.counts[STAMP] = 0
    scratch.counts[STAMP] += 1
    scratch.counts[SESSIONS] = scratch.counts[PRODUCTS] = scratch.counts[POSTINGS] = 0


@kernel
def product_in(scratch: Scratch, cell: int) -> int:
    """The product in a cell that is in use."""
    return int(scratch.product_key[cell] & KEY_MASK)


@kernel
def product_cell(scratch: Scratch, product: int) -> int:
    """The cell of a product, a new one with empty columns when it has none; -1 when the table is full."""
    key = (scratch.counts[STAMP] << KEY_BITS) | np.int64(product)
    cell = (np.int64(product) * _HASH) & (PRODUCT_CELLS - 1)
    while scratch.product_key[cell] >> KEY_BITS == scratch.counts[STAMP]:
        if scratch.product_key[cell] == key:
            return int(cell)
        cell = (cell + 1) & (PRODUCT_CELLS - 1)
    if scratch.counts[PRODUCTS] >= MAX_PRODUCTS:
        return -1
    scratch.product_key[cell] = key
    for column in range(COLUMNS):
        scratch.columns[cell, column] = 0.0
    scratch.products[scratch.counts[PRODUCTS]] = cell
    scratch.counts[PRODUCTS] += 1
    return int(cell)


@kernel
def session_cell(scratch: Scratch, posted: int) -> int:
    """The cell of a session by the low bits of its number, a new one without similarity when it has none; -1 when the
    table is full.
    """
    key = (scratch.counts[STAMP] << KEY_BITS) | np.int64(posted)
    cell = (np.int64(posted) * _HASH) & (SESSION_CELLS - 1)
    while scratch.session_key[cell] >> KEY_BITS == scratch.counts[STAMP]:
        if scratch.session_key[cell] == key:
            return int(cell)
        cell = (cell + 1) & (SESSION_CELLS - 1)
    if scratch.counts[SESSIONS] >= MAX_SESSIONS:
        return -1
    scratch.session_key[cell] = key
    scratch.similarity[cell] = 0.0
    scratch.step[cell] = -1
    scratch.sessions[scratch.counts[SESSIONS]] = cell
    scratch.counts[SESSIONS] += 1
    return int(cell)


@kernel
def find_tops(scratch: Scratch) -> None:
    """The largest value of each column, 1 for a column that is empty, into `tops`."""
    tops = scratch.tops
    tops[:] = 0.0
    for n in range(scratch.counts[PRODUCTS]):
        columns = scratch.columns[scratch.products[n]]
        for column in range(COLUMNS):
            tops[column] = max(tops[column], columns[column])
    for column in range(COLUMNS):
        if tops[column] == 0.0:
            tops[column] = 1.0


@kernel
def find_top(scratch: Scratch, column: int) -> None:
    """The same for one column alone."""
    top = 0.0
    for n in range(scratch.counts[PRODUCTS]):
        top = max(top, scratch.columns[scratch.products[n], column])
    scratch.tops[column] = top if top > 0.0 else 1.0


@kernel
def best_cells(scratch: Scratch, weights: NDArray[np.float64], first: int, out: NDArray[np.int32]) -> int:
    """The cells with the largest weighted sum of columns over their tops, in no order, after those in `out[:first]`.

    `weights` float64 (COLUMNS,); `out` int32 (limit,) is filled; returns how many it holds; call `find_tops` before. Of
    equal sums the earlier cells are taken; a cell without any of the weighted columns is left out.
    """
    values, count = scratch.values, scratch.counts[PRODUCTS]
    scratch.counts[CHOICES] += 1
    for n in range(first):
        scratch.taken[out[n]] = scratch.counts[CHOICES]
    for n in range(count):
        values[n] = 0.0
        if scratch.taken[scratch.products[n]] == scratch.counts[CHOICES]:
            continue
        columns = scratch.columns[scratch.products[n]]
        for column in range(COLUMNS):
            if columns[column] != 0.0 and weights[column] != 0.0:
                values[n] += weights[column] / scratch.tops[column] * columns[column]
    floor = kth_largest(scratch, count, len(out) - first)
    used = first
    for on_it in range(2):  # first what is above the floor, then what is on it
        for n in range(count):
            wanted = values[n] == floor if on_it else values[n] > floor
            if wanted and values[n] > 0.0 and used < len(out):
                out[used] = scratch.products[n]
                used += 1
    return used


@kernel
def kth_largest(scratch: Scratch, count: int, k: int) -> float:
    """The k-th largest of the first `count` of `values`, 0 when there are no more than k, infinity for k = 0.

    A heap of the k best, smallest first.
    """
    if count <= k:
        return 0.0
    if k <= 0:
        return np.inf
    heap, values = scratch.heap, scratch.values
    for n in range(k):
        heap[n] = values[n]
    for start in range(k // 2 - 1, -1, -1):
        _sift(heap, k, start)
    for n in range(k, count):
        if values[n] > heap[0]:
            heap[0] = values[n]
            _sift(heap, k, 0)
    return float(heap[0])


@kernel
def _sift(heap: NDArray[np.float64], size: int, at: int) -> None:
    value = heap[at]
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if value <= heap[child]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value
