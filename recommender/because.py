"""Which of a session's products another product is shown because of."""

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel
from recommender.product_tables import NEIGHBOUR_LIMIT, ProductTables


@kernel
def nearest_click(tables: ProductTables, clicks: NDArray[np.int32], product: int) -> int:
    """The place in `clicks` int32 (n,) of the product that is the nearest neighbour of `product`; the newest of equals.

    The last place when none of them is a neighbour. Rows are read without looking at their versions: a torn one would
    at worst name another of the session's products.
    """
    best, place = 0.0, len(clicks) - 1
    for at in range(len(clicks) - 1, -1, -1):
        click = clicks[at]
        if click < 0 or click == product:
            continue
        near = max(_nearness(tables, click, product), _nearness(tables, product, click))
        if near > best:
            best, place = near, at
    return place


@kernel
def _nearness(tables: ProductTables, product: int, other: int) -> float:
    for at in range(NEIGHBOUR_LIMIT):
        if tables.neighbours[product, at] == other:
            return float(tables.nearness[product, at])
        if tables.neighbours[product, at] < 0:
            break
    return 0.0
