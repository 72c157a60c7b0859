"""What came of recommendations: how often they were shown and clicked, by placement and source, and by product.

One process writes (`learner/outcome_writer.py`), any number read. Sums are log sums (`profiles/decay.py`) that fade
with the long half-life of popularity.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.table_schema import Table, build_arrays

# Sources that can be mixed, and those that fill up. New ones go to the end: ids of answers hold their places here.
MIXED = ("sessions", "interests", "trending", "bought_together", "buy_again")
SOURCES = ("other", *MIXED, "popular", "new", "similar_content")
# Number of whatever has none of its own, source or placement.
OTHER = 0
# Room for both.
PLACEMENTS, SOURCE_ROOM = 16, 16
# Places of answers that are remembered, a power of two.
REMEMBERED = 2**16


class OutcomeTables(NamedTuple):
    """P products.

    `source_shown`, `source_clicked` float64 (PLACEMENTS, SOURCE_ROOM), `product_shown`, `product_clicked` float64 (P,):
    places that were shown, and those of them that were clicked, as log sums, -inf for none. `outcome_seen` int64
    (REMEMBERED,): which were counted lately, 2 x key + whether clicked, by the last bits of the key; 0 for none.
    `outcome_count` int64 (1,): places counted so far.
    """

    source_shown: NDArray[np.float64]
    source_clicked: NDArray[np.float64]
    product_shown: NDArray[np.float64]
    product_clicked: NDArray[np.float64]
    outcome_seen: NDArray[np.int64]
    outcome_count: NDArray[np.int64]


LAYOUT = (
    Table("source_shown", "float64", (PLACEMENTS, SOURCE_ROOM), -np.inf),
    Table("source_clicked", "float64", (PLACEMENTS, SOURCE_ROOM), -np.inf),
    Table("product_shown", "float64", ("products",), -np.inf),
    Table("product_clicked", "float64", ("products",), -np.inf),
    Table("outcome_seen", "int64", (REMEMBERED,), 0),
    Table("outcome_count", "int64", (1,), 0),
)


def build_outcome_tables(products: int) -> OutcomeTables:
    """Empty tables for so many products."""
    return OutcomeTables(**build_arrays(LAYOUT, {"products": products}))
