"""What is bought together, against the plain reference; and small shops whose answer is known."""

import numpy as np
import pytest

from recommender.baskets import HISTORIES_READ, ORDERS_READ, Baskets, gather_baskets
from recommender.hybrid import only_column
from recommender.scratch import POSTINGS, TOGETHER, best_cells, find_tops, product_in
from tests.basket_references import Purchase, build_basket_world, orders_of, random_purchases, together
from tests.small_worlds import SCRATCH, gathered


def find(tables: Baskets, asked: list[int], own: int = 0) -> dict[int, float]:
    """What the kernel finds, without products that have no score."""
    gather_baskets(tables, np.array(asked, np.int32), own, SCRATCH)
    return {product: row[TOGETHER] for product, row in gathered(SCRATCH).items() if row[TOGETHER] > 0}


def best(tables: Baskets, asked: list[int], limit: int) -> list[int]:
    """The top list, as the service takes it."""
    gather_baskets(tables, np.array(asked, np.int32), 0, SCRATCH)
    find_tops(SCRATCH)
    cells = np.zeros(limit, np.int32)
    found = cells[: best_cells(SCRATCH, only_column(TOGETHER), 0, cells)].tolist()
    return [product_in(SCRATCH, cell) for cell in sorted(found, key=lambda cell: -SCRATCH.columns[cell, TOGETHER])]


@pytest.mark.parametrize("seed", range(40))
def test_it_is_the_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slots = (int(2 ** rng.integers(0, 7)), int(2 ** rng.integers(0, 4)))
    world = build_basket_world(random_purchases(rng), slots=slots)
    for size in (1, 2, 7):
        asked = [int(product) for product in rng.permutation(30)[:size]]
        asked[-1] = int(rng.choice([asked[-1], -1]))
        own = int(rng.integers(0, 4))
        assert find(world.tables, asked, own) == pytest.approx(together(world.log, asked, own), rel=1e-5)


def test_nothing_goes_with_what_is_unknown_or_never_bought() -> None:
    tables = build_basket_world(orders_of((1, [1, 2]))).tables
    assert find(tables, [-1]) == find(tables, [30]) == find(tables, []) == {}


def test_what_is_in_the_cart_is_not_an_answer() -> None:
    tables = build_basket_world(orders_of((1, [1, 2, 3]))).tables
    assert find(tables, [1]).keys() == {2, 3}
    assert find(tables, [1, 2]).keys() == {3}


def test_a_visitor_is_not_told_what_they_did() -> None:
    tables = build_basket_world(orders_of((1, [1, 2]), (6, [1, 3]))).tables
    assert find(tables, [1], own=1).keys() == {3}
    assert find(tables, [1], own=6).keys() == {2}
    assert find(tables, [1]).keys() == {2, 3}


def test_one_order_says_more_than_two_orders_of_one_visitor() -> None:
    tables = build_basket_world(orders_of((1, [1, 2]), (1, [3]), (2, [9]))).tables
    assert best(tables, [1], 5) == [2, 3]


def planted() -> list[Purchase]:
    """300 orders with product 0; product 1 goes with product 2 in 6 of 10 orders and with product 0 in 7 of 10."""
    orders = [[0, 10 + n % 20] for n in range(300)]
    orders += [[1, *([2] if n < 6 else []), *([0] if n < 7 else [])] for n in range(10)]
    return orders_of(*enumerate(orders, start=1))


def test_a_bestseller_does_not_swamp_the_list() -> None:
    assert best(build_basket_world(planted(), slots=(1024, 1024)).tables, [1], 2) == [2, 0]


@pytest.mark.parametrize("asked", [[0], [0, 1], list(range(30))])
def test_what_is_read_is_bounded(asked: list[int]) -> None:
    bought = orders_of(*[(n + 1, (0, 1, 2 + n % 28)) for n in range(ORDERS_READ + 100)])
    find(build_basket_world(bought, slots=(2048, 2048)).tables, asked)
    limit = ORDERS_READ + HISTORIES_READ
    assert limit - 2 * len(asked) < SCRATCH.counts[POSTINGS] <= limit
