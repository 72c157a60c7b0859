"""Working memory: emptied by one count, it forgets all, holds what it says it holds, and finds the best."""

import numpy as np
import pytest

from recommender.scratch import (
    COLUMNS,
    KEY_MASK,
    LAST_STAMP,
    MAX_PRODUCTS,
    MAX_SESSIONS,
    PRODUCT_CELLS,
    SESSION_CELLS,
    SESSIONS,
    STAMP,
    Scratch,
    best_cells,
    build_scratch,
    empty_scratch,
    find_tops,
    kth_largest,
    product_cell,
    product_in,
    session_cell,
)
from tests.small_worlds import gathered


@pytest.fixture
def scratch() -> Scratch:
    scratch = build_scratch()
    empty_scratch(scratch)
    return scratch


def put(scratch: Scratch, product: int, column: int, value: float) -> int:
    cell = product_cell(scratch, product)
    scratch.columns[cell, column] = value
    return cell


def best(scratch: Scratch, weights: dict[int, float], limit: int) -> list[int]:
    """The best products, in no order."""
    row = np.zeros(COLUMNS)
    row[list(weights)] = list(weights.values())
    cells = np.full(limit, -1, np.int32)
    find_tops(scratch)
    return [product_in(scratch, cell) for cell in cells[: best_cells(scratch, row, 0, cells)]]


def test_a_product_keeps_its_cell(scratch: Scratch) -> None:
    # All of these begin to look in the same place.
    products = [7 + n * PRODUCT_CELLS for n in range(50)] + [KEY_MASK, 0]
    cells = [product_cell(scratch, product) for product in products]
    assert len(set(cells)) == len(products)
    assert [product_cell(scratch, product) for product in products] == cells
    assert [product_in(scratch, cell) for cell in cells] == products
    assert list(gathered(scratch)) == products


def test_a_session_keeps_its_cell(scratch: Scratch) -> None:
    numbers = [3 + n * SESSION_CELLS for n in range(50)] + [KEY_MASK, 0]
    cells = [session_cell(scratch, number) for number in numbers]
    assert len(set(cells)) == len(numbers) == scratch.counts[SESSIONS]
    assert [session_cell(scratch, number) for number in numbers] == cells
    assert scratch.sessions[: len(cells)].tolist() == cells


def test_emptying_forgets(scratch: Scratch) -> None:
    put(scratch, 5, 2, 9.0)
    cell = session_cell(scratch, 5)
    scratch.similarity[cell], scratch.step[cell] = 3.0, 4
    empty_scratch(scratch)
    assert gathered(scratch) == {} and scratch.counts[SESSIONS] == 0
    assert scratch.columns[product_cell(scratch, 5)].tolist() == [0.0] * COLUMNS
    cell = session_cell(scratch, 5)
    assert (scratch.similarity[cell], scratch.step[cell]) == (0.0, -1)


def test_stamps_begin_anew_before_they_outgrow_the_keys(scratch: Scratch) -> None:
    put(scratch, 7, 0, 1.0)
    scratch.counts[STAMP] = LAST_STAMP - 1
    for stamp in (LAST_STAMP, 1, 2):
        empty_scratch(scratch)
        cells = [put(scratch, 5, 2, 9.0), session_cell(scratch, 5)]
        assert [product_cell(scratch, 5), session_cell(scratch, 5)] == cells
        assert (scratch.counts[STAMP], list(gathered(scratch)), scratch.counts[SESSIONS]) == (stamp, [5], 1)


def test_full_tables_take_nothing_new_and_keep_what_is_there(scratch: Scratch) -> None:
    products = [product_cell(scratch, product) for product in range(MAX_PRODUCTS)]
    sessions = [session_cell(scratch, number) for number in range(MAX_SESSIONS)]
    assert len(set(products)) == MAX_PRODUCTS and len(set(sessions)) == MAX_SESSIONS
    assert product_cell(scratch, MAX_PRODUCTS) == session_cell(scratch, MAX_SESSIONS) == -1
    assert [product_cell(scratch, product) for product in range(MAX_PRODUCTS)] == products
    assert [session_cell(scratch, number) for number in range(MAX_SESSIONS)] == sessions


def test_tops(scratch: Scratch) -> None:
    for product, value in enumerate((0.5, 3.0, 2.0)):
        put(scratch, product, 1, value)
    put(scratch, 1, 4, 0.25)
    find_tops(scratch)
    assert scratch.tops.tolist() == [1.0, 3.0, 1.0, 1.0, 0.25, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("limit", [1, 7, 49, 50, 51, 200])
def test_the_best_are_those_of_a_full_sort(scratch: Scratch, limit: int) -> None:
    rng = np.random.default_rng(limit)
    columns = rng.lognormal(0.0, 2.0, (50, COLUMNS)).astype(np.float32)
    for product, row in enumerate(columns):
        scratch.columns[product_cell(scratch, product)] = row
    weights = {0: 1.0, 3: 0.3, 7: 0.05}
    mixed = sum(weight * columns[:, n] / columns[:, n].max() for n, weight in weights.items())
    expected = np.argsort(-np.asarray(mixed))[:limit].tolist()
    assert sorted(best(scratch, weights, limit)) == sorted(expected)


def test_of_equal_ones_the_earlier_are_taken(scratch: Scratch) -> None:
    for product, value in ((9, 1.0), (4, 1.0), (7, 2.0), (1, 1.0), (3, 0.5)):
        put(scratch, product, 0, value)
    assert sorted(best(scratch, {0: 1.0}, 3)) == [4, 7, 9]
    assert sorted(best(scratch, {0: 1.0}, 1)) == [7]


def test_products_without_what_is_asked_for_are_left_out(scratch: Scratch) -> None:
    put(scratch, 1, 0, 1.0)
    put(scratch, 2, 1, 1.0)
    product_cell(scratch, 3)
    assert best(scratch, {0: 1.0}, 2) == best(scratch, {0: 1.0}, 1) == [1]
    assert sorted(best(scratch, {0: 1.0, 1: 0.1}, 9)) == [1, 2]
    assert best(scratch, {6: 1.0}, 9) == []


@pytest.mark.parametrize("count", [1, 2, 3, 10, 200, 1000])
def test_the_kth_largest(scratch: Scratch, count: int) -> None:
    rng = np.random.default_rng(count)
    for values in (rng.normal(5.0, 1.0, count), rng.integers(1, 5, count).astype(float), np.arange(count, 0.0, -1.0)):
        for k in {1, 2, 3, count // 2 + 1, max(count - 1, 1)} - {count}:
            scratch.values[:count] = values
            scratch.values[count:] = 1e9
            expected = np.sort(values)[::-1][k - 1] if k < count else 0.0
            assert kth_largest(scratch, count, k) == expected, (k, values)
        assert kth_largest(scratch, count, count) == kth_largest(scratch, count, count + 5) == 0.0
