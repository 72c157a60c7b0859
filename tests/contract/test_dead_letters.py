"""What every `EventLog` does with entries that cannot be handled; Redis on both kinds of server."""

import time

import msgspec
import pytest

from events import redis_log
from events.log import MAX_DEAD, BadEntry, LogEntry
from tests.logs import KEYSPACE, NOW, RICH, InRedis, Logged, bad, event

GOOD = msgspec.json.encode(RICH)
DEEP = b'{"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "truncated"),
        (b"\xff\x00", "malformed"),
        (b"[1]", "Expected `object`"),
        (b'{"type":"view"}', "missing required field"),
        (GOOD[:-1], "truncated"),
        (GOOD.replace("ö".encode(), b"\xff"), "utf-8"),
        (GOOD.replace(b'"anonymous"', b'"robot"'), "robot"),
        (GOOD.replace(b'{"deep":[{"a":null}]}', DEEP), "recursion"),
        (GOOD.replace(b'"weight":7.5', b'"weight":null'), "$.weight"),
        (GOOD.replace(b'"weight":7.5', b'"weight":1e999'), "$.weight"),
        (GOOD.replace(b'"weight":7.5', b'"weight":-1e999'), "$.weight"),
        (GOOD.replace(b'"weight":7.5', b'"weight":NaN'), "malformed"),
        (GOOD.replace(b'"quantity":2.25', b'"quantity":1e999'), "$.quantity"),
        (GOOD.replace(b'"age":3.5', b'"age":1e999'), "$.traits"),
        (msgspec.json.encode(msgspec.structs.replace(RICH, timestamp=float("nan"))), "$.timestamp"),
        (msgspec.json.encode(msgspec.structs.replace(RICH, weight=float("-inf"))), "$.weight"),
    ],
)
def test_a_bad_entry_is_told_apart_from_those_around_it(logged: Logged, raw: bytes, says: str) -> None:
    assert raw != GOOD
    before, after = event(1), event(2)
    partition = KEYSPACE.partition(before.visitor.key)
    logged.store.apply([before], NOW)
    entry_id = logged.append_raw(partition, raw)
    logged.store.apply([after], NOW)
    first, wrong, last = logged.log.read({}, 10)
    assert isinstance(wrong, BadEntry)
    assert (wrong.partition, wrong.id, wrong.raw) == (partition, entry_id, raw)
    assert says in wrong.reason
    assert wrong.reason.startswith("No event can be read from its JSON: ")
    assert wrong.reason.endswith(".")
    assert logged.log.newest(10) == [last, first]
    assert logged.log.newest(1) == [last]
    assert [getattr(entry, "event", None) for entry in (first, last)] == [before, after]
    assert logged.log.read({partition: wrong.id}, 10) == [last]
    logged.log.bury([wrong])
    assert logged.log.dead(10) == [wrong]


def test_bad_entries_count_within_the_limit(logged: Logged) -> None:
    ids = [logged.append_raw(1, b"%d" % number) for number in range(5)]
    assert [entry.id for entry in logged.log.read({}, 2)] == ids[:2]
    assert logged.log.newest(10) == []
    assert logged.log.oldest() == {1: ids[0]}


def test_the_dead_come_back_the_last_buried_first(logged: Logged) -> None:
    letters = [bad(number, number % KEYSPACE.partitions) for number in range(20)]
    for letter in letters:
        logged.log.bury([letter])
        time.sleep(0.002)  # as above
    assert logged.log.dead(5) == letters[:-6:-1]
    assert logged.log.dead(100) == letters[::-1]
    assert logged.log.read({}, 10) == []
    assert logged.log.newest(10) == []
    assert logged.log.oldest() == {}


def test_burying_again_changes_nothing(logged: Logged) -> None:
    letters = [bad(number, partition=2) for number in range(4)]
    logged.log.bury([letters[2], letters[3], letters[2]])
    logged.log.bury(letters)  # also those that are older than what is there
    logged.log.bury([msgspec.structs.replace(letters[1], reason="Another.")])
    assert logged.log.dead(10) == [letters[1], letters[0], letters[3], letters[2]]
    elsewhere = msgspec.structs.replace(letters[1], partition=3)  # another entry that happens to have the same id
    logged.log.bury([elsewhere])
    assert sorted(letter.partition for letter in logged.log.dead(10)) == [2, 2, 2, 2, 3]


def test_dead_letters_are_bounded_in_each_partition(logged: Logged) -> None:
    logged.log.bury([bad(1, partition=3)])
    letters = [bad(number) for number in range(2 * MAX_DEAD)]
    logged.log.bury(letters)
    kept = [letter for letter in logged.log.dead(5 * MAX_DEAD) if letter.partition == 0]
    assert MAX_DEAD <= len(kept) < MAX_DEAD + 200
    assert kept == letters[: -len(kept) - 1 : -1]
    assert bad(1, partition=3) in logged.log.dead(5 * MAX_DEAD)


def test_an_entry_without_the_event_is_bad(any_store: str) -> None:
    logged = InRedis(any_store)
    entry_id = logged.append_fields(0, {"x": b"1", "y": b"\xff"})
    logged.append_fields(0, {"x": b"1", "e": GOOD})
    wrong, entry = logged.log.read({}, 10)
    assert wrong == BadEntry(0, entry_id, b"x 1 y \xff", "The entry has no field e, the event's JSON.")
    assert isinstance(entry, LogEntry)
    assert entry.event == RICH


def test_dead_letters_lie_beside_their_log_for_a_while(any_store: str) -> None:
    logged = InRedis(any_store)
    logged.log.bury([bad(7, partition=2)])
    (key,) = logged.client.keys()
    assert key == b"test:{p002}:dead"
    assert 0 < logged.client.ttl(key) <= redis_log.DEAD_SECONDS
