"""Sessions that are held out, and who has seen them."""

import msgspec
import numpy as np
import pytest

from evaluation.data import Data, count_sessions
from evaluation.hold_out import (
    HoldOutError,
    check_unseen,
    count_held_out,
    describe_seen,
    hold_out,
    join_held_out,
)
from evaluation.sessions import build_sessions, cut_cases, in_order_of_time
from recommender.tuned import Tuned
from tests.weights import build_tuned

Row = list[int]


def build_data(rows: list[Row], times: list[float] | None = None) -> Data:
    """Sessions to learn from; with times, Unix seconds of each click, they are timed."""
    sessions, none = build_sessions(rows), build_sessions([])
    seconds = count_sessions(sessions) if times is None else np.array(times, np.float64)
    categories = np.full(max(max(row) for row in rows) + 1, -1, np.int32)
    nothing = in_order_of_time(none, np.zeros(0), len(sessions))
    return Data(sessions, seconds, cut_cases(none), nothing, np.zeros(0, np.int64), categories, times is not None)


def found_on(data: Data) -> Tuned:
    return msgspec.structs.replace(build_tuned(), about={"cases": 3, **describe_seen(data)})


ROWS: list[Row] = [[0, 1], [1, 2, 3], [0], [2, 3], [3, 1, 0]]
UNTIMED = build_data(ROWS)
# The last two overlap: they are in order of their last clicks.
TIMED = build_data(ROWS, [10, 20, 30, 40, 50, 60, 100, 300, 200, 250, 400])


def test_the_last_sessions_become_the_cases() -> None:
    data = hold_out(TIMED, 2)
    assert [data.train[n].tolist() for n in range(len(data.train))] == ROWS[:3]
    assert data.times.tolist() == [10, 20, 30, 40, 50, 60]
    prefixes = [data.cases.prefixes[n].tolist() for n in range(len(data.cases))]
    assert list(zip(prefixes, data.cases.labels.tolist(), strict=True)) == [([2], 3), ([3], 1), ([3, 1], 0)]
    assert data.test.product.tolist() == [2, 3, 1, 3, 0]
    assert data.test.visitor.tolist() == [4, 5, 5, 4, 5]
    assert data.test.time.tolist() == [100, 200, 250, 300, 400]
    assert data.case.tolist() == [-1, -1, 1, 0, 2]


@pytest.mark.parametrize("data", [UNTIMED, TIMED])
@pytest.mark.parametrize("sessions", [1, 2, 3, 4])
def test_what_was_held_out_can_be_put_back(data: Data, sessions: int) -> None:
    joined = join_held_out(hold_out(data, sessions))
    assert joined.train.clicks.tolist() == data.train.clicks.tolist()
    assert joined.train.starts.tolist() == data.train.starts.tolist()
    assert joined.times.tolist() == data.times.tolist()


def test_some_must_be_left_and_some_must_be_a_case() -> None:
    for sessions in (5, 6):
        with pytest.raises(HoldOutError, match=f"cannot hold out {sessions} of 5 sessions"):
            hold_out(UNTIMED, sessions)
    with pytest.raises(HoldOutError, match="the last 1 sessions have one click each"):
        hold_out(build_data([[0, 1], [2]]), 1)


def test_sessions_that_end_in_one_moment_stay_together() -> None:
    data = build_data([[0, 1], [1, 2], [2, 0], [0, 2]], [1, 2, 3, 5, 4, 5, 5, 6])
    assert [len(hold_out(data, sessions).train) for sessions in (1, 2, 3)] == [3, 1, 1]
    assert check_unseen(found_on(hold_out(data, 2)), hold_out(data, 3))
    untimed = msgspec.structs.replace(data, timed=False)
    assert [len(hold_out(untimed, sessions).train) for sessions in (1, 2, 3)] == [3, 2, 1]


def test_a_tenth_is_held_out_or_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    data = build_data([[1, 2, 3]] * 100)
    assert count_held_out(data) == 10
    monkeypatch.setattr("evaluation.hold_out.ENOUGH_CASES", 7)
    assert count_held_out(data) == 4
    assert count_held_out(build_data([[1, 2]] * 3)) == 1


@pytest.mark.parametrize("data", [UNTIMED, TIMED])
def test_weights_are_not_judged_by_what_they_were_found_on(data: Data) -> None:
    tuned = found_on(hold_out(data, 2))
    assert check_unseen(tuned, hold_out(data, 2))
    assert check_unseen(tuned, hold_out(data, 1))
    with pytest.raises(HoldOutError, match="found on some of the 3 sessions .*: tune with --hold-out 3, or hold out"):
        check_unseen(tuned, hold_out(data, 3))
    with pytest.raises(HoldOutError):
        check_unseen(found_on(data), hold_out(data, 1))


def test_more_sessions_than_were_seen_do_not_matter() -> None:
    longer = build_data([*ROWS, [4, 1], [1, 4]])
    assert check_unseen(found_on(UNTIMED), hold_out(longer, 2))
    with pytest.raises(HoldOutError):
        check_unseen(found_on(UNTIMED), hold_out(longer, 3))


def test_times_tell_when_older_sessions_are_gone_by_now() -> None:
    newer = build_data(ROWS[1:], [30, 40, 50, 60, 100, 300, 200, 250, 400])
    tuned = found_on(hold_out(TIMED, 2))
    assert check_unseen(tuned, hold_out(newer, 2))
    with pytest.raises(HoldOutError):
        check_unseen(tuned, hold_out(newer, 3))


def test_of_other_sessions_nothing_can_be_told() -> None:
    other = build_data([[0, 0], [1, 2], [0, 1], [1, 0]])
    assert not check_unseen(found_on(UNTIMED), hold_out(other, 1))
    assert not check_unseen(build_tuned(), hold_out(UNTIMED, 1))
