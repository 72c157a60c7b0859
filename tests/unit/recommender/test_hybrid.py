"""From a session to ranked products: the parts are put together as each of them says."""

import numpy as np
import pytest

from recommender.blend import CONTEXT, Blend
from recommender.features import FEATURES, SEEN, SEEN_STEPS
from recommender.hybrid import Ranker, only_column
from recommender.scratch import CO_VISIT, COLUMNS, KNN, NEXT, POSTINGS, RULES, TOGETHER, TWO_HOP
from recommender.session_query import Weights
from tests.query_references import gather
from tests.small_worlds import clicks_of, gathered, random_question, random_world, shop_of

SEEDS = range(10)


def linear(weights: dict[int, float]) -> Blend:
    """A blend that adds up a few features."""
    direct = np.zeros(FEATURES, np.float32)
    direct[list(weights)] = list(weights.values())
    nothing = [np.zeros(shape, np.float32) for shape in ((CONTEXT, FEATURES), (FEATURES, 1), (CONTEXT, 1), (1,), (1,))]
    return Blend(direct, *nothing)


def random_blend(rng: np.random.Generator) -> Blend:
    shapes = ((FEATURES,), (CONTEXT, FEATURES), (FEATURES, 16), (CONTEXT, 16), (16,), (16,))
    return Blend(*[rng.normal(0.0, 1.0, shape).astype(np.float32) for shape in shapes])


@pytest.mark.parametrize("seed", SEEDS)
def test_products_are_ranked_by_the_blend(seed: int) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    ranker, blend = Ranker(world.tables, Weights()), random_blend(rng)
    clicks = random_question(rng, world)
    ranker.gather(clicks)
    products, features = ranker.candidates(clicks, world.now)
    scores = dict(zip(products.tolist(), blend.score(features, len(clicks)).tolist(), strict=True))
    rows = {product: row.tobytes() for product, row in zip(products.tolist(), features, strict=True)}
    ranked = ranker.rank(clicks, world.now, blend)
    assert [scores[product] for product in ranked.products.tolist()] == sorted(scores.values(), reverse=True)
    best = np.exp(np.array(sorted(scores.values(), reverse=True)) - max(scores.values(), default=0.0))
    assert ranked.shares == pytest.approx(best / best.sum(), rel=1e-9)
    described = [ranked.features[row].tobytes() for row in ranked.rows]
    assert [rows[product] for product in ranked.products.tolist()] == described
    assert len(set(ranked.products.tolist())) == len(ranked.products) == len(products)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_steps_in_one_are_the_same(seed: int) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    blend, clicks = random_blend(rng), random_question(rng, world)
    one, other = Ranker(world.tables, Weights()), Ranker(world.tables, Weights())
    one.gather(clicks, 3)
    apart, at_once = one.rank(clicks, world.now, blend), other.ask(clicks, 3, world.now, blend, 0)
    assert [part.tobytes() for part in at_once] == [part.tobytes() for part in apart]
    expected = len(apart.products)
    sessions = int(other.scratch.counts[POSTINGS])
    assert len(other.ask(clicks, 3, world.now, blend, sessions).products) == expected
    assert len(other.ask(clicks, 3, world.now, blend, sessions + 1).products) == 0


def test_a_ranker_follows_its_blend_and_the_length_of_the_session() -> None:
    """Whatever it was asked before: what it has worked out of one blend or length is not taken for another."""
    world, rng = random_world(1), np.random.default_rng(1)
    ranker = Ranker(world.tables, Weights())
    for blend in (random_blend(rng), random_blend(rng), linear({0: 1.0})):
        for _ in range(4):
            clicks = random_question(rng, world)
            fresh = Ranker(world.tables, Weights()).ask(clicks, 0, world.now, blend, 0)
            found = ranker.ask(clicks, 0, world.now, blend, 0)
            assert (found.products.tolist(), found.shares.tolist()) == (fresh.products.tolist(), fresh.shares.tolist())


def test_ones_own_session_is_none_of_those_that_share_a_product() -> None:
    ranker = Ranker(shop_of((0, 1), (0, 2), (0, 3), (4, 5)).tables, Weights())
    found = [len(ranker.ask(clicks_of(0), own, 0.0, linear({0: 1.0}), 3).products) for own in (0, 1, 4)]
    assert found[0] == found[2] > 0 == found[1]


@pytest.mark.parametrize("column", [KNN, CO_VISIT, RULES, NEXT, TOGETHER, TWO_HOP])
@pytest.mark.parametrize("seed", SEEDS)
def test_one_source_alone(seed: int, column: int) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    ranker = Ranker(world.tables, Weights())
    ranker.gather(random_question(rng, world))
    values = {product: row[column] for product, row in gathered(ranker.scratch).items() if row[column] > 0}
    for limit in (1, 4, 60):
        best, shares = ranker.by_column(column, limit)
        right = sorted(values.values(), reverse=True)[:limit]
        assert [values[product] for product in best.tolist()] == right
        assert shares.tolist() == pytest.approx([value / max(values.values()) for value in right], rel=1e-6)
        assert len(set(best.tolist())) == len(best)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_asking_session_and_the_weights_are_passed_on(seed: int) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    weights = Weights(step=1.5, idf_power=1.0, age=20.0, current=3.0)
    ranker = Ranker(world.tables, weights)
    clicks, own = random_question(rng, world), int(rng.choice(world.log.visitor))
    ranker.gather(clicks, own)
    found, expected = gathered(ranker.scratch), gather(world.log, clicks.tolist(), own, weights)
    assert found.keys() >= expected.keys()
    for product, row in expected.items():
        assert found[product][:TWO_HOP] == pytest.approx(row[:TWO_HOP], rel=2e-5, abs=1e-9)


def test_a_shop_that_knows_nothing_ranks_what_was_clicked() -> None:
    """Nothing else is known, so a session gets its own products back, the newest first."""
    ranker = Ranker(shop_of().tables, Weights())
    blend = linear({SEEN + step: 1.0 / (step + 1) for step in range(SEEN_STEPS)})
    ranker.gather(clicks_of(3, 5, 7))
    ranked = ranker.rank(clicks_of(3, 5, 7), 0.0, blend)
    assert ranked.products.tolist() == [7, 5, 3]
    shares = np.exp([0.0, -1 / 2, -2 / 3])
    assert ranked.shares == pytest.approx(shares / shares.sum(), rel=1e-6)


@pytest.mark.parametrize("sessions", [(), ((0, 1),), ((2, 0), (2,))])
def test_unknown_products_get_what_is_popular(sessions: tuple[tuple[int, ...], ...]) -> None:
    """No source says anything; what nobody ever met is not popular."""
    ranker = Ranker(shop_of(*sessions).tables, Weights())
    ranker.gather(clicks_of(-1))
    popular = [2, 0] if len(sessions) == 2 else [0, 1][: 2 * len(sessions)]
    assert ranker.rank(clicks_of(-1), 0.0, linear({0: 1.0}))[0].tolist() == popular
    assert ranker.by_column(KNN, 5)[0].tolist() == []


def test_rankers_share_tables_and_nothing_else() -> None:
    tables = shop_of((0, 1), (0, 1), (2, 3), (2, 3)).tables
    one, other = Ranker(tables, Weights()), Ranker(tables, Weights())
    one.gather(clicks_of(0))
    other.gather(clicks_of(2))
    assert (one.by_column(RULES, 5)[0].tolist(), other.by_column(RULES, 5)[0].tolist()) == ([1], [3])


def test_one_column() -> None:
    assert [only_column(n).nonzero()[0].tolist() for n in range(COLUMNS)] == [[n] for n in range(COLUMNS)]


def test_machine_code_is_of_the_types_that_it_is_called_with() -> None:
    """Numbers of another width, and every other one of an array, are made what the machine code reads."""
    ranker, blend = Ranker(shop_of((0, 1), (0, 2), (1, 2)).tables, Weights()), linear({0: 1.0})
    plain = ranker.ask(clicks_of(0, 1), 0, 0.0, blend, 0).products.tolist()
    assert plain
    for clicks in (np.array([0, 1]), np.array([0, 9, 1, 9], np.int32)[::2]):
        assert ranker.ask(clicks, 0, 0.0, blend, 0).products.tolist() == plain
        assert ranker.nearest(clicks, np.array([2, 0])) == ranker.nearest(clicks_of(0, 1), clicks_of(2, 0))
