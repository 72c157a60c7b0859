"""What the log in memory does beyond the contract that it shares with Redis (tests/contract/test_event_log.py)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.event import Event, Visitor
from events.log import entry_time
from events.memory_log import MemoryEventLog


def event(number: int) -> Event:
    return Event(event_id=f"e{number}", type="view", timestamp=1.8e9, visitor=Visitor("user", "u"), product_id="p")


@pytest.mark.parametrize(
    ("entry_id", "time"), [("5-1", (5, 1)), ("1795273600000-10", (1795273600000, 10)), ("7", (7, 0))]
)
def test_ids_are_ordered_by_their_numbers(entry_id: str, time: tuple[int, int]) -> None:
    assert entry_time(entry_id) == time


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(1e9, 1.001e9)), max_size=40))
def test_ids_rise_in_each_partition_even_when_the_clock_is_set_back(steps: list[tuple[int, float]]) -> None:
    now = [0.0]
    log = MemoryEventLog(3, lambda: now[0], max_age_seconds=1e9)
    ids: dict[int, list[str]] = {}
    for number, (partition, now[0]) in enumerate(steps):
        ids.setdefault(partition, []).append(log.append(partition, event(number)))
    for partition, part in ids.items():
        times = [entry_time(entry_id) for entry_id in part]
        assert times == sorted(set(times))
        assert times[0][0] == int(next(at for p, at in steps if p == partition) * 1000)
    assert {partition: part[0] for partition, part in ids.items()} == log.oldest()


def test_its_bounds_are_exact() -> None:
    now = [1000.0]
    log = MemoryEventLog(2, lambda: now[0], max_entries=3, max_age_seconds=60.0)
    ids = [log.append(0, event(number)) for number in range(5)]
    assert [entry.id for entry in log.read({}, 10)] == ids[2:]
    now[0] += 60.0
    assert log.oldest() == {0: ids[2]}
    last = log.append(0, event(5))
    assert log.oldest() == {0: ids[3]}  # just as old as may be
    now[0] += 0.001
    log.append(1, event(6))
    assert log.oldest()[0] == ids[3]  # nothing has come to its partition
    log.append(0, event(7))
    assert log.oldest()[0] == last
