"""What other visitors' sessions say of the next click, against whole histories; and examples worked by hand."""

import math

import numpy as np
import pytest

from profiles.decay import EPOCH
from recommender.scratch import (
    BEFORE,
    CO_VISIT,
    COLUMNS,
    KNN,
    NEXT,
    NEXT_DECAYED,
    POSTINGS,
    RULES,
    SESSIONS,
    TOGETHER,
)
from recommender.session_query import NEIGHBOURS, POSTINGS_READ, SMOOTHING, Weights, gather_sessions, idf, work_out
from recommender.session_tables import MAX_CLICKS, MAX_POSTINGS
from tests.query_references import Columns, gather
from tests.references import Click
from tests.small_worlds import (
    GAP,
    SCRATCH,
    SmallWorld,
    build_limits,
    build_world,
    clicks_of,
    gathered,
    learn_tables,
    random_question,
    random_world,
    shop_of,
)

SEEDS = range(40)
# No two alike, and none of the values that are set, so that one in the place of another shows.
ODD = Weights(2.3, 1.7, 0.4, 31.0, 3.1, 2.9, 4.3, 0.55, 0.35, 1.9, 0.6, 0.45, 13.0, 1.3, 0.7)
# Of two or three products that matter, others keep their sessions from being all that there are.
REST = ((8,), (9,), (8, 9))


def ask(world: SmallWorld, *products: int, own: int = 0, weights: Weights = ODD) -> Columns:
    """`own`: the visitor who asks, 0 for nobody."""
    gather_sessions(world.tables.sessions, clicks_of(*products), own, work_out(weights), SCRATCH)
    return gathered(SCRATCH)


def assert_same(found: Columns, expected: Columns) -> None:
    """Equal up to what float32 keeps; a product that is nowhere has zeros."""
    nothing = np.zeros(COLUMNS)
    for product in found.keys() | expected.keys():
        left, right = found.get(product, nothing), expected.get(product, nothing)
        assert left == pytest.approx(right, rel=2e-5, abs=1e-9), product


@pytest.mark.parametrize("weights", [Weights(), ODD], ids=["set", "odd"])
@pytest.mark.parametrize("seed", SEEDS)
def test_all_columns(seed: int, weights: Weights) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    for _ in range(4):
        clicks = random_question(rng, world)
        own = int(rng.choice([0, *world.log.visitor]))
        found = ask(world, *clicks, own=own, weights=weights)
        assert_same(found, gather(world.log, clicks.tolist(), own, weights))


@pytest.mark.parametrize("seed", range(2))
def test_only_the_nearest_neighbours_count(seed: int) -> None:
    """More sessions with the product than may count, and more than a product remembers."""
    rng = np.random.default_rng(seed)
    sessions = [rng.integers(0, 12, rng.integers(1, 9)).tolist() for _ in range(3 * MAX_POSTINGS)]
    world = shop_of(*sessions, slots=2 * MAX_POSTINGS)
    clicks = rng.integers(0, 12, 3).tolist()
    found = ask(world, *clicks)
    assert SCRATCH.counts[SESSIONS] > 2 * NEIGHBOURS
    assert_same(found, gather(world.log, clicks, 0, ODD))


def test_a_then_b_seen_three_times() -> None:
    world = shop_of((0, 1), (0, 1), (0, 1), *REST)
    found = ask(world, 0, weights=Weights(next_age=1.0))
    assert found.keys() == {0, 1}
    column = found[1]
    assert (column[NEXT], column[RULES], column[BEFORE]) == (3.0, 3.0, 0.0)
    # Three, four and five sessions ago; three of the three sessions of each.
    assert column[NEXT_DECAYED] == pytest.approx(math.exp(-3) + math.exp(-4) + math.exp(-5))
    assert column[TOGETHER] == pytest.approx(3 / (3 + SMOOTHING))
    assert column[CO_VISIT] == pytest.approx(3 / (3 * math.sqrt(2)))
    assert column[KNN] > found[0][KNN] > 0.0
    assert SCRATCH.counts[POSTINGS] == 3


def test_the_other_way_round_it_came_before() -> None:
    world = shop_of((0, 1), (0, 1), (0, 1), *REST)
    column = ask(world, 1)[0]
    assert (column[NEXT], column[RULES], column[BEFORE]) == (0.0, 0.0, 3.0)
    assert column[CO_VISIT] == pytest.approx(ODD.visit_backward * 3 / (3 * math.sqrt(2)))


def test_one_neighbour_by_the_formula() -> None:
    """Asked 5, 6 of a session 5, 6, 7 that began before three others."""
    world = shop_of((5, 6, 7), *REST)
    ours, log4 = ODD, math.log(4)
    similarity = (log4**ours.idf_power * (1 + math.exp(-1 / ours.step))) / 3**ours.length_power
    similarity *= math.exp(-3 / ours.age)
    shares = {
        5: ours.previous * ours.backward_share * math.exp(-1 / ours.backward),
        6: ours.current * ours.anchor,
        7: math.exp(-1 / ours.forward),
    }
    expected = {product: similarity * share * (1 + ours.output_idf * log4) for product, share in shares.items()}
    found = ask(world, 5, 6)
    assert {product: row[KNN] for product, row in found.items()} == pytest.approx(expected, rel=1e-5)


def test_what_is_no_longer_there_does_not_count() -> None:
    world = shop_of((0, 1), (2, 3), (2, 3), (2, 3), (2, 3), slots=4)
    assert ask(world, 0) == {}
    assert world.tables.sessions.posting[0, 3] == 1


def test_what_left_the_session_does_not_count() -> None:
    """The session still met product 0, but where it was in it is no longer known."""
    world = shop_of((0, *range(1, MAX_CLICKS + 1)), *REST)
    assert ask(world, 0) == {}
    assert 2 in ask(world, 0, 1)


def test_the_asking_session_is_no_neighbour_of_itself() -> None:
    world = shop_of((0, 1), (0, 2), *REST)
    assert ask(world, 0).keys() == {0, 1, 2}
    assert ask(world, 0, own=1).keys() == {0, 2}
    assert ask(world, 0, own=2).keys() == {0, 1}


def test_no_session_of_the_asking_visitor_is_a_neighbour() -> None:
    pause = Click(1, 0, EPOCH + 2 * GAP), Click(1, 3, EPOCH + 2 * GAP)
    world = build_world([Click(1, 0), Click(1, 1), Click(2, 0), Click(2, 2), *pause], [-1] * 4, 8, build_limits(GAP))
    assert len(world.log.sessions) == 3
    assert ask(world, 0).keys() == {0, 1, 2, 3}
    assert ask(world, 0, own=1).keys() == {0, 2}


def test_only_the_newest_clicks_ask() -> None:
    world = shop_of((0, 1), *REST)
    assert 1 in ask(world, 0, *[-1] * (MAX_CLICKS - 1))
    assert ask(world, 0, *[-1] * MAX_CLICKS) == {}


@pytest.mark.parametrize("clicks", [(-1,), (7,), (7, -1)])
def test_unknown_products_ask_nothing(clicks: tuple[int, ...]) -> None:
    assert ask(shop_of((0, 1), *REST), *clicks) == {}


def test_steps_are_counted_over_unknown_products() -> None:
    """They are clicks: the last known one is a step further from the end, and begins no rules."""
    world = shop_of((0, 1), *REST)
    near, far = ask(world, 0)[1], ask(world, 0, -1)[1]
    assert far[CO_VISIT] == pytest.approx(ODD.visit_step * near[CO_VISIT])
    assert far[KNN] == pytest.approx(near[KNN] * math.exp(-1 / ODD.step - 1 / ODD.shared), rel=1e-5)
    assert far[[RULES, NEXT, NEXT_DECAYED, BEFORE, TOGETHER]].tolist() == [0.0] * 5


def test_an_answer_knows_nothing_of_the_one_before() -> None:
    world = shop_of((0, 1), (2, 3), *REST)
    first = ask(world, 0)
    ask(world, 2, 8)
    assert_same(ask(world, 0), first)


def test_idf_counts_all_sessions_that_ever_began() -> None:
    tables = shop_of(*[(n % 2,) for n in range(9)], (2,), slots=4).tables.sessions
    assert [idf(tables, product) for product in (0, 1, 2)] == pytest.approx([math.log(2), math.log(2.5), math.log(10)])
    assert idf(tables, 3) == pytest.approx(math.log(10))


def test_every_session_with_the_product_makes_it_worthless() -> None:
    found = ask(shop_of((0, 1), (0, 2)), 0)
    assert {product: row[KNN] for product, row in found.items()} == {0: 0.0, 1: 0.0, 2: 0.0}
    assert found[1][RULES] == 1.0


def test_a_query_reads_only_so_many_postings() -> None:
    """Of bestsellers the newest ones: half of what may be read, and half of the rest, and all that is left."""
    pairs = [(product, 10 + product) for product in range(3)] * MAX_POSTINGS
    clicks = [Click(number + 1, product) for number, pair in enumerate(pairs) for product in pair]
    tables = learn_tables(clicks, [-1] * 20, len(pairs))
    gather_sessions(tables.sessions, clicks_of(2, 1, 0), 0, work_out(ODD), SCRATCH)
    assert SCRATCH.counts[SESSIONS] == SCRATCH.counts[POSTINGS] == POSTINGS_READ
    together = gathered(SCRATCH)
    assert together[10][TOGETHER] == pytest.approx(POSTINGS_READ / 2 / (MAX_POSTINGS + SMOOTHING))
