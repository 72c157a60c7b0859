"""The event log's port: what happened, in order, for whoever learns from it or watches it.

Events are appended by the profile store, in the same step as the profile changes (`profiles/apply.lua`); this port
reads them. Positions are per partition, because only within a partition is there an order. What cannot be handled is
set aside as a dead letter, so that one bad entry does not hold up all that come after it.

Implementations: `redis_log.RedisEventLog` and `memory_log.MemoryEventLog`. The same contract suite runs on both
(`tests/contract/test_event_log.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from events.event import Event

# About so many dead letters are kept of each partition: enough to see what is wrong, whoever writes nonsense all day.
MAX_DEAD = 1000

_decode = msgspec.json.Decoder(Event).decode


# Kept from the garbage collector for the reason that events are (`events/event.py`).
class LogEntry(msgspec.Struct, frozen=True, gc=False):
    """One event and its place in the log; `id` orders entries by the time they were appended."""

    partition: int
    id: str
    event: Event


class BadEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry that cannot be handled: its place, its bytes as they were found, and a sentence that says why."""

    partition: int
    id: str
    raw: bytes
    reason: str


class EventLog(Protocol):
    """Reads the log. Every method may raise `LogUnavailable`."""

    def newest(self, limit: int) -> list[LogEntry]:
        """The last `limit` events of all partitions, newest first; bad entries are left out."""

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry | BadEntry]:
        """Up to `limit` entries of each partition after its position (from the oldest kept, when it has none)."""

    def bury(self, entries: Sequence[BadEntry]) -> None:
        """Keep entries as dead letters, about `MAX_DEAD` of each partition. Safe to repeat: one that is kept stays."""

    def dead(self, limit: int) -> list[BadEntry]:
        """The last `limit` dead letters of all partitions, the last buried first, with their ids in the log."""

    def oldest(self) -> dict[int, str]:
        """The id of the oldest entry kept, for each partition that has any."""


class LogUnavailable(Exception):
    """Raised when the log cannot be reached. Safe to try again."""


def parse_entry(partition: int, entry_id: str, raw: bytes) -> LogEntry | BadEntry:
    """The entry whose event is `raw` as JSON.

    JSON has no numbers that are not finite: they are written as null or are out of range, and so are bad here.
    """
    try:
        return LogEntry(partition, entry_id, _decode(raw))
    except (ValueError, RecursionError) as error:  # msgspec's errors are values' errors
        return BadEntry(partition, entry_id, raw, f"No event can be read from its JSON: {error}.")


def entry_time(entry_id: str) -> tuple[int, int]:
    """What orders ids: milliseconds and a number within them; `1795273600000-10` comes after `1795273600000-9`."""
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)
