"""The event log's port: what happened, in order, for whoever learns from it or watches it.

Events are appended by the profile store, in the same step as the profile changes (`profiles/apply.lua`); this port
reads them. Positions are per partition, because only within a partition is there an order.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from events.event import Event


class LogEntry(msgspec.Struct, frozen=True):
    """One event and its place in the log; `id` orders entries by the time they were appended."""

    partition: int
    id: str
    event: Event


class BadEntry(msgspec.Struct, frozen=True):
    """An entry that cannot be handled: what is in it, and why not."""

    partition: int
    id: str
    raw: bytes
    reason: str


class EventLog(Protocol):
    """Reads the log. Every method may raise `LogUnavailable`."""

    def newest(self, limit: int) -> list[LogEntry]:
        """The last `limit` events of all partitions, newest first."""

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry | BadEntry]:
        """Up to `limit` events of each partition after its position (from the oldest kept, when it has none)."""

    def bury(self, entries: Sequence[BadEntry]) -> None:
        """Append to the dead letters. Safe to repeat."""

    def oldest(self) -> dict[int, str]:
        """The id of the oldest entry kept, by partition that has any."""


class LogUnavailable(Exception):
    """Raised when the log cannot be reached. Safe to try again."""
