"""Two hops and the first cut, against plain sorts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.candidates import (
    HOP_SOURCES,
    LAST_SOURCES,
    build_mix,
    choose_candidates,
    gather_two_hops,
)
from recommender.hybrid import only_column
from recommender.popularity_tables import PopularityTables, build_popularity_tables
from recommender.product_tables import NEIGHBOUR_LIMIT, ProductTables, build_product_tables
from recommender.scratch import CO_VISIT, COLUMNS, KNN, TWO_HOP, empty_scratch, product_cell, product_in
from recommender.session_query import Weights, gather_sessions, work_out
from tests.query_references import Columns, mixed, two_hops
from tests.small_worlds import (
    HALF_LIVES,
    SCRATCH,
    SmallWorld,
    clicks_of,
    gathered,
    neighbours_of,
    random_question,
    random_world,
    shop_of,
)

SEEDS = range(20)
Popular = tuple[ProductTables, PopularityTables]


def hop(tables: ProductTables, clicks: NDArray[np.int32]) -> dict[int, float]:
    """What two hops add to what is in working memory."""
    gather_two_hops(tables, clicks, only_column(CO_VISIT), np.zeros(HOP_SOURCES, np.int32), SCRATCH)
    return {product: row[TWO_HOP] for product, row in gathered(SCRATCH).items() if row[TWO_HOP] > 0}


def gather(world: SmallWorld, clicks: NDArray[np.int32]) -> Columns:
    gather_sessions(world.tables.sessions, clicks, 0, work_out(Weights()), SCRATCH)
    return gathered(SCRATCH)


def fill(rows: dict[int, tuple[int, float]]) -> Columns:
    """Working memory with one column of some products."""
    empty_scratch(SCRATCH)
    for product, (column, value) in rows.items():
        SCRATCH.columns[product_cell(SCRATCH, product), column] = value
    return gathered(SCRATCH)


def nothing_popular(products: int = 100) -> Popular:
    """Products of which none has a category, and nobody heard."""
    return build_product_tables(products, 1, 8), build_popularity_tables(products, 1, HALF_LIVES)


def choose(clicks: Sequence[int], limit: int, tables: Popular | None = None) -> list[int]:
    cells = np.full(limit, -1, np.int32)
    found = choose_candidates(tables or nothing_popular(), clicks_of(*clicks), build_mix(), SCRATCH, cells)
    assert set(cells[found:].tolist()) <= {-1}
    return [product_in(SCRATCH, cell) for cell in cells[:found]]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_hops_in_random_shops(seed: int) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    products = world.tables.products
    neighbours = {product: neighbours_of(products, product) for product in range(len(products.category))}
    for _ in range(5):
        clicks = random_question(rng, world)
        expected = two_hops(gather(world, clicks), neighbours, clicks.tolist())
        assert hop(products, clicks) == pytest.approx(expected, rel=1e-5)


def test_two_hops_from_more_products_than_count() -> None:
    rng = np.random.default_rng(0)
    tables = build_product_tables(100, 1, 8)
    tables.neighbours[:] = [rng.permutation(100)[:NEIGHBOUR_LIMIT] for _ in range(100)]
    tables.nearness[:] = -np.sort(-rng.random((100, NEIGHBOUR_LIMIT)))
    found = fill({product: (CO_VISIT, float(value)) for product, value in enumerate(rng.permutation(50) + 1)})
    neighbours = {product: neighbours_of(tables, product) for product in range(100)}
    expected = two_hops(found, neighbours, [60, 61, 62, 63])
    assert hop(tables, clicks_of(60, 61, 62, 63)) == pytest.approx(expected, rel=1e-5)


def test_the_neighbour_of_a_neighbour() -> None:
    """0 was seen with 1, and 1 with 2; nobody saw 0 and 2."""
    world = shop_of((0, 1), (1, 2), (2, 1), (0, 1), (8,))
    clicks, tables = clicks_of(0), world.tables.products
    assert 2 not in gather(world, clicks)
    # Of product 0 its only co-visited neighbour, 1, counts fully, and its own list, which holds 1, half.
    expected = {2: tables.nearness[1, 0], 0: tables.nearness[1, 1], 1: 0.5 * tables.nearness[0, 0]}
    if tables.neighbours[1, 0] == 0:
        expected[0], expected[2] = expected[2], expected[0]
    assert hop(tables, clicks) == pytest.approx(expected)


def test_without_co_visits_the_last_clicks_count() -> None:
    tables = build_product_tables(6, 1, 8)
    tables.neighbours[:4, 0], tables.nearness[:4, 0] = 5, (1.0, 10.0, 100.0, 1000.0)
    fill({})
    assert hop(tables, clicks_of(3, 2, 1, 0)) == pytest.approx({5: 0.5 + 0.3 * 10 + 0.18 * 100})
    fill({})
    assert hop(tables, clicks_of(0, -1, -1)) == pytest.approx({5: 0.18})


def test_the_mix_knows_every_source() -> None:
    assert build_mix().shape == (COLUMNS,)
    assert (build_mix() > 0).all()


@pytest.mark.parametrize("limit", [1, 2, 5, 150])
@pytest.mark.parametrize("seed", range(10))
def test_the_best_by_the_mix(seed: int, limit: int) -> None:
    """Asked by a session of which nothing is known by itself."""
    world, rng = random_world(seed), np.random.default_rng(seed)
    clicks = random_question(rng, world)
    gather(world, clicks)
    hop(world.tables.products, clicks)
    values = mixed(gathered(SCRATCH), build_mix())
    best = sorted((value for value in values.values() if value > 0), reverse=True)[:limit]
    chosen = choose([-1], limit)
    assert len(set(chosen)) == len(chosen)
    assert sorted((values[product] for product in chosen), reverse=True) == pytest.approx(best)


def test_a_session_brings_its_own_products() -> None:
    fill({product: (KNN, 1.0 + product) for product in range(4)})
    assert sorted(choose([9, 2, -1, 9], 10)) == [0, 1, 2, 3, 9]
    assert sorted(choose([8, 9], 6)) == [0, 1, 2, 3, 8, 9]


def test_its_own_take_the_places_of_the_weakest() -> None:
    for order in (range(10), range(9, -1, -1), (3, 9, 0, 7, 1, 8, 2, 6, 4, 5)):
        fill({product: (KNN, 1.0 + product) for product in order})
        assert sorted(choose([20, 21, 20], 6)) == [6, 7, 8, 9, 20, 21]


def test_its_own_do_not_take_each_others_places() -> None:
    fill({product: (KNN, 1.0 + product) for product in range(10)})
    assert sorted(choose([6, 20], 4)) == [6, 8, 9, 20]
    fill({product: (KNN, 1.0 + product) for product in range(3)})
    assert sorted(choose([20, 21], 4)) == [1, 2, 20, 21]


def test_a_session_with_more_products_than_there_are_places() -> None:
    """The newest are kept. As it was written: compiled, what is outside of an array is not noticed."""
    as_written: Any = choose_candidates
    fill({product: (KNN, 1.0 + product) for product in range(10)})
    cells = np.full(4, -1, np.int32)
    assert as_written.py_func(nothing_popular(), clicks_of(*range(20, 40)), build_mix(), SCRATCH, cells) == 4
    assert sorted(product_in(SCRATCH, int(cell)) for cell in cells) == [36, 37, 38, 39]


@pytest.mark.parametrize("limit", [1, 5, 12, 150])
@pytest.mark.parametrize("seed", range(10))
def test_what_is_popular_fills_what_is_left(seed: int, limit: int) -> None:
    """First in the categories of the last clicks, newest first, and then anywhere; nothing stands twice."""
    world, rng = random_world(seed), np.random.default_rng(seed)
    products, popularity = world.tables.products, world.tables.popularity
    clicks = random_question(rng, world).tolist()
    fill({0: (KNN, 2.0), 1: (KNN, 1.0)})
    own = [*dict.fromkeys(click for click in reversed(clicks) if click >= 0)][:limit]
    best = [product for product in (0, 1) if product not in own][: limit - len(own)]
    visited = [int(products.category[click]) for click in reversed(clicks[-LAST_SOURCES:]) if click >= 0]
    lists = [popularity.category_top[category] for category in visited if category >= 0]
    popular = [product for row in [*lists, popularity.overall_top] for product in row.tolist() if product >= 0]
    expected = [*dict.fromkeys([*own, *best, *popular])][:limit]
    chosen = choose(clicks, limit, (products, popularity))
    assert chosen[: len(own)] == own
    assert set(chosen[: len(own) + len(best)]) == {*own, *best}
    assert chosen[len(own) + len(best) :] == expected[len(own) + len(best) :]
