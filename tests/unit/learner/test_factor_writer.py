"""Learning points of products and sessions: against whole histories, sums made anew, and a planted structure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learner.factor_writer import find_product, replace_row, start_product
from recommender.factor_tables import FactorTables, build_factor_tables
from recommender.factors import fold_in
from recommender.hybrid import Tables
from recommender.scratch import FACTORS
from tests.factor_references import FactorLog, start
from tests.references import Click
from tests.small_worlds import SCRATCH, build_tables, clicks_of, learn_tables, named, random_clicks

SEEDS = range(12)


def shop(seed: int) -> tuple[list[Click], int, int]:
    """Clicks, products, slots: mostly fewer than there are sessions."""
    rng = np.random.default_rng(seed)
    products, sessions = int(rng.integers(3, 30)), int(rng.integers(1, 60))
    return random_clicks(rng, products, sessions), products, int(rng.integers(1, sessions + 6))


def learn(clicks: list[Click], products: int, slots: int) -> Tables:
    return learn_tables(clicks, [-1] * products, slots)


def summed(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A Gram matrix, from all rows."""
    rows = rows.astype(float)
    return (rows * weights[:, None]).T @ rows  # type: ignore[no-any-return]


def assert_sums(tables: FactorTables) -> None:
    """Both Gram matrices are the sums over the rows that there are."""
    everything = np.ones(len(tables.session_factors))
    for kept, rows, weights in (
        (tables.product_gram, tables.product_factors, tables.product_weight),
        (tables.session_gram, tables.session_factors, everything),
    ):
        np.testing.assert_allclose(kept, summed(rows, weights), rtol=0, atol=1e-9 * max(np.abs(kept).max(), 1.0))


@pytest.mark.parametrize("seed", SEEDS)
def test_points_after_many_clicks(seed: int) -> None:
    clicks, products, slots = shop(seed)
    tables = learn(clicks, products, slots)
    log = FactorLog(len(tables.sessions.number))
    log.learn(clicks)
    factors = tables.factors
    assert set(np.flatnonzero(factors.product_weight).tolist()) == set(log.products)
    for product, point in log.products.items():
        assert factors.product_weight[product] == log.weights[product]
        np.testing.assert_allclose(factors.product_factors[product], point, rtol=0, atol=1e-4)
    for number, point in log.sessions.items():
        np.testing.assert_allclose(factors.session_factors[number % log.log.slots], point, rtol=0, atol=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_gram_matrices_are_sums_over_rows(seed: int) -> None:
    tables = learn(*shop(seed))
    assert_sums(tables.factors)
    assert np.abs(tables.factors.product_gram).max() > 0 < np.abs(tables.factors.session_gram).max()


rows = st.lists(st.floats(-4, 4, width=16), min_size=FACTORS, max_size=FACTORS)
updates = st.lists(st.tuples(st.integers(0, 4), rows, st.floats(0, 100)), max_size=40)


@settings(max_examples=50, deadline=None)
@given(updates)
def test_any_updates_leave_the_sum_over_rows(steps: list[tuple[int, list[float], float]]) -> None:
    tables = build_factor_tables(5, 1)
    for row, vector, weight in steps:
        old = tables.product_weight[row]
        replace_row(tables.product_gram, tables.product_factors[row], np.array(vector), old, weight)
        tables.product_weight[row] = weight
        assert tables.product_factors[row].tolist() == vector
    assert_sums(tables)


def test_the_matrix_has_the_row_as_it_is_stored() -> None:
    tables, vector = build_factor_tables(1, 1), np.full(FACTORS, 0.1)
    replace_row(tables.session_gram, tables.session_factors[0], vector, 1.0, 1.0)
    assert tables.session_gram[0, 1] == float(np.float32(0.1)) ** 2 != 0.1**2


@pytest.mark.parametrize("product", [0, 1, 7, 40_000])
def test_start_vectors_depend_on_the_number_alone(product: int) -> None:
    tables, vector = build_factor_tables(product + 1, 1), np.ones(FACTORS)
    start_product(tables, product, vector)
    assert tables.product_factors[product].tolist() == start(product).tolist()
    assert tables.product_weight[product] == 1.0
    assert_sums(tables)


def test_start_vectors_point_everywhere() -> None:
    points = np.stack([start(product) for product in range(2000)])
    assert np.abs(points.mean(axis=0)).max() < 0.02
    assert np.abs(np.corrcoef(points.T) - np.eye(FACTORS)).max() < 0.1


def test_the_same_clicks_make_the_same_bytes() -> None:
    one, other = learn(*shop(3)), learn(*shop(3))
    assert named(one.factors._asdict().items()) == named(other.factors._asdict().items())


def test_a_product_whose_sessions_are_gone_keeps_its_point() -> None:
    """With one slot, nothing is left of the session that clicked product 1."""
    tables = learn([Click(1, 1), Click(2, 2)], 3, 1)
    before = tables.factors.product_factors[1].copy()
    assert not find_product(tables.sessions, tables.factors, 1, SCRATCH)
    assert find_product(tables.sessions, tables.factors, 2, SCRATCH)
    assert before.any()


def test_without_clicks_there_are_no_points() -> None:
    factors = build_tables([0, 0], 2, 10).factors
    assert not any(table.any() for table in factors)


@pytest.mark.parametrize("seed", range(5))
def test_two_kinds_of_products_come_apart(seed: int) -> None:
    """Sessions are in products 0 to 39 or in 40 to 79. One is drawn to those of its kind that it has not met."""
    rng = np.random.default_rng(seed)
    clicks = [Click(s + 1, int(p) + 40 * (s % 2)) for s in range(400) for p in rng.choice(40, 5, replace=False)]
    factors = learn(clicks, 80, 400).factors
    for kind in (0, 1) * 10:
        met = rng.choice(40, 5, replace=False)
        fold_in(factors, clicks_of(*(met + 40 * kind).tolist()), 400, 1.0, SCRATCH)
        scores = (factors.product_factors.astype(float) @ SCRATCH.vector).reshape(2, 40)
        mine, others = np.delete(scores[kind], met), scores[1 - kind]
        assert mine.mean() > 0.2 > 0.1 > abs(others.mean())
        assert (mine[:, None] > others).mean() > 0.65
