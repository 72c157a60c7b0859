"""Empty product tables, and the small hash table of pairs of categories. What is counted: tests/unit/learner."""

import numpy as np
import pytest

from recommender.product_tables import (
    NEIGHBOUR_LIMIT,
    PROBES,
    ProductTables,
    build_product_tables,
    pair_cell,
    pair_key,
    transition,
)


def put(tables: ProductTables, before: int, after: int, clicks: float) -> int:
    cell = pair_cell(tables, before, after)
    tables.pair[cell], tables.pair_clicks[cell] = pair_key(before, after), clicks
    tables.departures[before] += clicks
    return cell


@pytest.mark.parametrize("categories", [0, 1, 5])
def test_new_tables_are_empty(categories: int) -> None:
    tables = build_product_tables(3, categories, 8)
    rows = max(categories, 1)
    assert tables.neighbours.tolist() == [[-1] * NEIGHBOUR_LIMIT] * 3
    assert tables.category.tolist() == [-1] * 3 and tables.pair.tolist() == [-1] * 8
    assert tables.departures.tolist() == [0.0] * rows
    rest = (tables.nearness, tables.near_version, tables.touched, tables.tie, tables.pair_clicks)
    assert not any(table.any() for table in rest)


def test_pairs_have_a_direction_and_keys_of_their_own() -> None:
    categories = (0, 1, 2, 2**16, 2**31 - 1)
    keys = {pair_key(before, after) for before in categories for after in categories}
    assert len(keys) == len(categories) ** 2 and min(keys) >= 0


def test_pairs_keep_their_cells() -> None:
    tables = build_product_tables(1, 16, 1024)
    cells = {(before, after): put(tables, before, after, 1.0) for before in range(16) for after in range(16)}
    assert len(set(cells.values())) == 256
    assert all(pair_cell(tables, *pair) == cell for pair, cell in cells.items())


def test_a_share_of_what_left_the_category() -> None:
    tables = build_product_tables(1, 3, 64)
    put(tables, 0, 1, 3.0)
    put(tables, 0, 2, 1.0)
    assert [transition(tables, 0, after) for after in range(3)] == [0.0, 0.75, 0.25]
    assert [transition(tables, 1, after) for after in range(3)] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("before", "after"), [(-1, 0), (0, -1), (-1, -1)])
def test_no_category_moves_nowhere(before: int, after: int) -> None:
    tables = build_product_tables(1, 1, 64)
    put(tables, 0, 0, 1.0)
    assert transition(tables, before, after) == 0.0


def test_looking_for_a_pair_gives_up_but_goes_round_the_end() -> None:
    tables = build_product_tables(1, 300, 256)
    first = pair_cell(tables, 1, 2)
    around = (first + np.arange(PROBES)) % 256
    tables.pair[around] = 2**62
    assert pair_cell(tables, 1, 2) == -1 and transition(tables, 1, 2) == 0.0
    tables.pair[around[-1]] = -1
    assert pair_cell(tables, 1, 2) == around[-1]
    last = next(before for before in range(300) if pair_cell(build_product_tables(1, 1, 256), before, 0) == 255)
    tables.pair[:] = -1
    tables.pair[255] = 2**62
    assert pair_cell(tables, last, 0) == 0
