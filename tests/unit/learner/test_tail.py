"""The learner's order: partitions merged by the ids of their entries, however the log is read."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import Event, Visitor
from events.log import BadEntry, LogEntry, entry_time
from learner import tail
from learner.model import open_model
from learner.tail import Tail, in_order
from recommender.model import SCHEMA, Capacity
from recommender.popularity_tables import PopularityHalfLives
from recommender.table_files import open_for_reading

CAPACITY = Capacity(sessions=64, products=64, categories=8, pairs=256)


class ListLog:
    """A log in a list."""

    def __init__(self, entries: list[LogEntry]) -> None:
        self.entries = sorted(entries, key=lambda entry: (entry.partition, entry_time(entry.id)))

    def newest(self, limit: int) -> list[LogEntry]:
        return self.entries[-limit:]

    def bury(self, entries: Sequence[BadEntry]) -> None:
        raise AssertionError("there are none")

    def dead(self, limit: int) -> list[BadEntry]:
        return []

    def oldest(self) -> dict[int, str]:
        return {entry.partition: entry.id for entry in reversed(self.entries)}

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry | BadEntry]:
        found: dict[int, list[LogEntry]] = {}
        for entry in self.entries:
            if entry_time(entry.id) > entry_time(positions.get(entry.partition, "0-0")):
                found.setdefault(entry.partition, []).append(entry)
        return [entry for part in found.values() for entry in part[:limit]]


def entry(partition: int, entry_id: str, visitor: str = "v", product: str = "p") -> LogEntry:
    happened = Event(
        event_id=entry_id + visitor,
        type="view",
        timestamp=1.8e9 + entry_time(entry_id)[0],
        visitor=Visitor("user", visitor),
        weight=1.0,
        product_id=product,
    )
    return LogEntry(partition, entry_id, happened)


def some_entries(count: int) -> list[LogEntry]:
    rng = random.Random(5)
    ids = [f"{n // 3}-{n % 3}" for n in range(3, count + 3)]
    made = []
    for entry_id in ids:
        visitor = rng.randrange(12)
        made.append(entry(visitor % 4, entry_id, f"v{visitor}", f"p{rng.randrange(30)}"))
    return made


def test_partitions_are_merged_by_id_and_then_by_partition() -> None:
    mixed = [entry(1, "5-0"), entry(1, "10-0"), entry(0, "5-0"), entry(0, "5-1")]
    assert [(e.partition, e.id) for e in in_order(mixed, limit=9)] == [(0, "5-0"), (1, "5-0"), (0, "5-1"), (1, "10-0")]


def test_a_partition_that_has_more_holds_back_the_others() -> None:
    read = [entry(0, "1-0"), entry(0, "2-0"), entry(1, "1-5"), entry(1, "9-0")]
    assert [e.id for e in in_order(read, limit=2)] == ["1-0", "1-5", "2-0"]
    assert [e.id for e in in_order(read, limit=3)] == ["1-0", "1-5", "2-0", "9-0"]


@given(st.integers(1, 60), st.integers(0, 100))
@settings(deadline=None)
def test_whatever_is_read_at_once_the_order_is_the_same(limit: int, count: int) -> None:
    log, positions, seen = ListLog(some_entries(count)), dict[int, str](), []
    while batch := in_order(log.read(positions, limit), limit):
        positions.update((e.partition, e.id) for e in batch)
        seen += batch
    assert seen == in_order(log.entries, limit=10**9)


@pytest.mark.parametrize("at_once", [3, 50])
def test_it_goes_on_where_the_snapshot_was_taken(tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "READ_LIMIT", at_once)
    entries = some_entries(300)
    tables = []
    for cuts in ((300,), (100, 300)):
        folder = tmp_path / str(len(cuts))
        for cut in cuts:
            opened = open_model(folder, CAPACITY, PopularityHalfLives())
            follower = Tail(ListLog(entries[:cut]), (opened.model, opened.positions), 1e9, lambda: 0.0)
            while follower.step():
                pass
            follower.keep()
            opened.model.learn([entry(9, "9999-0", "lost", "nothing").event])  # after the snapshot: gone with it
            opened.model.close()
        opened = open_model(folder, CAPACITY, PopularityHalfLives())
        arrays = open_for_reading(folder / "tables", SCHEMA).arrays
        tables.append({name: array.tobytes() for name, array in arrays.items()})
        opened.model.close()
    assert tables[0] == tables[1]


def test_a_snapshot_is_taken_when_it_is_time_and_there_is_news(tmp_path: Path) -> None:
    now = [0.0]
    opened = open_model(tmp_path, CAPACITY, PopularityHalfLives())
    follower = Tail(ListLog(some_entries(20)), (opened.model, {}), 60.0, lambda: now[0])
    follower.step()
    assert not (tmp_path / "snapshots").exists()
    for _ in range(2):
        now[0] += 61.0
        follower.step()
    assert [folder.name for folder in (tmp_path / "snapshots").iterdir()] == ["snapshot-000000001"]
    opened.model.close()
