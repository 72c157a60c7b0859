"""The event log in this process's memory: for tests, and as the plain statement of what a log does."""

import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import itemgetter

import msgspec

from events.event import Event
from events.log import MAX_DEAD, BadEntry, LogEntry, entry_time, parse_entry

# An entry's time, as `entry_time` gives it, and the event as JSON: what is read is what a store would give back.
_Stored = tuple[tuple[int, int], bytes]


class MemoryEventLog:
    """An `EventLog`, lost when the process ends. `clock` gives seconds, as `time.time` does.

    Of each partition it keeps the last `max_entries` events, none older than `max_age_seconds` when one is appended.
    """

    def __init__(
        self,
        partitions: int,
        clock: Callable[[], float],
        *,
        max_entries: int = 10_000,
        max_age_seconds: float = 7 * 86400.0,
    ) -> None:
        self.partitions = partitions
        self._clock = clock
        self._max_entries, self._max_age_ms = max_entries, int(max_age_seconds * 1000)
        self._entries: list[list[_Stored]] = [[] for _ in range(partitions)]
        self._last = [(0, 0)] * partitions
        self._dead = [deque[tuple[int, BadEntry]](maxlen=MAX_DEAD) for _ in range(partitions)]
        self._buried = 0
        self._lock = threading.Lock()

    def append(self, partition: int, event: Event) -> str:
        """Append an event; returns its id."""
        return self.append_raw(partition, msgspec.json.encode(event))

    def append_raw(self, partition: int, raw: bytes) -> str:
        """Append bytes whatever they are, as a program other than the service might do; returns the entry's id."""
        with self._lock:
            now, (last, sequence) = int(self._clock() * 1000), self._last[partition]
            # The clock may be set back; ids rise all the same.
            time = (now, 0) if now > last else (last, sequence + 1)
            self._last[partition] = time
            entries = self._entries[partition]
            entries.append((time, raw))
            expired = bisect_right(entries, (now - self._max_age_ms, -1), key=itemgetter(0))
            del entries[: max(expired, len(entries) - self._max_entries)]
            return _name(time)

    def newest(self, limit: int) -> list[LogEntry]:
        """See `EventLog.newest`."""
        found = [entry for entry in self.read({}, self._max_entries) if isinstance(entry, LogEntry)]
        return sorted(found, key=lambda entry: (entry_time(entry.id), entry.partition), reverse=True)[:limit]

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry | BadEntry]:
        """See `EventLog.read`."""
        with self._lock:
            found = [self._after(partition, positions.get(partition), limit) for partition in range(self.partitions)]
        return [parse_entry(partition, _name(time), raw) for partition, part in enumerate(found) for time, raw in part]

    def bury(self, entries: Sequence[BadEntry]) -> None:
        """See `EventLog.bury`."""
        with self._lock:
            for entry in entries:
                letters = self._dead[entry.partition]
                if all(entry.id != letter.id for _, letter in letters):
                    self._buried += 1
                    letters.append((self._buried, entry))

    def dead(self, limit: int) -> list[BadEntry]:
        """See `EventLog.dead`."""
        with self._lock:
            letters = sorted(chain(*self._dead), key=itemgetter(0), reverse=True)
        return [letter for _, letter in letters[:limit]]

    def oldest(self) -> dict[int, str]:
        """See `EventLog.oldest`."""
        with self._lock:
            return {number: _name(entries[0][0]) for number, entries in enumerate(self._entries) if entries}

    def _after(self, partition: int, position: str | None, limit: int) -> list[_Stored]:
        entries = self._entries[partition]
        start = bisect_right(entries, entry_time(position), key=itemgetter(0)) if position else 0
        return entries[start : start + limit]


def _name(time: tuple[int, int]) -> str:
    return f"{time[0]}-{time[1]}"
