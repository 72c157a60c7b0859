"""Folding in sessions and scoring candidates, against numpy's solver."""

import numpy as np
import pytest

from recommender.factor_tables import LAYOUT, FactorTables, build_factor_tables
from recommender.factors import STEP, fold_in, score_cells, solve
from recommender.hybrid import Ranker
from recommender.scratch import FACTORS, PRODUCTS, empty_scratch, product_cell, product_in
from recommender.session_query import Weights
from recommender.session_tables import MAX_CLICKS
from tests.factor_references import fold, point_of, scores
from tests.small_worlds import SCRATCH, clicks_of, random_question, random_world, shop_of

SEEDS = range(10)


def random_tables(rng: np.random.Generator, products: int) -> FactorTables:
    """Points of some products, as if there were sessions."""
    tables = build_factor_tables(products, 1)
    tables.product_weight[:] = rng.integers(0, 9, products)
    tables.product_factors[:] = rng.normal(0, 0.3, (products, FACTORS)) * (tables.product_weight > 0)[:, None]
    points = tables.product_factors.astype(float)
    tables.product_gram[:] = (points * tables.product_weight[:, None]).T @ points
    return tables


@pytest.mark.parametrize("seed", SEEDS)
def test_systems_of_equations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(0, 1, (FACTORS // 2, FACTORS))
    matrix, vector = points.T @ points + 0.01 * np.eye(FACTORS), rng.normal(0, 1, FACTORS)
    expected = np.linalg.solve(matrix, vector)
    solve(matrix, vector)
    np.testing.assert_allclose(vector, expected, rtol=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_has_no_solution_gets_a_finite_one(seed: int) -> None:
    """A Gram matrix that is half written is not positive definite."""
    rng = np.random.default_rng(seed)
    half = rng.normal(0, 1, (FACTORS, FACTORS))
    for matrix in (np.zeros((FACTORS, FACTORS)), half + half.T):
        vector = rng.normal(0, 1, FACTORS)
        solve(matrix, vector)
        assert np.isfinite(vector).all()


@pytest.mark.parametrize("step", [1.0, STEP])
@pytest.mark.parametrize("seed", SEEDS)
def test_sessions_are_folded_in(seed: int, step: float) -> None:
    rng = np.random.default_rng(seed)
    tables, sessions = random_tables(rng, 50), int(rng.integers(0, 200))
    for length in (1, 2, 7, MAX_CLICKS, MAX_CLICKS + 15):
        clicks = rng.integers(-1, 50, length).astype(np.int32)
        fold_in(tables, clicks, sessions, step, SCRATCH)
        expected = fold([point_of(tables, click) for click in clicks.tolist()], tables.product_gram, sessions, step)
        np.testing.assert_allclose(SCRATCH.vector, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_products_are_scored(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables, products = random_tables(rng, 50), rng.permutation(50)[:20]
    empty_scratch(SCRATCH)
    cells = np.array([product_cell(SCRATCH, product) for product in products], np.int32)
    fold_in(tables, clicks_of(1, 2, 3), 100, STEP, SCRATCH)
    score_cells(tables, cells, SCRATCH)
    expected = scores(tables, [1, 2, 3], 100, products.tolist())
    np.testing.assert_allclose(SCRATCH.values[:20], expected, rtol=1e-6, atol=1e-9)
    assert set(SCRATCH.values[:20][tables.product_weight[products] == 0].tolist()) <= {0.0}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_source_ranks_what_was_gathered(seed: int) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    ranker, clicks = Ranker(world.tables, Weights()), random_question(rng, world)
    ranker.gather(clicks)
    cells = ranker.scratch.products[: ranker.scratch.counts[PRODUCTS]]
    products = [product_in(ranker.scratch, cell) for cell in cells]
    found = scores(world.tables.factors, clicks.tolist(), len(world.log.sessions), products)
    best = dict(zip(products, found.tolist(), strict=True))
    for limit in (1, 4, 60):
        ranked, values = (part.tolist() for part in ranker.by_factors(clicks, limit))
        assert len(set(ranked)) == len(ranked) == min(limit, len(products))
        assert [best[product] for product in ranked] == pytest.approx(sorted(best.values(), reverse=True)[:limit])
        assert values == pytest.approx([best[product] for product in ranked], rel=1e-5, abs=1e-6)


def test_an_unknown_session_is_drawn_to_nothing() -> None:
    ranker = Ranker(shop_of((0, 1), (1, 2)).tables, Weights())
    fold_in(ranker.tables.factors, clicks_of(-1, -1), 2, STEP, ranker.scratch)
    assert not ranker.scratch.vector.any()
    ranker.gather(clicks_of(-1))
    assert [part.tolist() for part in ranker.by_factors(clicks_of(-1), 5)] == [[], []]


def test_tables_are_as_large_as_the_index() -> None:
    tables = build_factor_tables(10, 100)
    assert tables._fields == tuple(table.name for table in LAYOUT)
    assert (tables.product_factors.shape, tables.session_factors.shape) == ((10, FACTORS), (128, FACTORS))
    assert FACTORS % 4 == 0
