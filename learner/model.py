"""The learner's hold on the model: tables that it alone writes, and snapshots of them with positions in the log."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from events.event import Event
from learner.basket_writer import PURCHASE, build_purchases, learn_purchases
from learner.clicks import GAP_SECONDS, MAX_EVENTS_A_SESSION, build_clicks, is_usual, says_something
from learner.learn import Limits, learn_clicks
from learner.outcome_writer import count_outcomes
from learner.product_writer import settle
from recommender.catalogue import list_names
from recommender.model import SCHEMA, VERSIONS, Capacity, Model, view_model
from recommender.names import Names, NamesFull
from recommender.popularity_tables import LISTED_LIMIT, PopularityHalfLives
from recommender.product_tables import NO_CATEGORY
from recommender.scratch import build_scratch
from recommender.table_files import TableWriter, open_for_writing
from recommender.table_schema import TableError, build_arrays
from recommender.table_snapshots import Snapshot, read_snapshot, write_snapshot
from recommender.versions import Versions

TABLES, SNAPSHOTS = "tables", "snapshots"
Positions = dict[int, str]


class Opened(NamedTuple):
    """A model to write, the positions in the log that it goes on from, and why newer snapshots could not be used."""

    model: "ModelWriter"
    positions: Positions
    refused: tuple[str, ...]


class Note(msgspec.Struct):
    """What a snapshot says beside its tables: the id of the last entry learnt by partition, and which change of version
    (`Pointer.serial`) the tables have followed.
    """

    positions: dict[str, str] = {}
    serial: int = 0


class ModelWriter:
    """Learns from events, one after the other, in place."""

    def __init__(self, folder: Path, writer: TableWriter, half_lives: PopularityHalfLives, serial: int) -> None:
        self.folder, self._writer, self._half_lives, self.serial = folder, writer, half_lives, serial
        self._scratch = build_scratch()
        self._limits = Limits(GAP_SECONDS, MAX_EVENTS_A_SESSION, np.zeros(1, np.int64))
        self._robots = self._quantities = 0
        self._orders_ignored = np.zeros(1, np.int64)
        self._take_over()

    def _take_over(self) -> None:
        """Go on with what the writer's arrays hold now."""
        self._model: Model = view_model(self._writer.arrays)
        self._model.tables.popularity.half_lives[:] = self._half_lives
        self._products, self._categories = Names(self._model.products), Names(self._model.categories)

    def restore(self, folder: Path, serial: int) -> Positions:
        """Go back to the newest snapshot in `folder`; returns the positions that it had learnt up to.

        Raises:
            TableError: there is none that can be used here; nothing has changed.
        """
        snapshot = read_snapshot(folder, SCHEMA)
        if snapshot is None:
            raise TableError(f"{folder} holds no snapshot: a version with one would be right")
        _check_half_lives(folder, snapshot, self._half_lives)
        self._writer.replace_from(snapshot)
        self.serial = serial
        self._take_over()
        return _positions_of(snapshot)

    @property
    def ignored(self) -> dict[str, int]:
        """Events that were not learnt from because something is wrong with them, by reason."""
        rate, order = int(self._limits.ignored[0]), int(self._orders_ignored[0])
        return {"quantity": self._quantities, "rate": rate, "order": order, "robot": self._robots}

    def learn(self, events: Sequence[Event]) -> None:
        """Learn from events in order; those that say nothing of any product change nothing."""
        telling = [event for event in events if says_something(event)]
        people = [event for event in telling if not event.robot]
        usual = [event for event in people if is_usual(event)]
        self._robots += len(telling) - len(people)
        self._quantities += len(people) - len(usual)
        waiting: list[tuple[Event, int]] = []
        for event in usual:
            if self._gives_category(event):  # which counts from here on, however events come in batches
                self._write(waiting)
                waiting = []
            waiting.append((event, self._number(event)))
        self._write(waiting)

    def _write(self, numbered: Sequence[tuple[Event, int]]) -> None:
        clicks = build_clicks([event for event, _ in numbered], [number for _, number in numbered])
        first = 0
        while first < len(numbered):
            first = learn_clicks(self._model.tables, clicks, self._limits, first, self._scratch)
            if first < len(numbered):
                self._grow("cells")
        count_outcomes(self._model.outcomes, numbered, self._half_lives.long)
        self._write_purchases([(event, number) for event, number in numbered if event.type == PURCHASE])

    def _write_purchases(self, numbered: Sequence[tuple[Event, int]]) -> None:
        purchases = build_purchases([event for event, _ in numbered], [number for _, number in numbered])
        first = 0
        while first < len(numbered):
            first = learn_purchases(self._model.baskets, purchases, self._orders_ignored, first)
            if first < len(numbered):
                self._grow("order_cells", "history_cells")

    def touch(self) -> None:
        """Have all neighbours looked up again by `settle`."""
        sessions, products = self._model.tables.sessions, self._model.tables.products
        products.touched[:] = sessions.posting[:, 3] > 0

    def settle(self, limit: int | None = None) -> int:
        """Look up the neighbours of at most `limit` products that have new ones; returns how many."""
        sessions, products = self._model.tables.sessions, self._model.tables.products
        used = len(self._products)
        stale = np.flatnonzero(products.touched[:used])[:limit]
        if len(stale):
            settle(sessions, products, int(stale[0]), int(stale[-1]) + 1, self._scratch)
        return len(stale)

    def snapshot(self, positions: Positions) -> Path:
        """Keep the tables as they are, with the positions up to which they have learnt.

        The same events in the same order give the same bytes: versions of rows, which count writes, begin anew.
        """
        note = Note({str(partition): entry for partition, entry in positions.items()}, self.serial)
        arrays = {**self._writer.arrays}
        arrays |= {name: np.zeros_like(arrays[name]) for name in VERSIONS}
        return write_snapshot(self.folder / SNAPSHOTS, SCHEMA, arrays, msgspec.to_builtins(note))

    def describe_size(self) -> str:
        """How many products and sessions there are, and the bytes that the tables have for them."""
        used, total = len(self._products), sum(array.nbytes for array in self._writer.arrays.values())
        begun = int(self._model.tables.sessions.next_number[0])
        kept = min(begun, len(self._model.tables.sessions.number))
        return f"{used:,} products, {kept:,} of {begun:,} sessions, tables of {total / 1e6:,.0f} MB"

    def close(self) -> None:
        """Let another process write."""
        self._writer.close()

    def _gives_category(self, event: Event) -> bool:
        """Whether a known product had no category before this event."""
        number = self._products.find(event.product_id) if event.categories else -1
        return number >= 0 and bool(self._model.tables.products.category[number] == NO_CATEGORY)

    def _number(self, event: Event) -> int:
        """The product's number; a new one gets the categories of the event."""
        number = self._products.find(event.product_id)
        if number < 0:
            number = self._add(self._products, event.product_id)
            self._model.tables.products.tie[number] = zlib.crc32(event.product_id.encode())
        if event.categories and self._model.tables.products.category[number] == NO_CATEGORY:
            lists = [self._add(self._categories, name) for name in list_names(event.categories)[:LISTED_LIMIT]]
            self._model.tables.popularity.listed[number, : len(lists)] = lists
            self._model.tables.products.category[number] = self._categories.find(event.categories[0])
        return number

    def _add(self, names: Names, text: str) -> int:
        while True:
            try:
                return names.add(text)
            except NamesFull:
                kind = ("products", "product_bytes") if names is self._products else ("categories", "category_bytes")
                self._grow(*kind)

    def _grow(self, *sizes: str) -> None:
        """Twice the room, in a new generation that readers will switch to."""
        self._writer.grow({name: 2 * self._writer.sizes[name] for name in sizes})
        self._model = view_model(self._writer.arrays)
        self._products.move(self._model.products)
        self._categories.move(self._model.categories)


def open_model(folder: Path, capacity: Capacity, half_lives: PopularityHalfLives) -> Opened:
    """The model as its newest whole snapshot has it; empty when there is none.

    What the tables hold now is not used: a writer that was killed may have left a row half written.

    Raises:
        TableError: another process writes this folder, no snapshot can be used, or the disk is full.
    """
    sizes = capacity.sizes()
    writer = open_for_writing(folder / TABLES, SCHEMA, sizes)
    try:
        snapshot = read_snapshot(folder / SNAPSHOTS, SCHEMA)
        if snapshot is not None:
            _check_half_lives(folder, snapshot, half_lives)
        writer.replace_from(snapshot or Snapshot(build_arrays(SCHEMA.tables, sizes), sizes, {}, ()))
        # One that begins anew does not go back to what was deleted to have it begin anew.
        serial = msgspec.convert(snapshot.note, Note).serial if snapshot else Versions(folder).read_current().serial
        model = ModelWriter(folder, writer, half_lives, serial)
    except BaseException:
        writer.close()
        raise
    return Opened(model, _positions_of(snapshot) if snapshot else {}, snapshot.refused if snapshot else ())


def _positions_of(snapshot: Snapshot) -> Positions:
    return {int(partition): entry for partition, entry in msgspec.convert(snapshot.note, Note).positions.items()}


def _check_half_lives(folder: Path, snapshot: Snapshot, half_lives: PopularityHalfLives) -> None:
    found = PopularityHalfLives(*snapshot.arrays["half_lives"].tolist())
    if found != half_lives:
        raise TableError(
            f"{folder} was learnt with half-lives of {found.long:g} and {found.short:g} seconds, not "
            f"{half_lives.long:g} and {half_lives.short:g}: set these again, or delete {TABLES} and {SNAPSHOTS} there "
            "to have it built anew"
        )
