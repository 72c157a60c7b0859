"""Counts, neighbours and lists by popularity, against plain ones; and worked examples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.product_writer import add_log2, count_click
from profiles.decay import logaddexp2
from recommender.product_tables import (
    NEIGHBOUR_LIMIT,
    TOP_LIMIT,
    build_product_tables,
    pair_cell,
    transition,
)
from recommender.session_query import SMOOTHING
from tests.references import ProductLog
from tests.small_worlds import SmallWorld, build_world, neighbours_of, random_world, shop_of

SEEDS = range(25)
SUMS = st.floats(-1e6, 1e6)


def assert_nearest(found: dict[int, float], expected: dict[int, float]) -> None:
    """The nearest of all; which of those that are equally near is open."""
    best = sorted(expected.values(), reverse=True)[:NEIGHBOUR_LIMIT]
    assert list(found.values()) == pytest.approx(best, rel=1e-6)
    assert found == pytest.approx({other: expected[other] for other in found}, rel=1e-6)


def assert_sorted(top: list[int], expected: list[int], counts: ProductLog) -> None:
    """A list by popularity is the head of a full sort; which of those with equal sums comes first is open."""
    found = [product for product in top if product >= 0]
    assert top == found + [-1] * (TOP_LIMIT - len(found))
    assert len(set(found)) == len(found) and set(found) <= set(expected)
    by_recent = [counts.recent(product) for product in expected[:TOP_LIMIT]]
    assert [counts.recent(product) for product in found] == pytest.approx(by_recent, abs=1e-9)


@pytest.fixture(params=SEEDS, scope="module")
def world(request: pytest.FixtureRequest) -> SmallWorld:
    return random_world(request.param)


def test_decayed_clicks(world: SmallWorld) -> None:
    tables, counts = world.tables.products, world.counts
    products, categories = range(len(tables.recent)), range(len(tables.category_recent))
    assert tables.recent.tolist() == pytest.approx([counts.recent(p) for p in products], abs=1e-9)
    assert tables.category_recent.tolist() == pytest.approx([counts.category_recent(c) for c in categories], abs=1e-9)


def test_lists_by_popularity(world: SmallWorld) -> None:
    tables, counts = world.tables.products, world.counts
    assert_sorted(tables.overall_top.tolist(), counts.by_recent(), counts)
    for category in range(len(tables.category_top)):
        assert_sorted(tables.category_top[category].tolist(), counts.by_recent(category), counts)


def test_transitions(world: SmallWorld) -> None:
    tables, categories = world.tables.products, range(len(world.tables.products.departures))
    found = [[transition(tables, before, after) for after in categories] for before in categories]
    expected = [[world.counts.transition(before, after) for after in categories] for before in categories]
    assert np.array_equal(found, np.array(expected))


def test_neighbours(world: SmallWorld) -> None:
    for product in range(len(world.tables.products.neighbours)):
        expected = world.counts.neighbours.get(product, {})
        assert_nearest(neighbours_of(world.tables.products, product), expected)


def test_more_products_than_a_list_holds() -> None:
    rng = np.random.default_rng(0)
    tables, counts = build_product_tables(200, 2, 64), ProductLog([product % 2 for product in range(200)])
    tables.category[:] = counts.category
    # Few clicks at first, so that a product leaves the lists and comes again; and times that are out of order.
    for product in rng.integers(0, 200, 3000):
        moment = float(rng.normal(0.0, 3.0))
        count_click(tables, -1, int(product), moment)
        counts.count(-1, int(product), moment)
    assert_sorted(tables.overall_top.tolist(), counts.by_recent(), counts)
    for category in range(2):
        assert_sorted(tables.category_top[category].tolist(), counts.by_recent(category), counts)


def test_more_neighbours_than_a_product_holds() -> None:
    """Product 0 met product n in n sessions."""
    sessions = [(n, 0) for n in range(1, 2 * NEIGHBOUR_LIMIT) for _ in range(n % 7 + 1)]
    world = shop_of(*sessions, categories=[-1] * 2 * NEIGHBOUR_LIMIT, slots=512)
    expected = world.counts.neighbours[0]
    assert len(expected) > NEIGHBOUR_LIMIT
    assert_nearest(neighbours_of(world.tables.products, 0), expected)


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
    assert [*tables.category_top[:, :3].tolist(), tables.overall_top[:3].tolist()] == [
        [0, -1, -1],
        [1, -1, -1],
        [1, 0, -1],
    ]


def test_a_session_counts_once_for_a_neighbour() -> None:
    world = shop_of((1, 1, 1, 0, 0))
    assert neighbours_of(world.tables.products, 0) == pytest.approx({1: 1 / (1 + SMOOTHING)})


def test_products_without_a_category_are_counted_among_all() -> None:
    tables = shop_of((0, 1, 2), categories=[0, -1, 0]).tables.products
    assert [*tables.category_top[:, :4].tolist(), tables.overall_top[:4].tolist()] == [[0, 2, -1, -1], [0, 1, 2, -1]]
    assert tables.departures.tolist() == [0.0]


def test_two_clicks_at_once_are_one_half_life_of_lead() -> None:
    world = build_world([(0, 0, 5.0), (0, 0, 5.0), (0, 1, 6.0)], [0, 0], 4)
    assert world.tables.products.recent.tolist() == [6.0, 6.0]
    assert world.tables.products.category_recent.tolist() == [7.0]


def test_pairs_that_find_no_cell_are_left_out() -> None:
    categories = 40
    tables = build_product_tables(categories, categories, 16)
    tables.category[:] = range(categories)
    for product in range(1, categories):
        count_click(tables, product - 1, product, 0.0)
    assert np.count_nonzero(tables.pair >= 0) == tables.pair_clicks.sum() == tables.departures.sum() == 16
    shares = [transition(tables, product - 1, product) for product in range(1, categories)]
    assert sorted(shares) == [0.0] * 23 + [1.0] * 16
    assert pair_cell(tables, categories - 1, 0) == -1


@given(SUMS, SUMS)
def test_the_same_sum_as_profiles(a: float, b: float) -> None:
    assert add_log2(a, b) == pytest.approx(logaddexp2(a, b), rel=0, abs=1e-9)


@given(SUMS)
def test_a_sum_begins_at_nothing(a: float) -> None:
    assert add_log2(-math.inf, a) == add_log2(a, -math.inf) == a
