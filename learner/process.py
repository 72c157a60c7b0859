"""The learner's process: a model brought up to date with the log until it is told to end."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from events.log import LogUnavailable
from learner.tail import Tail
from recommender.learner_status import LearnerStatus, save_status

OUTAGE_SECONDS = 0.5
# The file that says how it goes is written this often.
STATUS_SECONDS = 0.5


class Log(Protocol):
    """Writes log lines."""

    def warning(self, event: str, **fields: Any) -> Any:
        """A line that somebody should look at."""


class LearnerProcess:
    """Runs a `Tail`, and says how it goes in `LearnerStatus` and in log lines."""

    def __init__(self, tail: Tail, log: Log) -> None:
        self._tail, self._log = tail, log
        self._said_at = 0.0
        self._buried = 0

    def run(self, wait: Callable[[float], bool]) -> None:
        """Learn until `wait(seconds)`, which sleeps, returns True; then keep the model."""
        if self._look_for_gaps(wait):
            self._tail.run(wait, self._report)
        self._say(time.time())

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
        now = time.time()
        if self._tail.buried > self._buried:
            self._log.warning("entries_buried", entries=self._tail.buried - self._buried)
            self._buried = self._tail.buried
        if now - self._said_at >= STATUS_SECONDS:
            self._say(now)

    def _say(self, now: float) -> None:
        tail, self._said_at = self._tail, now
        save_status(
            tail.model.folder,
            LearnerStatus(now, tail.newest, tail.lag_seconds, tail.learnt, tail.buried, tail.model.ignored),
        )
