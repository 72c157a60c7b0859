"""The event log as sessions."""

from collections.abc import Mapping, Sequence

import pytest

from evaluation.data import HALF_LIFE_SECONDS
from evaluation.event_log import LogError, read_log
from events.event import Event, Visitor
from events.log import LogEntry

START = 1_790_000_000.0


class ListLog:
    """A log of one partition, in memory."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._entries = [LogEntry(0, f"{n}-0", event) for n, event in enumerate(events, start=1)]

    def newest(self, limit: int) -> list[LogEntry]:
        return self._entries[::-1][:limit]

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry]:
        first = int(positions.get(0, "0-0").partition("-")[0])
        return self._entries[first : first + limit]


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
    data = read_log(ListLog(events))
    assert [data.train[n].tolist() for n in range(len(data.train))] == [[0, 2], [1, 2], [0, 1]]
    assert ((data.moments * HALF_LIFE_SECONDS - START) / 60).round(6).tolist() == [0, 2, 1, 20, 40, 41]
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
    assert [read_log(ListLog(events)).train[0].tolist()] == [[0, 1]]


def test_a_long_log_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.event_log.READ_LIMIT", 3)
    data = read_log(ListLog([event(f"v{n // 2}", f"p{n}", n) for n in range(40)]))
    assert (len(data.train), len(data.train.clicks)) == (20, 40)


def test_a_log_with_nothing_to_learn_from() -> None:
    for events in ([], [event("ann", "", 0)]):
        with pytest.raises(LogError, match="no event to learn from"):
            read_log(ListLog(events))
