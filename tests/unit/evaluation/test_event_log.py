"""The event log as sessions."""

from collections.abc import Sequence

import numpy as np
import pytest

from evaluation.event_log import LogError, read_log
from events.event import Event, Visitor
from events.memory_log import MemoryEventLog
from learner.clicks import GAP_SECONDS, MAX_EVENTS_A_SESSION

START = 1_790_000_000.0


def log_of(events: Sequence[Event]) -> MemoryEventLog:
    """A log of one partition."""
    log = MemoryEventLog(1, lambda: START)
    for event in events:
        log.append(0, event)
    return log


def event(visitor: str, product: str, minute: float, **more: object) -> Event:
    values: dict[str, object] = {"type": "view", "weight": 1.0, **more}
    return Event(
        event_id=f"{visitor}{minute}",
        timestamp=START + 60.0 * minute,
        visitor=Visitor("user", visitor),
        product_id=product,
        **values,  # type: ignore[arg-type]
    )


def test_sessions_end_with_a_pause_and_come_in_order_of_their_ends() -> None:
    events = [
        event("ann", "a", 0, categories=("X", "Y")),
        event("bob", "b", 1),
        event("ann", "c", 2, categories=("Z",)),
        event("ann", "a", 40, categories=("Z",)),
        event("bob", "c", 20),
        event("ann", "b", 41, categories=("X",)),
    ]
    data = read_log(log_of(events))
    assert [data.train[n].tolist() for n in range(len(data.train))] == [[0, 2], [1, 2], [0, 1]]
    assert ((data.times - START) / 60).tolist() == [0, 2, 1, 20, 40, 41]
    assert data.categories.tolist() == [0, 0, 1]
    assert data.timed


def test_what_the_learner_ignores_is_left_out() -> None:
    events = [
        event("ann", "a", 0),
        event("ann", "a", 1, type="add_to_cart"),
        event("ann", "b", 2, weight=-1.0),
        event("ann", "b", 3, type="impression"),
        event("ann", "", 4),
        event("ann", "c", 5),
    ]
    data = read_log(log_of(events))
    assert [data.train[n].tolist() for n in range(len(data.train))] == [[0, 1]]
    assert ((data.times - START) / 60).tolist() == [0, 5]


def test_what_cannot_be_read_is_left_out() -> None:
    log = log_of([event("ann", "a", 0)])
    log.append_raw(0, b'{"event_id": 7')
    log.append(0, event("ann", "b", 1))
    assert read_log(log).train[0].tolist() == [0, 1]


def test_a_robot_is_one_session_until_it_pauses_as_it_is_to_the_learner() -> None:
    """However long it goes on; only so many of its events are learnt from."""
    step = 10.0 * GAP_SECONDS / MAX_EVENTS_A_SESSION / 60.0
    robot = [event("robot", f"p{n % 7}", n * step) for n in range(2 * MAX_EVENTS_A_SESSION)]
    back = event("robot", "p0", 2 * MAX_EVENTS_A_SESSION * step + GAP_SECONDS / 60.0)
    data = read_log(log_of([*robot, back]))
    assert np.diff(data.train.starts).tolist() == [MAX_EVENTS_A_SESSION, 1]


def test_a_long_log_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.event_log.READ_LIMIT", 3)
    data = read_log(log_of([event(f"v{n // 2}", f"p{n}", n) for n in range(40)]))
    assert (len(data.train), len(data.train.clicks)) == (20, 40)


def test_a_log_with_nothing_to_learn_from() -> None:
    for events in ([], [event("ann", "", 0)]):
        with pytest.raises(LogError, match="no event to learn from"):
            read_log(log_of(events))
