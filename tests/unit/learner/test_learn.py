"""Events in a row: in one batch or many, with little room or much, the tables are the same to the byte."""

import itertools

import numpy as np
import pytest

from learner.learn import learn_clicks
from recommender.hybrid import Tables
from recommender.scratch import build_scratch
from tests.references import Click
from tests.small_worlds import (
    MUCH,
    SCRATCH,
    as_clicks,
    build_tables,
    contents,
    learn_tables,
    random_clicks,
    unknown,
    with_arena,
)

SEEDS = range(12)


def shop(seed: int) -> tuple[list[Click], list[int], int]:
    """Clicks, categories, slots."""
    rng = np.random.default_rng(seed)
    products, sessions = int(rng.integers(5, 41)), int(rng.integers(10, 61))
    categories = [int(category) for category in rng.integers(-1, 4, products)]
    return random_clicks(rng, products, sessions), categories, int(rng.integers(1, sessions))


def learn_at_once(seed: int) -> Tables:
    clicks, categories, slots = shop(seed)
    return learn_tables(clicks, categories, slots)


@pytest.mark.parametrize("seed", SEEDS)
def test_batches_do_not_matter(seed: int) -> None:
    clicks, categories, slots = shop(seed)
    rng = np.random.default_rng(seed)
    tables, known = build_tables(categories, slots, MUCH), unknown(clicks)
    cuts = sorted({0, len(clicks), *rng.integers(0, len(clicks), 9).tolist()})
    for start, end in itertools.pairwise(cuts):
        assert learn_clicks(tables, as_clicks(clicks[start:end]), known, 0, build_scratch()) == end - start
    assert contents(tables) == contents(learn_at_once(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_full_arena_is_grown_and_learning_goes_on(seed: int) -> None:
    clicks, categories, slots = shop(seed)
    batch, known = as_clicks(clicks), unknown(clicks)
    tables, cells = build_tables(categories, slots, 4), 4
    stops: list[int] = []
    while (place := learn_clicks(tables, batch, known, stops[-1] if stops else 0, SCRATCH)) < len(clicks):
        assert place not in stops
        stops.append(place)
        cells += 64  # no session list is longer
        tables = tables._replace(sessions=with_arena(tables.sessions, cells))
    assert stops == sorted(stops) and stops
    assert contents(tables) == contents(learn_at_once(seed))


def test_where_the_arena_is_full_learning_stands_still() -> None:
    clicks = [(0, 1, 0.0), (0, 2, 0.1), (1, 2, 0.2)]
    tables, known = build_tables([0, 0, 0], 4, 4), unknown(clicks)
    assert learn_clicks(tables, as_clicks(clicks), known, 0, SCRATCH) == 1
    before = contents(tables)
    assert learn_clicks(tables, as_clicks(clicks), known, 1, SCRATCH) == 1
    assert contents(tables) == before
    assert known.tolist() == [0, -1]
    assert tables.products.touched.tolist() == [0, 0, 0]
    assert tables.products.recent.tolist() == [-np.inf, 0.0, -np.inf]


def test_no_clicks_teach_nothing() -> None:
    tables = build_tables([0], 2, 4)
    before = contents(tables)
    assert learn_clicks(tables, as_clicks([]), unknown([]), 0, SCRATCH) == 0
    assert contents(tables) == before


def test_a_session_whose_place_was_taken_begins_anew() -> None:
    clicks = [(0, 1, 0.0), (1, 2, 0.0), (0, 3, 0.0)]
    tables, known = build_tables([0, 0, 0, 0], 1, MUCH), unknown(clicks)
    assert learn_clicks(tables, as_clicks(clicks), known, 0, SCRATCH) == 3
    assert known.tolist() == [2, 1]
    assert (tables.sessions.number.tolist(), tables.sessions.clicks[0, :1].tolist()) == ([2], [3])
    # Nothing came before its product: 3 did not follow 1, which is forgotten, nor 2, which was somebody else's.
    assert tables.products.departures.tolist() == [0.0]
