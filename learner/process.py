"""The learner's process: a model brought up to date with the log until it is told to end."""

from collections.abc import Callable
from typing import Any, Protocol

from events.log import LogUnavailable
from learner.tail import Tail
from recommender.learner_status import LearnerStatus, save_status
from recommender.table_schema import TableError
from recommender.versions import Versions

OUTAGE_SECONDS = 0.5
# The file that says how it goes is written this often.
STATUS_SECONDS = 0.5


class Log(Protocol):
    """Writes log lines."""

    def warning(self, event: str, **fields: Any) -> Any:
        """A line that somebody should look at."""


class LearnerProcess:
    """Runs a `Tail`, follows the version in use, and says how it goes in `LearnerStatus` and in log lines."""

    def __init__(self, tail: Tail, versions: Versions, log: Log, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        self._tail, self._versions, self._log, self._clock = tail, versions, log, clock
        self._said_at = 0.0
        self._refused = ""
        self._buried = 0

    def run(self, wait: Callable[[float], bool]) -> None:
        """Learn until `wait(seconds)`, which sleeps, returns True; then keep the model."""
        self._follow_version()
        if self._look_for_gaps(wait):
            self._tail.run(wait, self._report)
        self._say(self._clock())

    def _follow_version(self) -> None:
        """Go back to the tables of a version, once, if that is what its choice asked for."""
        chosen, model = self._versions.read_current(), self._tail.model
        if chosen.restore_from is None or chosen.serial == model.serial:
            return
        try:
            self._tail.restore(chosen.restore_from, chosen.serial)
            self._log.warning("model_restored", version=chosen.number)
        except TableError as error:
            model.serial = chosen.serial
            self._log.warning("model_not_restored", version=chosen.number, error=str(error))

    def _look_for_gaps(self, wait: Callable[[float], bool]) -> bool:
        """Say whether the log was cut before it was learnt from. False when told to end meanwhile."""
        while True:
            try:
                gaps = self._tail.find_gaps()
            except LogUnavailable:
                if wait(OUTAGE_SECONDS):
                    return False
                continue
            if gaps:
                self._log.warning("log_cut_before_learnt", partitions=gaps)
            return True

    def _report(self) -> None:
        now = self._clock()
        if self._tail.buried > self._buried:
            self._log.warning("entries_buried", entries=self._tail.buried - self._buried)
            self._buried = self._tail.buried
        if self._tail.refused and self._tail.refused != self._refused:
            self._log.warning("model_not_kept", error=self._tail.refused)
        self._refused = self._tail.refused
        if now - self._said_at >= STATUS_SECONDS:
            if not self._versions.is_current():
                self._follow_version()
            self._say(now)

    def _say(self, now: float) -> None:
        tail, self._said_at = self._tail, now
        save_status(
            tail.model.folder,
            LearnerStatus(now, tail.newest, tail.lag_seconds, tail.learnt, tail.buried, tail.model.ignored),
        )
