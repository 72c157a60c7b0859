"""Writing matrix factors, an event at a time: one step of alternating least squares for the session and the product."""

import numpy as np
from numpy.typing import NDArray

from recommender.factor_tables import FactorTables
from recommender.factors import RIDGE, UNOBSERVED, add_point, fold_in, solve, start_sums
from recommender.jit import kernel
from recommender.scratch import FACTORS, Scratch
from recommender.session_tables import SessionTables, posted_session, slot_of

# Newest sessions that a product's point is found from.
NEWEST = 32
# Largest coordinate of a start vector.
START = 0.3
# SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): its step and its two multipliers.
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@kernel
def learn_factors(sessions: SessionTables, tables: FactorTables, click: tuple[int, int], scratch: Scratch) -> None:
    """Move the points of a session and of its newest product. `click`: the session's slot, and the product.

    To be called for every click, when the index has it.
    """
    slot, product = click
    if tables.product_weight[product] == 0.0:
        start_product(tables, product, scratch.vector)
    fold_in(tables, sessions.clicks[slot, : sessions.length[slot]], sessions.next_number[0], 1.0, scratch)
    replace_row(tables.session_gram, tables.session_factors[slot], scratch.vector, 1.0, 1.0)
    if not find_product(sessions, tables, product, scratch):
        return
    weight, count = tables.product_weight[product], float(sessions.sessions_of[product])
    replace_row(tables.product_gram, tables.product_factors[product], scratch.vector, weight, count)
    tables.product_weight[product] = count


@kernel
def find_product(sessions: SessionTables, tables: FactorTables, product: int, scratch: Scratch) -> bool:
    """The point of a product from those of its newest sessions, into `scratch.vector`; False when none is left.

    They stand for all its sessions, so everything is divided by how many these are: the mean of (1 - x.y)^2 over the
    newest + UNOBSERVED x the mean of (x.y)^2 over all sessions in the index + RIDGE |y|^2 / sessions of the product.
    """
    newest = min(sessions.posting[product, 3], NEWEST)
    found = 0
    for back in range(newest):
        found += 1 if posted_session(sessions, product, back) >= 0 else 0
    known = max(min(sessions.next_number[0], len(sessions.number)), 1)
    start_sums(scratch, tables.session_gram, UNOBSERVED / known, RIDGE / max(sessions.sessions_of[product], 1))
    for back in range(newest):
        number = posted_session(sessions, product, back)
        if number >= 0:
            add_point(scratch, tables.session_factors[slot_of(sessions, number)], 1.0 / found)
    solve(scratch.matrix, scratch.vector)
    return found > 0


@kernel
def start_product(tables: FactorTables, product: int, vector: NDArray[np.float64]) -> None:
    """Give a product that has no point one that depends on its number alone; `vector` float64 (FACTORS,): room."""
    state = np.uint64(product) * np.uint64(FACTORS) * _STEP
    for i in range(FACTORS):
        state += _STEP
        mixed = (state ^ (state >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        mixed ^= mixed >> np.uint64(31)
        vector[i] = START * (np.float64(mixed >> np.uint64(11)) * 2.0**-52 - 1.0)
    replace_row(tables.product_gram, tables.product_factors[product], vector, 0.0, 1.0)
    tables.product_weight[product] = 1.0


@kernel
def replace_row(
    gram: NDArray[np.float64], row: NDArray[np.float32], vector: NDArray[np.float64], old: float, new: float
) -> None:
    """Write `vector` float64 (FACTORS,) to `row`, and correct the Gram matrix that has the row with weight `old`, and
    is to have it with weight `new`. What is not exactly a float32 is cut off in `vector` too.
    """
    for i in range(FACTORS):
        vector[i] = np.float32(vector[i])
    for i in range(FACTORS):
        gone, come = old * row[i], new * vector[i]
        for j in range(FACTORS):
            gram[i, j] += come * vector[j] - gone * row[j]
    for i in range(FACTORS):
        row[i] = vector[i]
