"""The rows of a file as batches of events to send."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from app.commands.columns import KEPT, check_columns, map_columns
from app.commands.rejects import Rejected
from app.commands.rows import build_event
from app.commands.tables import Chunk, Table, iter_rows

Row = tuple[int, dict[str, Any], float]


class Batch(NamedTuple):
    """Events of one request and the lines they come from; `share` of the whole job is then done."""

    lines: list[int]
    events: list[dict[str, Any]]
    share: float
    is_repeated: bool

    def part(self, at: Iterable[int]) -> "Batch":
        """The events at these places, in a request of their own."""
        places = list(at)
        return self._replace(lines=[self.lines[i] for i in places], events=[self.events[i] for i in places])

    def halves(self) -> tuple["Batch", "Batch"]:
        """The same events in two requests."""
        middle = len(self.lines) // 2
        return self.part(range(middle)), self.part(range(middle, len(self.lines)))


@dataclass(frozen=True)
class EventFile:
    """A file of events, its mapping, and how many of its rows count."""

    table: Table
    mapping: dict[str, str]
    keep_columns: bool = False
    limit: int | None = None

    def chunks(self) -> Iterator[Chunk]:
        """The file with its columns under the names they are sent by.

        Raises:
            TableError: the file cannot be read.
            ColumnsError: the mapping names a column that the file does not have.
        """
        left = self.limit
        for number, chunk in enumerate(self.table.chunks()):
            if number == 0 and self.table.has_fixed_columns and len(chunk.frame):
                check_columns(self.mapping, chunk.frame.columns)
            frame = map_columns(chunk.frame, self.mapping, rest=KEPT if self.keep_columns else None)
            if left is not None:
                frame = frame.head(left)
                left -= len(frame)
            yield chunk._replace(frame=frame)
            if left == 0:
                return


@dataclass(frozen=True)
class Order:
    """How events are sent: so many in a request, the file so many times, shuffled by a seed or as it stands."""

    batch: int = 100
    repeat: int = 1
    seed: int | None = None


def build_batches(source: EventFile, order: Order, reject: Callable[[Rejected], None]) -> Iterator[Batch]:
    """All requests of a replay; rows that cannot be sent go to `reject`, once.

    Without shuffling the file is read as it is sent; with it, all of it is in memory.
    """
    rng = random.Random(order.seed)
    for number in range(order.repeat):
        rows: Iterable[Row] = _read_rows(source, reject if number == 0 else _ignore)
        if order.seed is not None:
            rows = _shuffled(rows, rng)
        for batch in _cut(iter(rows), order.batch):
            share = (number + batch.share) / order.repeat
            yield batch._replace(share=share, is_repeated=number > 0)


def _read_rows(source: EventFile, reject: Callable[[Rejected], None]) -> Iterator[Row]:
    for chunk in source.chunks():
        for rejected in chunk.rejected:
            reject(rejected)
        for line, cells in iter_rows(chunk.frame):
            event = build_event(line, cells)
            if isinstance(event, Rejected):
                reject(event)
            else:
                yield line, event, chunk.share


def _shuffled(rows: Iterable[Row], rng: random.Random) -> Iterator[Row]:
    loaded = list(rows)
    rng.shuffle(loaded)
    return ((line, event, place / len(loaded)) for place, (line, event, _) in enumerate(loaded, start=1))


def _cut(rows: Iterator[Row], size: int) -> Iterator[Batch]:
    while taken := list(islice(rows, size)):
        lines, events, shares = zip(*taken, strict=True)
        yield Batch(list(lines), list(events), shares[-1], is_repeated=False)


def _ignore(rejected: Rejected) -> None:
    pass
