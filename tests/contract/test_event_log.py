"""The event log as the profile store writes it, on both kinds of server."""

import time
from pathlib import Path

import pytest
import redis

from events.event import Event, Visitor
from events.log import LogUnavailable
from events.redis_log import RedisEventLog
from events.taxonomy import load_taxonomy
from profiles.delta import HalfLives
from profiles.keys import Keyspace
from profiles.profile import Bounds
from profiles.redis_store import RedisProfileStore, Retention

NOW = 1_795_000_000.0
DAY = 86400
KEYSPACE = Keyspace("test", 4, DAY)
RICH = Event(
    event_id="rich",
    type="purchase",
    timestamp=NOW - 0.125,
    visitor=Visitor("anonymous", "b"),
    weight=7.5,
    product_id="größe/1",
    categories=("A > B", "C"),
    price=0.1,
    quantity=2.25,
    order_id="o",
    previous=Visitor("anonymous", "c"),
    traits={"vip": True, "age": 3.5},
    properties={"deep": [{"a": None}]},
)


class Log:
    """A log, and the profile store that appends to it."""

    def __init__(self, url: str, entries: int = 10_000, partitions: int = KEYSPACE.partitions) -> None:
        client = redis.Redis.from_url(url)
        keyspace = Keyspace("test", partitions, DAY)
        retention = Retention(profile_seconds=DAY, session_seconds=DAY, log_seconds=DAY, log_entries=entries)
        interpretation = (HalfLives(DAY, 1800.0), load_taxonomy())
        self.store = RedisProfileStore((client, client), keyspace, retention, Bounds(100, 100, 5), interpretation)
        self.log = RedisEventLog(client, partitions, keyspace.log_key)


@pytest.fixture
def logged(any_store: str) -> Log:
    return Log(any_store)


def event(number: int, user: str = "u") -> Event:
    return Event(event_id=f"e{number}", type="view", timestamp=NOW, visitor=Visitor("user", user), product_id="p")


def spread(count: int) -> list[Event]:
    """Events of users in all partitions."""
    events = [event(number, f"user-{number}") for number in range(count)]
    assert {KEYSPACE.partition(e.visitor.key) for e in events} == set(range(KEYSPACE.partitions))
    return events


def test_an_empty_log_has_no_events(logged: Log) -> None:
    assert logged.log.newest(10) == []
    assert logged.log.read({}, 10) == logged.log.read({2: "5-1"}, 10) == []


def test_an_event_comes_back_as_it_was(logged: Log) -> None:
    logged.store.apply([RICH], NOW)
    (entry,) = logged.log.newest(10)
    assert entry.event == RICH
    assert entry.partition == KEYSPACE.partition("a:b")


def test_the_newest_come_first_from_all_partitions(logged: Log) -> None:
    events = spread(24)
    for one in events:
        logged.store.apply([one], NOW)
        time.sleep(0.002)  # ids are the server's milliseconds; within one there is no order between partitions
    assert [entry.event for entry in logged.log.newest(5)] == events[:-6:-1]
    assert [entry.event for entry in logged.log.newest(100)] == events[::-1]


def test_many_in_one_millisecond_are_in_order(logged: Log) -> None:
    events = [event(number) for number in range(150)]
    logged.store.apply(events, NOW)
    assert [entry.event for entry in logged.log.newest(20)] == events[:-21:-1]


def test_reading_goes_on_from_a_position_in_each_partition(logged: Log) -> None:
    events = spread(40)
    logged.store.apply(events, NOW)
    positions: dict[int, str] = {}
    found = []
    while entries := logged.log.read(positions, 3):
        assert max(sum(entry.partition == p for entry in entries) for p in range(KEYSPACE.partitions)) <= 3
        for entry in entries:
            assert positions.get(entry.partition, "") != entry.id
            positions[entry.partition] = entry.id
        found += [entry.event for entry in entries]
    assert sorted(e.event_id for e in found) == sorted(e.event_id for e in events)
    by_user = [e for e in found if KEYSPACE.partition(e.visitor.key) == 1]
    assert by_user == [e for e in events if KEYSPACE.partition(e.visitor.key) == 1]
    late = event(99, "user-3")
    logged.store.apply([late], NOW)
    assert [entry.event for entry in logged.log.read(positions, 3)] == [late]


def test_duplicates_are_not_logged(logged: Log) -> None:
    logged.store.apply([event(1), event(1), event(2)], NOW)
    logged.store.apply([event(2)], NOW)
    assert [entry.event.event_id for entry in logged.log.newest(10)] == ["e2", "e1"]


def test_events_of_a_merged_browser_are_logged_as_the_users(logged: Log) -> None:
    browser, user = Visitor("anonymous", "b"), Visitor("user", "u")
    logged.store.merge(browser, user, NOW)
    logged.store.apply([RICH], NOW)
    (entry,) = logged.log.newest(10)
    assert (entry.event.visitor, entry.partition) == (user, KEYSPACE.partition(user.key))


def test_the_log_is_bounded_by_length(any_store: str) -> None:
    logged = Log(any_store, entries=200, partitions=1)
    for start in range(0, 2000, 100):
        logged.store.apply([event(number) for number in range(start, start + 100)], NOW)
    entries = logged.log.read({}, 5000)
    assert 200 <= len(entries) < 500  # the server trims whole nodes of about a hundred
    assert entries[-1].event == event(1999)


def test_the_log_is_bounded_by_age(any_store: str) -> None:
    logged = Log(any_store, partitions=1)
    logged.store.apply([event(number) for number in range(1000)], time.time())
    assert len(logged.log.read({}, 5000)) == 1000
    logged.store.apply([event(1000)], time.time() + DAY - 60)
    assert len(logged.log.read({}, 5000)) == 1001
    logged.store.apply([event(1001)], time.time() + DAY + 60)
    assert len(logged.log.read({}, 5000)) < 300


def test_a_log_that_does_not_answer_says_so(tmp_path: Path) -> None:
    logged = Log(f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(LogUnavailable):
        logged.log.newest(1)
    with pytest.raises(LogUnavailable):
        logged.log.read({}, 1)
