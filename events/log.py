"""The event log's port: what happened, in order, for whoever learns from it or watches it.

Events are appended by the profile store, in the same step as the profile changes (`profiles/apply.lua`); this port
reads them. Positions are per partition, because only within a partition is there an order.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from events.event import Event


class LogEntry(msgspec.Struct, frozen=True):
    """One event and its place in the log; `id` orders entries by the time they were appended."""

    partition: int
    id: str
    event: Event


class EventLog(Protocol):
    """Reads the log. Every method may raise `LogUnavailable`."""

    def newest(self, limit: int) -> list[LogEntry]:
        """The last `limit` events of all partitions, newest first."""

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry]:
        """Up to `limit` events of each partition after its position (from the oldest kept, when it has none)."""


class LogUnavailable(Exception):
    """Raised when the log cannot be reached. Safe to try again."""
