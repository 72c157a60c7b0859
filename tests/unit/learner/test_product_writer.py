"""Moves between categories and neighbours, against plain ones; and worked examples."""

import math

import numpy as np
import pytest

from learner.product_writer import count_move, settle
from recommender.product_tables import NEIGHBOUR_LIMIT, build_product_tables, pair_cell, transition
from recommender.session_query import SMOOTHING
from tests.references import Click
from tests.small_worlds import SCRATCH, SmallWorld, build_world, neighbours_of, random_world, shop_of, ties_of

SEEDS = range(25)


def assert_neighbours(world: SmallWorld, product: int) -> None:
    """The nearest of all in their order, to the bit."""
    found, expected = neighbours_of(world.tables.products, product), world.counts.neighbours.get(product, {})
    assert list(found.items()) == list(expected.items())


@pytest.fixture(params=SEEDS, scope="module")
def world(request: pytest.FixtureRequest) -> SmallWorld:
    return random_world(request.param)


def test_transitions(world: SmallWorld) -> None:
    tables, categories = world.tables.products, range(len(world.tables.products.departures))
    found = [[transition(tables, before, after) for after in categories] for before in categories]
    expected = [[world.counts.transition(before, after) for after in categories] for before in categories]
    assert np.array_equal(found, np.array(expected))


def test_neighbours(world: SmallWorld) -> None:
    for product in range(len(world.tables.products.neighbours)):
        assert_neighbours(world, product)
        assert world.tables.products.touched[product] == world.counts.touched[product]


@pytest.mark.parametrize("seed", SEEDS)
def test_settling_looks_up_what_was_touched(seed: int) -> None:
    """First in a part of the products, and then in all."""
    world = random_world(seed)
    tables, products = world.tables, len(world.tables.products.touched)
    for last in (products // 2, products):
        for product in range(last):
            if world.counts.touched[product]:
                world.counts.refresh(world.log, product)
        settle(tables.sessions, tables.products, 0, last, SCRATCH)
        for product in range(products):
            assert_neighbours(world, product)
            assert tables.products.touched[product] == world.counts.touched[product]


def test_more_neighbours_than_a_product_holds() -> None:
    """Product 0 met product n in n % 7 + 1 sessions: many are equally near."""
    sessions = [(n, 0) for n in range(1, 2 * NEIGHBOUR_LIMIT) for _ in range(n % 7 + 1)]
    world = shop_of(*sessions, categories=[-1] * 2 * NEIGHBOUR_LIMIT, slots=512)
    assert len(neighbours_of(world.tables.products, 0)) == NEIGHBOUR_LIMIT
    assert_neighbours(world, 0)


def test_of_equally_near_ones_the_lower_tie_is_nearer() -> None:
    """Whichever came first; their numbers say nothing."""
    tie = ties_of(40)
    for order in (range(1, 40), range(39, 0, -1)):
        found = neighbours_of(shop_of(*[(n, 0) for n in order]).tables.products, 0)
        assert len({*found.values()}) == 1
        assert list(found) == sorted(range(1, 40), key=tie.__getitem__)[:NEIGHBOUR_LIMIT]


def test_every_product_of_a_session_is_touched_by_a_new_one() -> None:
    """Those before it are looked up again later: when they are clicked, or when there is nothing else to do."""
    world = shop_of((0, 1, 2), (3,))
    tables = world.tables.products
    assert tables.touched[:5].tolist() == [2, 1, 0, 0, 0]
    assert [neighbours_of(tables, product).keys() for product in range(3)] == [set(), {0}, {0, 1}]
    settle(world.tables.sessions, tables, 0, 40, SCRATCH)
    assert not tables.touched.any()
    assert [neighbours_of(tables, product).keys() for product in range(3)] == [{1, 2}, {0, 2}, {0, 1}]


def test_what_nothing_happened_to_is_not_looked_up() -> None:
    world = shop_of((0, 1))
    tables = world.tables.products
    tables.nearness[1, 0] = 0.25
    before = tables.near_version.copy()
    settle(world.tables.sessions, tables, 0, 40, SCRATCH)
    assert tables.nearness[1, 0] == 0.25
    assert np.flatnonzero(tables.near_version != before).tolist() == [0]


def test_bestsellers_are_looked_up_again_for_a_64th_of_their_sessions() -> None:
    looked_up = []
    for others in range(26):
        world = shop_of(*[(0,)] * 650, *[(1, 0)] * others, slots=1024)
        expected = world.counts.neighbours[0]
        assert neighbours_of(world.tables.products, 0) == pytest.approx(expected, rel=1e-6)
        looked_up.append(world.tables.products.touched[0] == 0)
    found = np.flatnonzero(looked_up)
    assert np.diff(found).tolist() == [11] * (len(found) - 1) and len(found) > 1


def test_seen_together_three_times() -> None:
    world = shop_of((0, 1), (0, 1), (0, 1), (1,), categories=[0, 1])
    tables = world.tables.products
    # Together 3 times; 3 and 4 sessions at the last click of product 1, 3 and 2 at that of product 0.
    assert neighbours_of(tables, 1) == pytest.approx({0: 3 / math.sqrt((4 + SMOOTHING) * (3 + SMOOTHING))})
    assert neighbours_of(tables, 0) == pytest.approx({1: 2 / math.sqrt((3 + SMOOTHING) * (2 + SMOOTHING))})
    assert (transition(tables, 0, 1), transition(tables, 1, 0), transition(tables, 0, 0)) == (1.0, 0.0, 0.0)


def test_a_session_counts_once_for_a_neighbour() -> None:
    world = shop_of((1, 1, 1, 0, 0))
    assert neighbours_of(world.tables.products, 0) == pytest.approx({1: 1 / (1 + SMOOTHING)})


def test_products_without_a_category_move_nowhere() -> None:
    assert shop_of((0, 1, 2), categories=[0, -1, 0]).tables.products.departures.tolist() == [0.0]


def test_the_last_product_again_is_no_move() -> None:
    tables = build_world([Click(1, 0), Click(1, 0), Click(1, 1), Click(1, 1)], [0, 0], 4).tables.products
    assert (tables.departures.tolist(), tables.touched.tolist()) == ([1.0], [1, 0])


def test_pairs_that_find_no_cell_are_left_out() -> None:
    categories = 40
    tables = build_product_tables(categories, categories, 16)
    tables.category[:] = range(categories)
    for product in range(1, categories):
        count_move(tables, product - 1, product)
    assert np.count_nonzero(tables.pair >= 0) == tables.pair_clicks.sum() == tables.departures.sum() == 16
    shares = [transition(tables, product - 1, product) for product in range(1, categories)]
    assert sorted(shares) == [0.0] * 23 + [1.0] * 16
    assert pair_cell(tables, categories - 1, 0) == -1
