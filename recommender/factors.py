"""Implicit matrix factorisation at request time: a session is folded in from its products, and candidates are scored.

Implicit ALS (Hu, Koren, Volinsky, ICDM 2008): the product of a session's and a product's point should be 1 where there
was a click, and 0 where there was none. Those many zeros come in as a Gram matrix (Rendle et al., "Revisiting the
performance of iALS on item recommendation benchmarks", RecSys 2022), weighted by how popular the product is, for what
everybody knows was more likely passed over (eALS: He et al., SIGIR 2016).
"""

import numpy as np
from numpy.typing import NDArray

from recommender.factor_tables import FactorTables
from recommender.jit import kernel
from recommender.scratch import FACTORS, Scratch, product_in
from recommender.session_tables import MAX_CLICKS

# Found on the last sessions of Diginetica's training part (docs/adr/0012-online-matrix-factorisation.md).
# Weight of what was not clicked: of product p for each session, UNOBSERVED x the share of sessions that p is in.
UNOBSERVED = 0.3
RIDGE = 0.1
# Weight of an asking session's click for each one that came after it.
STEP = 0.4
# The least pivot: a dimension with less, which only a Gram matrix that is half written has, is left out.
LEAST_PIVOT = 1e-9


@kernel
def fold_in(tables: FactorTables, clicks: NDArray[np.int32], sessions: int, step: float, scratch: Scratch) -> None:
    """The point of the session `clicks` int32 (n,), oldest first, into `scratch.vector`; clicks of -1 are unknown.

    Minimises sum of step^age (1 - x.y)^2 over the newest clicks + UNOBSERVED / `sessions` (those begun so far) x the
    weighted sum of (x.y)^2 over all products + RIDGE |x|^2.
    """
    start_sums(scratch, tables.product_gram, UNOBSERVED / max(sessions, 1), RIDGE)
    weight = 1.0
    for back in range(min(len(clicks), MAX_CLICKS)):
        product = clicks[len(clicks) - 1 - back]
        if product >= 0:
            add_point(scratch, tables.product_factors[product], weight)
        weight *= step
    solve(scratch.matrix, scratch.vector)


@kernel
def start_sums(scratch: Scratch, gram: NDArray[np.float64], share: float, ridge: float) -> None:
    """Set `scratch.matrix` to share x gram + ridge x identity, and `scratch.vector` to zeros."""
    for i in range(FACTORS):
        for j in range(FACTORS):
            scratch.matrix[i, j] = share * gram[i, j]
        scratch.matrix[i, i] += ridge
        scratch.vector[i] = 0.0


@kernel
def add_point(scratch: Scratch, row: NDArray[np.float32], weight: float) -> None:
    """Add weight x row x row^T to `scratch.matrix`, and weight x row to `scratch.vector`."""
    for i in range(FACTORS):
        scaled = weight * row[i]
        scratch.vector[i] += scaled
        for j in range(FACTORS):
            scratch.matrix[i, j] += scaled * row[j]


@kernel
def solve(matrix: NDArray[np.float64], vector: NDArray[np.float64]) -> None:
    """Solve matrix x = vector in place, for a symmetric positive definite matrix: elimination without pivoting.

    For any other symmetric matrix the solution is finite: of the dimensions that are not left out, no cell on the
    diagonal ever grows, and no other cell by more than the largest of these in a step.
    """
    for k in range(FACTORS):
        if matrix[k, k] < LEAST_PIVOT:
            matrix[k, k] = 0.0
            continue
        for i in range(k + 1, FACTORS):
            share = matrix[i, k] / matrix[k, k]
            vector[i] -= share * vector[k]
            for j in range(FACTORS):  # also what is behind us, and no longer read: whole rows are faster
                matrix[i, j] -= share * matrix[k, j]
    for i in range(FACTORS - 1, -1, -1):
        rest = vector[i]
        for j in range(i + 1, FACTORS):
            rest -= matrix[i, j] * vector[j]
        vector[i] = rest / matrix[i, i] if matrix[i, i] > 0.0 else 0.0


@kernel
def score_cells(tables: FactorTables, cells: NDArray[np.int32], scratch: Scratch) -> None:
    """How much the session in `scratch.vector` is drawn to the products in `cells` int32 (n,), into `scratch.values`.

    0 for a product without clicks.
    """
    x = scratch.vector
    for n in range(len(cells)):
        row = tables.product_factors[product_in(scratch, cells[n])]
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for i in range(0, FACTORS, 4):  # four sums, so that no addition waits for the one before
            a += x[i] * row[i]
            b += x[i + 1] * row[i + 1]
            c += x[i + 2] * row[i + 2]
            d += x[i + 3] * row[i + 3]
        scratch.values[n] = (a + b) + (c + d)
