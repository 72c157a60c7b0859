"""What is counted by product and by category, as arrays that one process writes and any number read."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.jit import barrier, kernel
from recommender.table_schema import Table, build_arrays

NEIGHBOUR_LIMIT = 30
# Cells that are tried for a pair of categories before it is given up.
PROBES = 64
NO_CATEGORY = -1
# Times that a reader tries a row which is being written, before it goes on without.
ATTEMPTS = 100


class ProductTables(NamedTuple):
    """P products, C categories, T cells of pairs.

    `neighbours` int32 (P, NEIGHBOUR_LIMIT): products of the same sessions, nearest first, -1 where there are fewer;
    `nearness` float32, aligned; `near_version` int64 (P,): odd while these are written; `touched` int64 (P,): clicks
    since they were looked up, on the product or beside it; `tie` int64 (P,): what orders equally near ones, a hash.
    `category` int32 (P,), -1 for none. `pair` int64 (T,): two categories that followed each other, the one before times
    2^32 plus the other, -1 for none; `pair_clicks` float64 (T,), aligned; `departures` float64 (C,): clicks that came
    after one in this category.
    """

    neighbours: NDArray[np.int32]
    nearness: NDArray[np.float32]
    near_version: NDArray[np.int64]
    touched: NDArray[np.int64]
    tie: NDArray[np.int64]
    category: NDArray[np.int32]
    pair: NDArray[np.int64]
    pair_clicks: NDArray[np.float64]
    departures: NDArray[np.float64]


LAYOUT = (
    Table("neighbours", "int32", ("products", NEIGHBOUR_LIMIT), -1),
    Table("nearness", "float32", ("products", NEIGHBOUR_LIMIT), 0),
    Table("near_version", "int64", ("products",), 0),
    Table("touched", "int64", ("products",), 0),
    Table("tie", "int64", ("products",), 0),
    Table("category", "int32", ("products",), NO_CATEGORY),
    Table("pair", "int64", ("pairs",), -1),
    Table("pair_clicks", "float64", ("pairs",), 0),
    Table("departures", "float64", ("categories",), 0),
)


def build_product_tables(products: int, categories: int, pairs: int) -> ProductTables:
    """Empty tables for so many products, categories, and pairs of categories."""
    sizes = {"products": products, "categories": max(categories, 1), "pairs": pairs}
    return ProductTables(**build_arrays(LAYOUT, sizes))


@kernel
def pair_cell(tables: ProductTables, before: int, after: int) -> int:
    """The cell of a pair of categories, or the free one that it would take; -1 when there is neither nearby."""
    key = pair_key(before, after)
    cell = (before * 2654435761 + after * 40503) % len(tables.pair)
    for _ in range(PROBES):
        if tables.pair[cell] == key or tables.pair[cell] < 0:
            return cell
        cell = (cell + 1) % len(tables.pair)
    return -1


@kernel
def pair_key(before: int, after: int) -> int:
    """How `ProductTables.pair` writes two categories."""
    return int(np.int64(before) * 2**32 + np.int64(after))


@kernel
def transition(tables: ProductTables, before: int, after: int) -> float:
    """Share of the clicks after one in category `before` that were in `after`; 0 where none is known."""
    if before < 0 or after < 0:
        return 0.0
    cell = pair_cell(tables, before, after)
    if cell < 0 or tables.pair[cell] < 0:
        return 0.0
    return float(tables.pair_clicks[cell] / max(tables.departures[before], 1.0))


@kernel
def read_neighbours(tables: ProductTables, product: int, ids: NDArray[np.int32], values: NDArray[np.float32]) -> int:
    """Copy a product's neighbours and their nearness, each (NEIGHBOUR_LIMIT,); returns how many there are."""
    for _ in range(ATTEMPTS):
        version = tables.near_version[product]
        barrier()
        found = 0
        while found < NEIGHBOUR_LIMIT and tables.neighbours[product, found] >= 0:
            ids[found], values[found] = tables.neighbours[product, found], tables.nearness[product, found]
            found += 1
        barrier()
        if tables.near_version[product] == version and version % 2 == 0:
            return found
    return 0
