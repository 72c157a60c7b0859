"""Which of a session's products another product is shown because of."""

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel
from recommender.product_tables import NEIGHBOUR_LIMIT, ProductTables


@kernel
def nearest_clicks(
    tables: ProductTables, clicks: NDArray[np.int32], products: NDArray[np.int32], out: NDArray[np.int64]
) -> None:
    """For each of `products` int32 (k,) the place in `clicks` int32 (n,) of its nearest neighbour, into `out` (k,).

    The newest of equally near ones; the last place when none of them is a neighbour. Rows are read without looking at
    their versions: a torn one would at worst name another of the session's products.
    """
    for k in range(len(products)):
        best, out[k] = 0.0, len(clicks) - 1
        for at in range(len(clicks) - 1, -1, -1):
            click = clicks[at]
            if click < 0 or click == products[k]:
                continue
            near = max(_nearness(tables, click, products[k]), _nearness(tables, products[k], click))
            if near > best:
                best, out[k] = near, at


@kernel
def _nearness(tables: ProductTables, product: int, other: int) -> float:
    for at in range(NEIGHBOUR_LIMIT):
        if tables.neighbours[product, at] == other:
            return float(tables.nearness[product, at])
        if tables.neighbours[product, at] < 0:
            break
    return 0.0
