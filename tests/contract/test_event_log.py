"""One suite for every `EventLog`, with events as the profile store writes them; Redis on both kinds of server."""

import time
from pathlib import Path
from typing import Any

import pytest
import redis

from events.event import Visitor
from events.log import LogEntry, LogUnavailable, entry_time
from tests.logs import DAY, KEYSPACE, NOW, RICH, InRedis, Logged, MakeLog, bad, event, read_good, spread


def test_an_empty_log_has_no_entries(logged: Logged) -> None:
    assert logged.log.newest(10) == []
    assert logged.log.dead(10) == []
    assert logged.log.read({}, 10) == logged.log.read({2: "5-1"}, 10) == []
    assert logged.log.oldest() == {}
    logged.log.bury([])
    assert logged.log.dead(10) == []


def test_an_event_comes_back_as_it_was(logged: Logged) -> None:
    logged.store.apply([RICH], NOW)
    (entry,) = logged.log.newest(10)
    assert entry.event == RICH
    assert entry.partition == KEYSPACE.partition("a:b")
    assert logged.log.read({}, 10) == [entry]
    assert logged.log.oldest() == {entry.partition: entry.id}


def test_the_newest_come_first_from_all_partitions(logged: Logged) -> None:
    events = spread(24)
    for one in events:
        logged.store.apply([one], NOW)
        time.sleep(0.002)  # ids are milliseconds; within one there is no order between partitions
    assert [entry.event for entry in logged.log.newest(5)] == events[:-6:-1]
    assert [entry.event for entry in logged.log.newest(100)] == events[::-1]


def test_many_in_one_millisecond_are_in_order(logged: Logged) -> None:
    events = [event(number) for number in range(150)]
    logged.store.apply(events, NOW)
    assert [entry.event for entry in logged.log.newest(20)] == events[:-21:-1]
    entries = read_good(logged.log)
    assert [entry.event for entry in entries] == events
    times = [entry_time(entry.id) for entry in entries]
    assert times == sorted(set(times))


def test_reading_goes_on_from_a_position_in_each_partition(logged: Logged) -> None:
    events = spread(40)
    logged.store.apply(events, NOW)
    positions: dict[int, str] = {}
    found = []
    while entries := logged.log.read(positions, 3):
        assert max(sum(entry.partition == p for entry in entries) for p in range(KEYSPACE.partitions)) <= 3
        for entry in entries:
            assert isinstance(entry, LogEntry)
            assert positions.get(entry.partition, "") != entry.id
            positions[entry.partition] = entry.id
            found.append(entry.event)
    assert sorted(e.event_id for e in found) == sorted(e.event_id for e in events)
    by_user = [e for e in found if KEYSPACE.partition(e.visitor.key) == 1]
    assert by_user == [e for e in events if KEYSPACE.partition(e.visitor.key) == 1]
    late = event(99, "user-3")
    logged.store.apply([late], NOW)
    (last,) = logged.log.read(positions, 3)
    assert isinstance(last, LogEntry)
    assert last.event == late


def test_a_position_need_not_be_that_of_an_entry(logged: Logged) -> None:
    logged.store.apply([event(1), event(2)], NOW)
    first, second = read_good(logged.log)
    milliseconds, number = entry_time(first.id)
    assert logged.log.read({first.partition: f"{milliseconds - 1}-9"}, 1) == [first]
    assert logged.log.read({first.partition: f"{milliseconds}-{number}"}, 1) == [second]
    assert logged.log.read({first.partition: f"{entry_time(second.id)[0] + 1}-0"}, 1) == []


def test_duplicates_are_not_logged(logged: Logged) -> None:
    logged.store.apply([event(1), event(1), event(2)], NOW)
    logged.store.apply([event(2)], NOW)
    assert [entry.event.event_id for entry in logged.log.newest(10)] == ["e2", "e1"]


def test_events_of_a_merged_browser_are_logged_as_the_users(logged: Logged) -> None:
    browser, user = Visitor("anonymous", "b"), Visitor("user", "u")
    logged.store.merge(browser, user, NOW)
    logged.store.apply([RICH], NOW)
    (entry,) = logged.log.newest(10)
    assert (entry.event.visitor, entry.partition) == (user, KEYSPACE.partition(user.key))


def test_the_log_is_bounded_by_length(make_log: MakeLog) -> None:
    logged = make_log(entries=200, partitions=1)
    for start in range(0, 2000, 100):
        logged.store.apply([event(number) for number in range(start, start + 100)], NOW)
    entries = read_good(logged.log)
    assert 200 <= len(entries) < 500  # a server trims whole nodes of about a hundred
    assert entries[-1].event == event(1999)
    assert logged.log.oldest() == {0: entries[0].id}


def test_the_log_is_bounded_by_age(make_log: MakeLog) -> None:
    logged = make_log(partitions=1)

    def append(numbers: range, later: float) -> int:
        logged.offset = later
        logged.store.apply([event(number) for number in numbers], time.time() + later)
        return len(read_good(logged.log))

    assert append(range(1000), 0.0) == 1000
    assert append(range(1000, 1001), DAY - 60.0) == 1001
    assert append(range(1001, 1002), DAY + 60.0) < 300
    assert logged.log.oldest() == {entry.partition: entry.id for entry in logged.log.read({}, 1)}


def test_each_method_is_one_round_trip(any_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    logged, sent = InRedis(any_store), []
    logged.store.apply(spread(40), NOW)
    connections: Any = redis.connection.AbstractConnection
    send = connections.send_packed_command
    logged.log.dead(1)  # connects

    def count(connection: object, *arguments: object) -> None:
        sent.append(arguments)
        send(connection, *arguments)

    monkeypatch.setattr(connections, "send_packed_command", count)
    many = [bad(number, number % 4) for number in range(1000)]
    for number, ask in enumerate(
        (
            lambda: logged.log.newest(5),
            lambda: logged.log.read({}, 5),
            lambda: logged.log.bury(many),
            lambda: logged.log.dead(5),
            logged.log.oldest,
        )
    ):
        ask()
        assert len(sent) == number + 1


def test_a_log_that_does_not_answer_says_so(tmp_path: Path) -> None:
    log = InRedis(f"unix://{tmp_path}/nobody.sock").log
    for ask in (lambda: log.newest(1), lambda: log.read({}, 1), lambda: log.dead(1), log.oldest):
        with pytest.raises(LogUnavailable):
            ask()
    with pytest.raises(LogUnavailable):
        log.bury([bad(1)])
