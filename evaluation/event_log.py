"""The service's own event log as sessions: what the learner would learn of it, and nothing else."""

import msgspec
import numpy as np

from evaluation.data import Data
from evaluation.sessions import Numbering, Sessions, cut_cases, in_order_of_time
from events.event import Event, Visitor
from events.log import EventLog, LogEntry
from learner.clicks import GAP_SECONDS, MAX_EVENTS_A_SESSION, is_usual, says_something
from learner.tail import in_order

# Entries of each partition that are read at once.
READ_LIMIT = 1000
IMPRESSION = "impression"
Clicks = list[tuple[float, int]]


class LogError(ValueError):
    """Raised when the log has too little to be of use; the message says what would be right."""


def read_log(log: EventLog) -> Data:
    """Every session that the log still has, by rising time of their last click, all of them to learn from.

    A product is in the category that its first event with one named first. Sessions end as the learner ends them.

    Raises:
        LogUnavailable: the log cannot be reached.
        LogError: no event of it is one to learn from.
    """
    reader = _Reader()
    positions: dict[int, str] = {}
    while entries := in_order(log.read(positions, READ_LIMIT), READ_LIMIT):
        for entry in entries:
            if isinstance(entry, LogEntry):
                reader.add(entry.event)
        positions.update((entry.partition, entry.id) for entry in entries)
    return reader.build()


class _Visit(msgspec.Struct):
    """A session: the time of its last event, Unix seconds, and the first of its clicks."""

    latest: float
    clicks: Clicks


class _Reader:
    """Sessions from events in order."""

    def __init__(self) -> None:
        self._numbering, self._categories = Numbering(), Numbering()
        self._category: dict[int, int] = {}
        self._newest: dict[Visitor, _Visit] = {}
        self._visits: list[_Visit] = []

    def add(self, event: Event) -> None:
        if not (says_something(event) and is_usual(event)) or event.type == IMPRESSION:
            return
        product = self._numbering.number(event.product_id)
        if event.categories:
            self._category.setdefault(product, self._categories.number(event.categories[0]))
        visit = self._newest.get(event.visitor)
        if visit is None or abs(event.timestamp - visit.latest) > GAP_SECONDS:
            visit = self._newest[event.visitor] = _Visit(event.timestamp, [])
            self._visits.append(visit)
        # A robot has not paused either: as long as it goes on, this stays the same session.
        visit.latest = max(visit.latest, event.timestamp)
        if len(visit.clicks) < MAX_EVENTS_A_SESSION:
            visit.clicks.append((event.timestamp, product))

    def build(self) -> Data:
        if not self._visits:
            raise LogError("the event log has no event to learn from: a view, a click or a purchase would be one")
        rows = [_in_order(visit.clicks) for visit in self._visits]
        rows.sort(key=lambda clicks: clicks[-1][0])
        times = np.array([time for clicks in rows for time, _ in clicks])
        products = np.array([product for clicks in rows for _, product in clicks], np.int32)
        sessions = Sessions(products, np.array([0, *map(len, rows)], np.int64).cumsum())
        categories = np.full(len(self._numbering), -1, np.int32)
        categories[list(self._category)] = list(self._category.values())
        none = Sessions(products[:0], np.zeros(1, np.int64))
        test = in_order_of_time(none, times[:0], len(sessions))
        cases = cut_cases(none)
        return Data(sessions, times, cases, test, np.zeros(0, np.int64), categories, timed=True)


def _in_order(clicks: Clicks) -> Clicks:
    """Clicks by time; view, dwell, cart: of one product in a row the first, as it is to the learner."""
    rising = sorted(clicks, key=lambda click: click[0])
    return [click for n, click in enumerate(rising) if n == 0 or rising[n - 1][1] != click[1]]
