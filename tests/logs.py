"""Event logs of every kind, with the profile stores that append to them, and entries for them."""

import time
from collections.abc import Callable
from typing import Protocol

import redis

from events.event import Event, Visitor
from events.log import BadEntry, EventLog, LogEntry
from events.memory_log import MemoryEventLog
from events.redis_log import RedisEventLog
from events.taxonomy import load_taxonomy
from profiles.delta import HalfLives
from profiles.keys import Keyspace
from profiles.memory_store import MemoryProfileStore
from profiles.profile import Bounds
from profiles.redis_store import RedisProfileStore, Retention
from profiles.store import ProfileStore

NOW = 1_795_000_000.0
DAY = 86400
KEYSPACE = Keyspace("test", 4, DAY)
BOUNDS = Bounds(100, 100, 5)
INTERPRETATION = (HalfLives(DAY, 1800.0), load_taxonomy())
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


class Logged(Protocol):
    """A log, and the profile store that appends to it; its clock is `offset` seconds ahead of the machine's."""

    store: ProfileStore
    log: EventLog
    offset: float

    def append_raw(self, partition: int, raw: bytes) -> str:
        """Append what is no event; returns the entry's id."""


MakeLog = Callable[..., Logged]


class InRedis:
    """Streams, and scripts that append to them."""

    def __init__(self, url: str, entries: int = 10_000, partitions: int = KEYSPACE.partitions) -> None:
        self.client, self.offset = redis.Redis.from_url(url), 0.0
        self.keyspace = Keyspace("test", partitions, DAY)
        retention = Retention(profile_seconds=DAY, session_seconds=DAY, log_seconds=DAY, log_entries=entries)
        clients = (self.client, self.client)
        self.store: ProfileStore = RedisProfileStore(clients, self.keyspace, retention, BOUNDS, INTERPRETATION)
        self.log: EventLog = RedisEventLog(self.client, partitions, self.keyspace)

    def append_raw(self, partition: int, raw: bytes) -> str:
        """See `Logged.append_raw`."""
        return self.append_fields(partition, {"e": raw})

    def append_fields(self, partition: int, fields: dict[str, bytes]) -> str:
        """Append an entry of any fields; returns its id."""
        entry_id: bytes = self.client.xadd(self.keyspace.log_key(partition), fields)  # type: ignore[arg-type, assignment]
        return entry_id.decode()


class InMemory:
    """Lists."""

    def __init__(self, entries: int = 10_000, partitions: int = KEYSPACE.partitions) -> None:
        self.offset = 0.0
        log = MemoryEventLog(partitions, self._clock, max_entries=entries, max_age_seconds=DAY)
        self.store: ProfileStore = MemoryProfileStore(BOUNDS, *INTERPRETATION, log)
        self.log: EventLog = log
        self.append_raw = log.append_raw

    def _clock(self) -> float:
        return time.time() + self.offset


def event(number: int, user: str = "u") -> Event:
    return Event(event_id=f"e{number}", type="view", timestamp=NOW, visitor=Visitor("user", user), product_id="p")


def spread(count: int) -> list[Event]:
    """Events of users in all partitions."""
    events = [event(number, f"user-{number}") for number in range(count)]
    assert {KEYSPACE.partition(e.visitor.key) for e in events} == set(range(KEYSPACE.partitions))
    return events


def read_good(log: EventLog, limit: int = 5000) -> list[LogEntry]:
    """Everything in a log without bad entries."""
    entries = log.read({}, limit)
    assert not any(isinstance(entry, BadEntry) for entry in entries)
    return [entry for entry in entries if isinstance(entry, LogEntry)]


def bad(number: int, partition: int = 0) -> BadEntry:
    return BadEntry(partition, f"{number}-0", b"\xff\x00 %d" % number, f"Größe {number}.")
