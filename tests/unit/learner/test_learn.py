"""Events in a row: in one batch or many, with little room or much, the tables are the same to the byte."""

import itertools

import numpy as np
import pytest

from learner.learn import OTHER, learn_clicks, plain_clicks
from learner.session_writer import newest_session
from profiles.decay import EPOCH
from recommender.hybrid import Tables
from recommender.popularity_tables import CARTS, IMPRESSIONS, VIEWS
from recommender.scratch import build_scratch
from recommender.session_tables import MAX_CLICKS, slot_of
from tests.references import Click
from tests.small_worlds import (
    GAP,
    MOST_EVENTS,
    MUCH,
    SCRATCH,
    SmallWorld,
    as_clicks,
    build_limits,
    build_tables,
    build_world,
    contents,
    random_clicks,
    random_world,
    with_arena,
)

SEEDS = range(12)
Shop = tuple[list[Click], list[int], int]


def shop(seed: int) -> Shop:
    """Clicks, categories, slots."""
    rng = np.random.default_rng(seed)
    products, visitors = int(rng.integers(5, 41)), int(rng.integers(10, 61))
    categories = [int(category) for category in rng.integers(-1, 4, products)]
    return random_clicks(rng, products, visitors), categories, int(rng.integers(1, visitors))


def learn_at_once(seed: int) -> SmallWorld:
    return build_world(*shop(seed), build_limits(GAP, MOST_EVENTS))


def rows_of(tables: Tables) -> list[list[int]]:
    """The rows of all sessions in order of their numbers, where none has gone."""
    sessions = tables.sessions
    return [sessions.clicks[n, : sessions.length[n]].tolist() for n in range(int(sessions.next_number[0]))]


@pytest.mark.parametrize("seed", range(40))
def test_every_session_has_its_visitor_and_its_times(seed: int) -> None:
    world = random_world(seed)
    sessions, log = world.tables.sessions, world.log
    for number in filter(log.is_there, range(len(log.sessions))):
        slot = slot_of(sessions, number)
        found = (sessions.visitor[slot], sessions.latest[slot], sessions.total[slot])
        assert found == (log.visitor[number], max(log.times[number]), log.learnt[number])
    for visitor in {*log.visitor}:
        assert newest_session(sessions, visitor) == log.newest(visitor)


def test_random_worlds_have_pauses_robots_long_sessions_and_some_that_are_gone() -> None:
    """What the tests above would miss without a sign."""
    worlds = [random_world(seed) for seed in range(40)]
    assert any(len({*world.log.visitor}) < len(world.log.visitor) for world in worlds)
    assert any(len(times) > MOST_EVENTS for world in worlds for times in world.log.times)
    assert any(len(session) > MAX_CLICKS for world in worlds for session in world.log.sessions)
    assert any(not world.log.is_there(0) for world in worlds)


@pytest.mark.parametrize("seed", SEEDS)
def test_batches_do_not_matter(seed: int) -> None:
    clicks, categories, slots = shop(seed)
    rng = np.random.default_rng(seed)
    tables, limits = build_tables(categories, slots, MUCH), build_limits(GAP, MOST_EVENTS)
    cuts = sorted({0, len(clicks), *rng.integers(0, len(clicks), 9).tolist()})
    for start, end in itertools.pairwise(cuts):
        assert learn_clicks(tables, as_clicks(clicks[start:end]), limits, 0, build_scratch()) == end - start
    assert contents(tables) == contents(learn_at_once(seed).tables)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_full_arena_is_grown_and_learning_goes_on(seed: int) -> None:
    clicks, categories, slots = shop(seed)
    batch, limits = as_clicks(clicks), build_limits(GAP, MOST_EVENTS)
    tables, cells = build_tables(categories, slots, 4), 4
    stops: list[int] = []
    while (place := learn_clicks(tables, batch, limits, stops[-1] if stops else 0, SCRATCH)) < len(clicks):
        assert place not in stops
        stops.append(place)
        cells += 256  # no session list is longer
        tables = tables._replace(sessions=with_arena(tables.sessions, cells))
    assert stops == sorted(stops) and stops
    assert contents(tables) == contents(learn_at_once(seed).tables)


def test_where_the_arena_is_full_learning_stands_still() -> None:
    clicks = [Click(1, 1), Click(1, 2), Click(2, 2)]
    tables, limits = build_tables([0, 0, 0], 4, 4), build_limits()
    assert learn_clicks(tables, as_clicks(clicks), limits, 0, SCRATCH) == 1
    before = contents(tables)
    assert learn_clicks(tables, as_clicks(clicks), limits, 1, SCRATCH) == 1
    assert contents(tables) == before
    assert (tables.sessions.next_number[0], tables.sessions.total[0]) == (1, 1)
    assert tables.products.touched.tolist() == [0, 0, 0]
    assert tables.popularity.engagement.tolist() == [-np.inf, 0.0, -np.inf]


def test_no_session_begins_twice_where_the_arena_is_full() -> None:
    """It has begun, and waits for its first product however late that is."""
    tables, limits = build_tables([0, 0], 4, 4), build_limits(GAP)
    assert learn_clicks(tables, as_clicks([Click(1, 0), Click(2, 1)]), limits, 0, SCRATCH) == 1
    tables = tables._replace(sessions=with_arena(tables.sessions, 64))
    assert learn_clicks(tables, as_clicks([Click(2, 1, EPOCH + 2 * GAP)]), limits, 0, SCRATCH) == 1
    assert rows_of(tables) == [[0], [1]]


def test_no_clicks_teach_nothing() -> None:
    tables = build_tables([0], 2, 4)
    before = contents(tables)
    assert learn_clicks(tables, as_clicks([]), build_limits(), 0, SCRATCH) == 0
    assert contents(tables) == before


def test_plain_clicks_weigh_one_and_are_of_no_kind() -> None:
    visitor, product, time = np.array([1, 2]), np.array([3, 4], np.int32), np.array([5.0, 6.0])
    found = as_clicks([Click(1, 3, 5.0), Click(2, 4, 6.0)])
    for mine, other in zip(plain_clicks(visitor, product, time), found, strict=True):
        np.testing.assert_array_equal(mine, other, strict=True)


def test_a_session_whose_place_was_taken_begins_anew() -> None:
    tables = build_world([Click(1, 1), Click(2, 2), Click(1, 3)], [0, 0, 0, 0], 1).tables
    assert (tables.sessions.number.tolist(), tables.sessions.clicks[0, :1].tolist()) == ([2], [3])
    # Nothing came before its product: 3 did not follow 1, which is forgotten, nor 2, which was somebody else's.
    assert tables.products.departures.tolist() == [0.0]


@pytest.mark.parametrize(
    ("after", "rows"), [(GAP, [[0, 1]]), (GAP + 1.0, [[0], [1]]), (-GAP, [[0, 1]]), (-GAP - 1.0, [[0], [1]])]
)
def test_a_pause_ends_a_session(after: float, rows: list[list[int]]) -> None:
    world = build_world([Click(1, 0, 2e9), Click(1, 1, 2e9 + after)], [0, 0], 4, build_limits(GAP))
    assert rows_of(world.tables) == rows
    assert world.tables.products.departures.tolist() == [2.0 - len(rows)]


def test_a_late_event_does_not_shorten_a_pause() -> None:
    times = (0.0, -GAP, GAP, 2 * GAP)
    world = build_world([Click(1, n, 2e9 + time) for n, time in enumerate(times)], [0] * 4, 4, build_limits(GAP))
    assert rows_of(world.tables) == [[0, 1, 2, 3]]


def test_the_last_product_again_is_evidence_but_no_click() -> None:
    clicks = [Click(1, 0), Click(1, 1), Click(1, 1, weight=3.0, kind=CARTS), Click(1, 1, EPOCH + 5.0, kind=VIEWS)]
    tables = build_world([*clicks, Click(1, 0), Click(1, 1)], [0, 0], 4).tables
    assert rows_of(tables) == [[0, 1, 0, 1]]
    assert (tables.sessions.total[0], tables.sessions.latest[0]) == (6, EPOCH + 5.0)
    assert tables.products.departures.tolist() == [3.0]
    assert tables.popularity.counts[1].tolist() == [0, 0, 1, 1, 0]
    assert 2.0 ** tables.popularity.engagement[1] == pytest.approx(6.0, rel=1e-3)
    assert tables.popularity.change_count[0] == 6


def test_what_was_shown_is_counted_and_nothing_else() -> None:
    tables = build_tables([0, 0], 4, 4)
    before = contents(tables)
    shown = [Click(1, 1, kind=IMPRESSIONS)] * 3
    assert learn_clicks(tables, as_clicks(shown), build_limits(events=0), 0, SCRATCH) == 3
    changed = {name for name, right in before.items() if contents(tables)[name] != right}
    assert changed == {"counts"}
    assert tables.popularity.counts.tolist() == [[0] * 5, [3, 0, 0, 0, 0]]


def test_a_robot_is_not_learnt_from_until_it_pauses() -> None:
    """However long it goes on; repeats count, as they are just as many events."""
    limits = build_limits(GAP, 4)
    clicks = [Click(1, n // 2, EPOCH + n * GAP, kind=OTHER if n % 2 else VIEWS) for n in range(12)]
    later = [Click(2, 5, EPOCH), Click(1, 5, EPOCH + 14 * GAP)]
    world = build_world([*clicks, *later], [0] * 6, 4, limits)
    assert rows_of(world.tables) == [[0, 1], [5], [5]]
    assert limits.ignored.tolist() == [8]
    assert world.tables.popularity.counts[:, VIEWS].tolist() == [1, 1, 0, 0, 0, 0]
    assert world.tables.popularity.engagement[2:5].tolist() == [-np.inf] * 3
