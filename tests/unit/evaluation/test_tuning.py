"""How much of the training is tuned on, and the search for weights."""

import numpy as np
import pytest

from evaluation.data import Data, count_sessions
from evaluation.search import SEARCHED, search_weights
from evaluation.sessions import Cases, Sessions, build_sessions, cut_cases, in_order_of_time
from evaluation.tuning import Plan, TuningError, count_tail, tune
from evaluation.world import World
from recommender.session_query import Weights
from tests.planted import PRODUCTS
from tests.planted import build_sessions as build_planted


def build_data(sessions: Sessions) -> Data:
    none = in_order_of_time(build_sessions([]), np.zeros(0))
    categories = np.full(int(sessions.clicks.max(initial=0)) + 1, -1, np.int32)
    cases = cut_cases(build_sessions([]))
    return Data(sessions, count_sessions(sessions), cases, none, np.zeros(0, np.int64), categories)


def planted(count: int, seed: int) -> Sessions:
    return build_sessions([int(product[1:]) for product in session] for session in build_planted(count, seed))


def search(trials: int, seed: int) -> Weights:
    world = World(np.full(PRODUCTS, -1, np.int32), 200, 1000)
    sessions = planted(200, 1)
    world.learn(in_order_of_time(sessions, count_sessions(sessions)))
    # Visitors who go back: what `current` and `previous` are for.
    cases = Cases(build_sessions([[n, n] for n in range(30)]), np.arange(30, dtype=np.int32), np.arange(30))
    done: list[int] = []
    found = search_weights(world.tables, cases, trials, np.random.default_rng(seed), done.append)
    assert done == [*range(1, trials + 1)]
    return found


def test_the_tail_holds_enough_cases_and_is_at_most_a_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    data = build_data(build_sessions([[1, 2, 3]] * 100))
    assert count_tail(data) == 10
    monkeypatch.setattr("evaluation.tuning.ENOUGH_CASES", 7)
    assert count_tail(data) == 4
    assert count_tail(build_data(build_sessions([[1, 2]] * 3))) == 1


@pytest.mark.parametrize("sessions", [0, 3, 4])
def test_something_must_be_left_to_learn_from_and_to_tune_on(sessions: int) -> None:
    data = build_data(build_sessions([[1, 2]] * 3))
    with pytest.raises(TuningError, match=f"on the last {sessions} of 3 training sessions"):
        tune(data, Plan(sessions=sessions), lambda *_: None)


def test_sessions_that_nothing_suggests() -> None:
    data = build_data(build_sessions([[1, 2], [3, 4], [5, 6]]))
    with pytest.raises(TuningError, match="of 1 clicks in the last 1 training sessions none is on a product"):
        tune(data, Plan(sessions=1, trials=0), lambda *_: None)


def test_the_search_starts_where_we_are_and_finds_what_is_better() -> None:
    assert search(0, seed=1) == Weights()
    assert search(1, seed=1) == Weights()
    found = search(4 * len(SEARCHED), seed=1)
    assert found == search(4 * len(SEARCHED), seed=1)
    assert found.current * found.anchor > Weights().current * Weights().anchor
    assert {name for name in Weights._fields if getattr(found, name) != getattr(Weights(), name)} <= {*SEARCHED}
