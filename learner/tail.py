"""Following the event log: what is new goes to the model, in one order, and now and then the model is kept.

Partitions are merged by the ids of their entries, which say when they were appended; of equal ids the lower partition
comes first. A partition that has more than was read bounds what is taken of the others, so a replay of a log that is
all there merges it in this order however it is cut. While events arrive, one that another server appended a little late
may come after younger ones; sums do not mind, and sessions are each of one visitor, so of one partition.
"""

from collections.abc import Callable, Sequence

from events.log import EventLog, LogEntry
from learner.model import ModelWriter, Positions

# Entries of each partition that are read at once.
READ_LIMIT = 500


class Tail:
    """Brings a model up to date with a log, from `positions` on. `clock` gives seconds, as `time.monotonic` does."""

    def __init__(
        self,
        log: EventLog,
        opened: tuple[ModelWriter, Positions],
        snapshot_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._log = log
        self.model, self.positions = opened[0], dict(opened[1])
        self._every, self._clock = snapshot_seconds, clock
        self._kept_at, self._kept = clock(), dict(self.positions)

    def step(self) -> int:
        """Learn from what is new; returns the number of entries that were read, 0 when there are none.

        Raises:
            LogUnavailable: the log cannot be reached; nothing was learnt.
        """
        entries = in_order(self._log.read(self.positions, READ_LIMIT), READ_LIMIT)
        self.model.learn([entry.event for entry in entries])
        self.positions.update((entry.partition, entry.id) for entry in entries)
        if self._clock() - self._kept_at >= self._every:
            self.keep()
        return len(entries)

    def keep(self) -> None:
        """Write a snapshot, unless nothing was learnt since the last one."""
        self._kept_at = self._clock()
        if self.positions != self._kept:
            self.model.snapshot(self.positions)
            self._kept = dict(self.positions)


def in_order(entries: Sequence[LogEntry], limit: int) -> list[LogEntry]:
    """Entries of several partitions, each in order, merged; without those that come after what was not read."""
    last: dict[int, tuple[int, ...]] = {}
    counts: dict[int, int] = {}
    for entry in entries:
        last[entry.partition] = entry_time(entry.id)
        counts[entry.partition] = counts.get(entry.partition, 0) + 1
    full = [last[partition] for partition, count in counts.items() if count >= limit]
    merged = sorted(entries, key=lambda entry: (entry_time(entry.id), entry.partition))
    return [entry for entry in merged if not full or entry_time(entry.id) <= min(full)]


def entry_time(entry_id: str) -> tuple[int, ...]:
    """What orders the ids of entries: `1795273600000-1` comes after `1795273600000-0`."""
    return tuple(int(part) for part in entry_id.split("-"))
