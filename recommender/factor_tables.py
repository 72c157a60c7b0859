"""Matrix factors: products and sessions as points of one small space, as arrays that one process writes and any number
read.

How much a session is drawn to a product is the product of their points. No row has a version: a reader that meets one
half written scores a mixture of two points that are a step of one click apart, and a half-written Gram matrix leaves
the solution of `factors.solve` finite.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.scratch import FACTORS
from recommender.session_tables import session_sizes
from recommender.table_schema import Table, build_arrays


class FactorTables(NamedTuple):
    """P products, S slots of the session index, F = FACTORS.

    `product_factors` float32 (P, F), zeros for a product without clicks; `session_factors` float32 (S, F): of the
    session that is in the slot. `product_weight` float64 (P,): sessions of the product when its row was written, 0 for
    none. `product_gram` float64 (F, F): sum of weight x row x row^T over all products; `session_gram`, the same over
    all slots, all weights being 1. Both are corrected with every row that is written, never summed up anew.
    """

    product_factors: NDArray[np.float32]
    session_factors: NDArray[np.float32]
    product_weight: NDArray[np.float64]
    product_gram: NDArray[np.float64]
    session_gram: NDArray[np.float64]


LAYOUT = (
    Table("product_factors", "float32", ("products", FACTORS), 0),
    Table("session_factors", "float32", ("slots", FACTORS), 0),
    Table("product_weight", "float64", ("products",), 0),
    Table("product_gram", "float64", (FACTORS, FACTORS), 0),
    Table("session_gram", "float64", (FACTORS, FACTORS), 0),
)


def build_factor_tables(products: int, slots: int) -> FactorTables:
    """Empty tables for so many products and at least so many sessions, slots as in `build_session_tables`."""
    return FactorTables(**build_arrays(LAYOUT, {"products": products, **session_sizes(slots)}))
