"""Following the event log: what is new goes to the model, in one order, and now and then the model is kept.

Partitions are merged by the ids of their entries, which say when they were appended; of equal ids the lower partition
comes first. A partition that has more than was read bounds what is taken of the others, so a replay of a log that is
all there merges it in this order however it is cut. While events arrive, one that another server appended a little late
may come after younger ones; sums do not mind, and sessions are each of one visitor, so of one partition.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from events.log import BadEntry, EventLog, LogEntry, LogUnavailable, entry_time
from learner.model import ModelWriter, Positions
from recommender.table_schema import TableError

# Entries of each partition that are read at once.
READ_LIMIT = 500
# Many small steps cost more than few large ones; an event waits for half of this, and for the step.
STEP_SECONDS = 0.2
OUTAGE_SECONDS = 0.5
# Products whose neighbours are looked up again in a step that found nothing to learn: some 20 ms.
SETTLED_AT_ONCE = 1000
# And in one that found a little.
SETTLED_BESIDE = 100
Entry = LogEntry | BadEntry


class Tail:
    """Brings a model up to date with a log, from `positions` on. `clock` gives Unix seconds.

    `learnt` and `buried` count entries, the latter those that cannot be handled; `newest` is the time at which the last
    entry was appended, Unix seconds, 0 before the first; `lag_seconds` is how long after that it was learnt, 0 when
    there was nothing new.
    """

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
        self.learnt = self.buried = 0
        self.newest = self.lag_seconds = 0.0
        self.refused = ""

    def run(self, wait: Callable[[float], bool], report: Callable[[], None]) -> None:
        """Learn until `wait(seconds)`, which sleeps, returns True; then keep the model. Outages are waited out.

        `report()` is called after every step.
        """
        pause = 0.0
        while not wait(pause):
            try:
                pause = 0.0 if self.step() >= READ_LIMIT else STEP_SECONDS
            except LogUnavailable:
                pause = OUTAGE_SECONDS
            report()
        self.keep()

    def step(self) -> int:
        """Learn from what is new; returns the number of entries that were read, 0 when there are none.

        Raises:
            LogUnavailable: the log cannot be reached; nothing was learnt.
        """
        entries = in_order(self._log.read(self.positions, READ_LIMIT), READ_LIMIT)
        bad = [entry for entry in entries if isinstance(entry, BadEntry)]
        if bad:
            self._log.bury(bad)
        self.model.learn([entry.event for entry in entries if isinstance(entry, LogEntry)])
        self.positions.update((entry.partition, entry.id) for entry in entries)
        self.buried += len(bad)
        self.learnt += len(entries) - len(bad)
        if entries:
            self.newest = entry_time(entries[-1].id)[0] / 1000.0
            self.lag_seconds = max(self._clock() - self.newest, 0.0)
        else:
            self.lag_seconds = 0.0
        if len(entries) < READ_LIMIT:
            self.model.settle(SETTLED_BESIDE if entries else SETTLED_AT_ONCE)
        if self._clock() - self._kept_at >= self._every:
            self.keep()
        return len(entries)

    def find_gaps(self) -> list[int]:
        """Partitions of which entries may be gone that were never learnt: all that is kept is younger than ours.

        Raises:
            LogUnavailable: the log cannot be reached.
        """
        oldest, known = self._log.oldest(), self.positions.items()
        return [p for p, position in known if p in oldest and entry_time(oldest[p]) > entry_time(position)]

    def restore(self, folder: Path, serial: int) -> None:
        """Go back to a version's snapshot, and on from there; see `ModelWriter.restore`.

        Raises:
            TableError: it cannot be used here; nothing has changed.
        """
        self.positions = self.model.restore(folder, serial)
        self._kept = {}
        self.keep()

    def keep(self) -> None:
        """Write a snapshot, unless nothing was learnt since the last one. `refused` says why it could not be, if so."""
        self._kept_at, self.refused = self._clock(), ""
        if self.positions != self._kept:
            try:
                self.model.snapshot(self.positions)
                self._kept = dict(self.positions)
            except TableError as error:  # the disk is full, perhaps for a moment: what is learnt is still in the log
                self.refused = str(error)


def in_order(entries: Sequence[Entry], limit: int) -> list[Entry]:
    """Entries of several partitions, each in order, merged; without those that come after what was not read."""
    last: dict[int, tuple[int, ...]] = {}
    counts: dict[int, int] = {}
    for entry in entries:
        last[entry.partition] = entry_time(entry.id)
        counts[entry.partition] = counts.get(entry.partition, 0) + 1
    full = [last[partition] for partition, count in counts.items() if count >= limit]
    merged = sorted(entries, key=lambda entry: (entry_time(entry.id), entry.partition))
    return [entry for entry in merged if not full or entry_time(entry.id) <= min(full)]
