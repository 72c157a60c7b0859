"""Sums, lists by popularity and by heat, and the ring of changes, against plain ones; and worked examples."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learner.popularity_writer import add_log2, count_engagement, leads, place
from profiles.decay import EPOCH, logaddexp2
from recommender.popularity_tables import CHANGES, LISTED_LIMIT, TOP_LIMIT, PopularityTables, build_popularity_tables
from tests.popularity_references import PopularityLog, best_first, check_hot, check_sums, check_tops
from tests.small_worlds import HALF_LIVES, SmallWorld, random_world

SUMS = st.floats(-1e6, 1e6)
HOUR = 3600.0
Happened = tuple[int, float, float]


class Shelves:
    """Tables that `count` writes, and beside them a plain log of the same."""

    def __init__(self, listed: list[list[int]], categories: int) -> None:
        self.tables = build_popularity_tables(len(listed), categories, HALF_LIVES)
        self.log = PopularityLog(listed, HALF_LIVES)
        for product, lists in enumerate(listed):
            self.tables.listed[product, : len(lists)] = lists

    def count(self, product: int, weight: float, seconds: float) -> None:
        count_engagement(self.tables, product, math.log2(weight), seconds)
        self.log.count(product, weight, seconds)


def random_shelves(rng: np.random.Generator, products: int, categories: int) -> Shelves:
    """Products in none to eight lists."""
    listed = [rng.permutation(categories)[: rng.integers(0, LISTED_LIMIT + 1)].tolist() for _ in range(products)]
    return Shelves(listed, categories)


def random_events(rng: np.random.Generator, products: int, count: int) -> list[Happened]:
    """Over some days, in any order, with few products that get most."""
    product = (products * rng.random(count) ** 2).astype(int)
    weight, hours = rng.lognormal(0.0, 1.0, count), rng.normal(0.0, 24.0, count)
    return [(int(p), float(w), EPOCH + HOUR * float(h)) for p, w, h in zip(product, weight, hours, strict=True)]


def lists_by_heat(tables: PopularityTables, log: PopularityLog, product: int) -> Iterator[tuple[list[int], list[int]]]:
    """The lists that a product may be in, each with all products that it is of."""
    yield tables.overall_hot.tolist(), list(range(len(tables.heat)))
    for category in log.listed[product]:
        yield tables.category_hot[category].tolist(), log.members(category)


@pytest.fixture(params=range(25), scope="module")
def world(request: pytest.FixtureRequest) -> SmallWorld:
    return random_world(request.param)


def test_sums_and_counts(world: SmallWorld) -> None:
    check_sums(world.tables.popularity, world.popularity)


def test_lists_by_engagement(world: SmallWorld) -> None:
    check_tops(world.tables.popularity, world.popularity)


@pytest.mark.parametrize("seed", range(6))
def test_more_products_than_a_list_holds(seed: int) -> None:
    """Few events at first, so that a product leaves the lists and comes again; and times that are out of order."""
    rng = np.random.default_rng(seed)
    shelves = random_shelves(rng, 300, 12)
    for event in random_events(rng, 300, 3000):
        shelves.count(*event)
    check_sums(shelves.tables, shelves.log)
    check_tops(shelves.tables, shelves.log)
    assert shelves.tables.overall_top[-1] >= 0 and len(shelves.log.events) > TOP_LIMIT


@pytest.mark.parametrize("seed", range(6))
def test_lists_by_heat_are_exact_while_events_come_in_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shelves = random_shelves(rng, 300, 12)
    for event in sorted(random_events(rng, 300, 3000), key=lambda event: event[2]):
        shelves.count(*event)
    check_hot(shelves.tables, shelves.log)


@pytest.mark.parametrize("seed", range(3))
def test_lists_by_heat_step_by_step(seed: int) -> None:
    """Out of order, so that heat also falls: who was in a list, or has just changed, competes for it."""
    rng = np.random.default_rng(seed)
    shelves = random_shelves(rng, 150, 4)
    tables, falls = shelves.tables, 0
    for product, weight, seconds in random_events(rng, 150, 800):
        before, heat = [row for row, _ in lists_by_heat(tables, shelves.log, product)], tables.heat[product]
        shelves.count(product, weight, seconds)
        falls += tables.heat[product] < heat
        after = [row for row, _ in lists_by_heat(tables, shelves.log, product)]
        expected = [best_first(tables.heat, {*row, product} - {-1}) for row in before]
        assert after == expected
    assert falls > 100


def test_where_a_heat_falls_its_product_moves_down() -> None:
    shelves = Shelves([[0], [0]], 1)
    shelves.count(0, 1.0, EPOCH + HOUR)
    shelves.count(1, 1.0, EPOCH + HOUR / 2)
    assert shelves.tables.category_hot[0, :3].tolist() == [0, 1, -1]
    shelves.count(0, 100.0, EPOCH - 12 * HOUR)  # it has long been usual
    assert shelves.tables.category_hot[0, :3].tolist() == shelves.tables.overall_hot[:3].tolist() == [1, 0, -1]
    assert shelves.tables.category_top[0, :3].tolist() == [0, 1, -1]


def test_what_is_new_is_hotter_than_what_always_was() -> None:
    shelves = Shelves([[], []], 1)
    for hour in range(48):
        shelves.count(0, 1.0, EPOCH + hour * HOUR)
    for _ in range(3):
        shelves.count(1, 1.0, EPOCH + 47 * HOUR)
    assert shelves.tables.overall_top[:2].tolist() == [0, 1]
    assert shelves.tables.overall_hot[:2].tolist() == [1, 0]


def test_half_lives() -> None:
    shelves = Shelves([[0, 1], [1]], 2)
    tables = shelves.tables
    shelves.count(0, 4.0, EPOCH)
    shelves.count(1, 1.0, EPOCH + HALF_LIVES.long)
    assert tables.engagement.tolist() == [2.0, 1.0]
    assert tables.trend.tolist() == [2.0, HALF_LIVES.long / HALF_LIVES.short]
    assert tables.heat.tolist() == [2.0, 2.0 * HALF_LIVES.long / HALF_LIVES.short - 1.0]
    assert tables.category_engagement.tolist() == pytest.approx([2.0, math.log2(6.0)])
    assert tables.category_top[:, :3].tolist() == [[0, -1, -1], [0, 1, -1]]
    assert tables.category_hot[:, :3].tolist() == [[0, -1, -1], [1, 0, -1]]


def test_equal_ones_stand_by_number() -> None:
    shelves = Shelves([[]] * 100, 1)
    for product in np.random.default_rng(0).permutation(100).tolist():
        shelves.count(product, 1.0, EPOCH)
    assert shelves.tables.overall_top.tolist() == shelves.tables.overall_hot.tolist() == list(range(TOP_LIMIT))


def test_what_behind_the_first_free_place_is_no_list() -> None:
    shelves = Shelves([[0]], 2)
    shelves.tables.listed[0, 2] = 1
    shelves.count(0, 1.0, EPOCH)
    assert shelves.tables.category_engagement.tolist() == [0.0, -math.inf]


def test_changes_go_round_a_ring() -> None:
    shelves = Shelves([[]] * 5, 1)
    tables = shelves.tables
    for n in (3, 1, 3):
        shelves.count(n, 1.0, EPOCH)
    assert (tables.change_count[0], tables.changed[:4].tolist()) == (3, [3, 1, 3, -1])
    tables.change_count[0] = 5 * CHANGES - 1
    for n in (4, 2):
        shelves.count(n, 1.0, EPOCH)
    assert (tables.change_count[0], tables.changed[[-1, 0, 1]].tolist()) == (5 * CHANGES + 1, [4, 2, 1])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, TOP_LIMIT + 20), st.integers(0, 9)), max_size=150), st.integers(0, TOP_LIMIT + 20)
)
def test_a_list_is_that_of_all_that_was_in_it_and_what_changed(changes: list[tuple[int, int]], first: int) -> None:
    values = np.full(TOP_LIMIT + 21, -np.inf)
    top = np.full(TOP_LIMIT, -1, np.int32)
    for product in range(first):
        values[product] = product % 7
        place(values, top, product)
    for product, value in changes:
        expected = {*top.tolist(), product} - {-1}
        values[product] = value
        place(values, top, product)
        assert top.tolist() == best_first(values, expected)


def test_who_leads() -> None:
    values = np.array([1.0, 2.0, 1.0, -np.inf])
    order = [(product, other) for product in range(4) for other in range(4) if leads(values, product, other)]
    assert order == [(0, 2), (0, 3), (1, 0), (1, 2), (1, 3), (2, 3)]


@given(SUMS, SUMS)
def test_the_same_sum_as_profiles(a: float, b: float) -> None:
    assert add_log2(a, b) == pytest.approx(logaddexp2(a, b), rel=0, abs=1e-9)


@given(SUMS)
def test_a_sum_begins_at_nothing(a: float) -> None:
    assert add_log2(-math.inf, a) == add_log2(a, -math.inf) == a


@given(SUMS, SUMS)
def test_a_sum_only_grows(a: float, b: float) -> None:
    """Which is why lists by engagement are exact."""
    assert add_log2(a, b) >= max(a, b)
