"""What is bought together: in one order, and by one visitor in different orders.

Two more instances of the session index (`recommender/session_tables.py`), read in one pass over the newest postings of
the products that are asked for. A count c of rows that two products share becomes c / ((n + s)^1/2 (m + s)^a), n rows
with the one that is asked for and m with the other: with a = 1/2 the cosine of the two sets, smoothed; with a = 0 the
conditional probability, in which bestsellers are bought together with everything. After Deshpande and Karypis,
"Item-based top-N recommendation algorithms" (TOIS 2004), section 4.1.2; a by measurement, beside lift and Jaccard, in
docs/evaluation.md.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel
from recommender.scratch import (
    CHOICES,
    CO_VISIT,
    POSTINGS,
    PRODUCTS,
    TOGETHER,
    Scratch,
    empty_scratch,
    product_cell,
    product_in,
)
from recommender.session_tables import SessionTables, build_session_tables, posted_session, read_clicks, slot_of

# Postings that one question reads of the orders and of the histories, all asked products together. Half as many orders
# cost 3 to 6 % of recall; histories are full rows that say less.
ORDERS_READ, HISTORIES_READ = 1024, 256
# s and a of the formula. A half of the rows of two is less sure than a half of two hundred, hence s.
SMOOTHING = 5.0
POPULARITY_POWER = 0.25  # `_damping` is made for it
# What a visitor's history counts beside an order.
HISTORY_SHARE = 0.1
# Where counts of histories are kept until they are added to TOGETHER: nothing else is gathered at the same time.
HISTORIES = CO_VISIT


class Baskets(NamedTuple):
    """`orders`: a row is the products of one order of a visitor; `histories`: a row is the newest products that one
    visitor bought. `order_key` int64 (slots of `orders`,): a hash of the order's id, 0 for an order without one.
    """

    orders: SessionTables
    histories: SessionTables
    order_key: NDArray[np.int64]


def build_baskets(products: int, orders: int, visitors: int, cells: int) -> Baskets:
    """Empty tables for so many products, at least so many orders and visitors, and so many postings in each index."""
    made = build_session_tables(products, orders, cells)
    histories = build_session_tables(products, visitors, cells)
    return Baskets(made, histories, np.zeros(len(made.number), np.int64))


@kernel
def gather_baskets(baskets: Baskets, asked: NDArray[np.int32], own: int, scratch: Scratch) -> None:
    """Fill column TOGETHER of `scratch` with what is bought together with the products `asked` int32 (n,).

    These are the product of a page or those of a cart, each once, -1 for one that is unknown; they are not among what
    is found. `own`: the hash of a visitor whose own rows do not count, 0 for none.
    """
    empty_scratch(scratch)
    _count_rows(baskets.orders, (asked, own, ORDERS_READ), TOGETHER, scratch)
    _count_rows(baskets.histories, (asked, own, HISTORIES_READ), HISTORIES, scratch)
    for n in range(scratch.counts[PRODUCTS]):
        cell = scratch.products[n]
        product, columns = product_in(scratch, cell), scratch.columns[cell]
        columns[TOGETHER] *= _damping(baskets.orders, product)
        columns[TOGETHER] += HISTORY_SHARE * columns[HISTORIES] * _damping(baskets.histories, product)
        columns[HISTORIES] = 0.0
    for n in range(len(asked)):
        if asked[n] >= 0:
            cell = product_cell(scratch, asked[n])
            if cell >= 0:
                scratch.columns[cell, TOGETHER] = 0.0


@kernel
def _damping(rows: SessionTables, product: int) -> float:
    """The side of the formula that is the found product's; two roots take a tenth of the time of a power."""
    return float(1.0 / np.sqrt(np.sqrt(rows.sessions_of[product] + SMOOTHING)))


@kernel
def _count_rows(
    rows: SessionTables, question: tuple[NDArray[np.int32], int, int], column: int, scratch: Scratch
) -> None:
    """Add to `column` the other products of the newest rows with each product; what one leaves, the next may read.

    `question`: asked products, hash of who asks, and postings to read in all.
    """
    asked, own, left = question
    for n in range(len(asked)):
        product = asked[n]
        if product < 0:
            continue
        newest = min(rows.posting[product, 3], left // (len(asked) - n))
        left -= newest
        gain = 1.0 / np.sqrt(rows.sessions_of[product] + SMOOTHING)
        for back in range(newest):
            number = posted_session(rows, product, back)
            if number >= 0 and (own == 0 or rows.visitor[slot_of(rows, number)] != own):
                scratch.counts[POSTINGS] += 1
                _count_others(read_clicks(rows, number, scratch.row), (product, column), gain, scratch)


@kernel
def _count_others(length: int, asked: tuple[int, int], gain: float, scratch: Scratch) -> None:
    """Count each product in `scratch.row` once, all but the one that is asked for."""
    product, column = asked
    scratch.counts[CHOICES] += 1
    for at in range(length):
        cell = product_cell(scratch, scratch.row[at]) if scratch.row[at] != product else -1
        if cell >= 0 and scratch.taken[cell] != scratch.counts[CHOICES]:
            scratch.taken[cell] = scratch.counts[CHOICES]
            scratch.columns[cell, column] += gain
