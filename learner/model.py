"""The learner's hold on the model: tables that it alone writes, and snapshots of them with positions in the log."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from events.event import Event
from learner.clicks import Door, OpenSession, build_batch
from learner.learn import learn_clicks
from recommender.model import SCHEMA, Capacity, Model, build_arrays, view_model
from recommender.names import Names, NamesFull
from recommender.product_tables import NO_CATEGORY
from recommender.scratch import build_scratch
from recommender.table_files import TableWriter, open_for_writing
from recommender.table_snapshots import Snapshot, read_snapshot, write_snapshot

TABLES, SNAPSHOTS = "tables", "snapshots"
Positions = dict[int, str]


class Opened(NamedTuple):
    """A model to write, the positions in the log that it goes on from, and why newer snapshots could not be used."""

    model: "ModelWriter"
    positions: Positions
    refused: tuple[str, ...]


class ModelWriter:
    """Learns from events, one after the other, in place. `half_life` of recent clicks is in seconds."""

    def __init__(self, folder: Path, writer: TableWriter, half_life: float) -> None:
        self._folder, self._writer, self._half_life = folder, writer, half_life
        self._scratch, self.door = build_scratch(), Door()
        self._model: Model = view_model(writer.arrays)
        self._products, self._categories = Names(self._model.products), Names(self._model.categories)
        self._find_open_sessions()

    def learn(self, events: Sequence[Event]) -> int:
        """Learn from events in order; returns how many were learnt from. The rest is counted in `door.ignored`."""
        admitted = []
        for event in events:
            found = self.door.admit(event)
            if found is not None:
                admitted.append((*found, self._number(event), event.timestamp))
        if not admitted:
            return 0
        batch = build_batch(admitted)
        clicks, known = batch.arrays(self._half_life)
        first = 0
        while first < len(admitted):
            first = learn_clicks(self._model.tables, clicks, known, first, self._scratch)
            if first < len(admitted):
                self._grow("cells")
        for session, number in zip(batch.sessions, known.tolist(), strict=True):
            session.number = number
        return len(admitted)

    def snapshot(self, positions: Positions) -> Path:
        """Keep the tables as they are, with the positions up to which they have learnt."""
        self.door.forget(max((session.latest for session in self.door.open.values()), default=0.0))
        note = {"positions": {str(partition): entry for partition, entry in positions.items()}}
        return write_snapshot(self._folder / SNAPSHOTS, SCHEMA, self._writer.arrays, note)

    def close(self) -> None:
        """Let another process write."""
        self._writer.close()

    def _number(self, event: Event) -> int:
        """The product's number; a new one gets the category of the event."""
        number = self._products.find(event.product_id)
        if number < 0:
            number = self._add(self._products, event.product_id)
        category = self._model.tables.products.category
        if event.categories and category[number] == NO_CATEGORY:
            known = self._add(self._categories, event.categories[0])
            self._model.tables.products.category[number] = known
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

    def _find_open_sessions(self) -> None:
        """The newest session of each visitor, from the tables: it may go on after a restart."""
        sessions = self._model.tables.sessions
        for slot in np.argsort(sessions.number, kind="stable").tolist():
            number, length = int(sessions.number[slot]), int(sessions.length[slot])
            if number >= 0 and length:
                product = self._products.text(int(sessions.clicks[slot, length - 1]))
                found = OpenSession(number, float(sessions.latest[slot]), int(sessions.total[slot]), product)
                self.door.open[int(sessions.visitor[slot])] = found
        self.door.forget(max((session.latest for session in self.door.open.values()), default=0.0))


def open_model(folder: Path, capacity: Capacity, half_life: float) -> Opened:
    """The model as its newest whole snapshot has it; empty when there is none.

    What the tables hold now is not used: a writer that was killed may have left a row half written.

    Raises:
        TableError: another process writes this folder, no snapshot can be used, or the disk is full.
    """
    writer = open_for_writing(folder / TABLES, SCHEMA, capacity.sizes())
    try:
        snapshot = read_snapshot(folder / SNAPSHOTS, SCHEMA)
        sizes = capacity.sizes()
        writer.replace_from(snapshot or Snapshot(build_arrays(sizes), sizes, {"positions": {}}, ()))
    except BaseException:
        writer.close()
        raise
    positions = {int(key): entry for key, entry in snapshot.note["positions"].items()} if snapshot else {}
    return Opened(ModelWriter(folder, writer, half_life), positions, snapshot.refused if snapshot else ())
