"""Working memory of one thread, so that no query allocates: two hash tables, emptied by counting up a stamp.

Their size follows what one query may touch, not the catalogue or the number of sessions: scratch as long as the tables
would cost 8 MB a thread for a million products, and a cache miss for every one that is touched.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel

SESSION_CELLS = 2**15
PRODUCT_CELLS = 2**16
# Open addressing slows down as a table fills; what comes after this many is left out.
MAX_SESSIONS = SESSION_CELLS * 3 // 4
MAX_PRODUCTS = PRODUCT_CELLS * 3 // 4

# What is gathered by product: columns of `Scratch.columns`.
KNN, CO_VISIT, RULES, NEXT, NEXT_DECAYED, BEFORE, TOGETHER, TWO_HOP = range(8)
COLUMNS = 8
# Cells of `Scratch.counts`.
STAMP, SESSIONS, PRODUCTS, POSTINGS = range(4)
_HASH = 2654435761  # Knuth's multiplicative hash: the prime nearest to 2^32 over the golden ratio


class Scratch(NamedTuple):
    """The tables. n = SESSION_CELLS, m = PRODUCT_CELLS; a cell is in use when its stamp is the present one.

    Sessions: `session_stamp`, `session_number` int64 (n,), `similarity` float32 (n,), and of the newest product in
    common `step` int32 (n,), its steps from the end of the asking session, and `place` int32 (n,) in the other one;
    `sessions` int32 (n,): the cells in use. Products: `product_stamp` int64 (m,), `product` int32 (m,), `columns`
    float32 (m, COLUMNS), `products` int32 (m,): the cells in use. `counts` int64 (4,): stamp, sessions, products, and
    postings that were read.
    """

    session_stamp: NDArray[np.int64]
    session_number: NDArray[np.int64]
    similarity: NDArray[np.float32]
    step: NDArray[np.int32]
    place: NDArray[np.int32]
    sessions: NDArray[np.int32]
    product_stamp: NDArray[np.int64]
    product: NDArray[np.int32]
    columns: NDArray[np.float32]
    products: NDArray[np.int32]
    counts: NDArray[np.int64]


def build_scratch() -> Scratch:
    """Working memory for one thread: 3.8 MB."""
    n, m = SESSION_CELLS, PRODUCT_CELLS
    return Scratch(
        session_stamp=np.zeros(n, np.int64),
        session_number=np.zeros(n, np.int64),
        similarity=np.zeros(n, np.float32),
        step=np.zeros(n, np.int32),
        place=np.zeros(n, np.int32),
        sessions=np.zeros(n, np.int32),
        product_stamp=np.zeros(m, np.int64),
        product=np.zeros(m, np.int32),
        columns=np.zeros((m, COLUMNS), np.float32),
        products=np.zeros(m, np.int32),
        counts=np.zeros(4, np.int64),
    )


@kernel
def empty_scratch(scratch: Scratch) -> None:
    """Forget everything."""
    scratch.counts[STAMP] += 1
    scratch.counts[SESSIONS] = scratch.counts[PRODUCTS] = scratch.counts[POSTINGS] = 0


@kernel
def product_cell(scratch: Scratch, product: int) -> int:
    """The cell of a product, a new one with empty columns when it has none; -1 when the table is full."""
    stamp = scratch.counts[STAMP]
    cell = (product * _HASH) % PRODUCT_CELLS
    while scratch.product_stamp[cell] == stamp:
        if scratch.product[cell] == product:
            return cell
        cell = (cell + 1) % PRODUCT_CELLS
    if scratch.counts[PRODUCTS] >= MAX_PRODUCTS:
        return -1
    scratch.product_stamp[cell] = stamp
    scratch.product[cell] = product
    scratch.columns[cell, :] = 0.0
    scratch.products[scratch.counts[PRODUCTS]] = cell
    scratch.counts[PRODUCTS] += 1
    return cell


@kernel
def session_cell(scratch: Scratch, number: int) -> int:
    """The cell of a session, a new one without similarity when it has none; -1 when the table is full."""
    stamp = scratch.counts[STAMP]
    cell = (number * _HASH) % SESSION_CELLS
    while scratch.session_stamp[cell] == stamp:
        if scratch.session_number[cell] == number:
            return cell
        cell = (cell + 1) % SESSION_CELLS
    if scratch.counts[SESSIONS] >= MAX_SESSIONS:
        return -1
    scratch.session_stamp[cell] = stamp
    scratch.session_number[cell] = number
    scratch.similarity[cell] = 0.0
    scratch.step[cell] = -1
    scratch.sessions[scratch.counts[SESSIONS]] = cell
    scratch.counts[SESSIONS] += 1
    return cell


@kernel
def column_tops(scratch: Scratch) -> NDArray[np.float64]:
    """The largest value of each column, float64 (COLUMNS,); 1 for a column that is empty."""
    tops = np.zeros(COLUMNS)
    for n in range(scratch.counts[PRODUCTS]):
        cell = scratch.products[n]
        for column in range(COLUMNS):
            tops[column] = max(tops[column], scratch.columns[cell, column])
    for column in range(COLUMNS):
        if tops[column] <= 0.0:
            tops[column] = 1.0
    return tops


@kernel
def best_cells(scratch: Scratch, weights: NDArray[np.float64], out: NDArray[np.int32]) -> int:
    """The cells with the largest weighted sum of columns over their tops, best first; returns how many there are.

    `weights` float64 (COLUMNS,); `out` int32 (limit,) is filled. Of equal sums the earlier cell comes first; a cell
    without any of the weighted columns is left out.
    """
    tops = column_tops(scratch)
    values = np.empty(len(out), np.float64)
    used = 0
    for n in range(scratch.counts[PRODUCTS]):
        cell = scratch.products[n]
        value = 0.0
        for column in range(COLUMNS):
            value += weights[column] * scratch.columns[cell, column] / tops[column]
        if value <= 0.0 or (used == len(out) and value <= values[used - 1]):
            continue
        used = min(used + 1, len(out))
        at = used - 1
        while at > 0 and values[at - 1] < value:
            values[at], out[at] = values[at - 1], out[at - 1]
            at -= 1
        values[at], out[at] = value, cell
    return used
