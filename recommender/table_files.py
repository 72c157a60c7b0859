"""Model tables that one process writes in place and any number read: memory-mapped files, no copies.

A folder holds `manifest.json` and, for the generation that this names, a folder of `.npy` files. Growth makes the files
of a new generation and then replaces the manifest; a reader that maps the old files keeps them until it opens again.
What is written outlives the writer but not the machine, as files are never synced: snapshots are (table_snapshots.py).
"""

import fcntl
import mmap
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

from recommender.table_schema import (
    AnyArray,
    Arrays,
    Manifest,
    Schema,
    Sizes,
    TableError,
    decode_manifest,
    encode_manifest,
)
from recommender.table_snapshots import Snapshot
from recommender.table_storage import MANIFEST, create_tables, load_manifest, map_tables, save_manifest, told_plainly

LOCK = "writer.lock"
# Takes the arrays of one generation and those of the next.
Rearrange = Callable[[Arrays, Arrays], None]


class TableReader:
    """`arrays` by name, read-only, of one `generation` and its `sizes`. Made by `open_for_reading`."""

    def __init__(self, folder: Path, schema: Schema, held: "_HeldManifest") -> None:
        manifest = decode_manifest(held.text, folder / MANIFEST, schema)
        self.generation, self.sizes = manifest.generation, manifest.sizes
        self.arrays = map_tables(_generation(folder, self.generation), schema, self.sizes, "r")
        self._held = held

    def is_current(self) -> bool:
        """Whether there is no newer generation, by one `stat`. What was read before stays readable either way."""
        return self._held.is_current()


def open_for_reading(folder: Path, schema: Schema) -> TableReader:
    """Map the newest generation; no cell is read yet.

    TableError when there are no tables yet, or they are damaged or of another schema or byte order.
    """
    with told_plainly(folder):
        while True:
            held = _HeldManifest(folder / MANIFEST)
            try:
                return TableReader(folder, schema, held)
            except TableError:
                # The writer may have switched and removed the files since the manifest was read.
                if held.is_current():
                    raise


class _HeldManifest:
    """A manifest as it was read. Mapped, so that its inode's number cannot become that of a later one."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self.text = file.read()
                self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self.text else None
                self._stamp = _stamp(os.fstat(file.fileno()))
        except FileNotFoundError:
            raise TableError(f"{path.parent} holds no tables yet: start the learner, which makes them") from None
        self._path = str(path)

    def is_current(self) -> bool:
        try:
            return _stamp(os.stat(self._path)) == self._stamp
        except FileNotFoundError:
            return False


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_dev, status.st_ino, status.st_mtime_ns


class TableWriter:
    """`arrays` by name, writable, of one `generation` and its `sizes`. Made by `open_for_writing`.

    `grow`, `replace_from` and `close` put new ones in place of `arrays`: those taken before refuse to be written.
    """

    def __init__(self, folder: Path, schema: Schema, lock: IO[str]) -> None:
        self._folder, self._schema, self._lock = folder, schema, lock
        self.generation, self.sizes, self.arrays = 0, dict[str, int](), dict[str, AnyArray]()
        if (folder / MANIFEST).exists():
            manifest = load_manifest(folder, schema)
            self.generation, self.sizes = manifest.generation, manifest.sizes
            self.arrays = map_tables(_generation(folder, self.generation), schema, self.sizes, "r+")
        self._newest = self.generation
        self._remove_others()

    def grow(self, sizes: Sizes, rearrange: Rearrange | None = None) -> None:
        """Enlarge the tables to the sizes given; others stay. Old cells keep their place, new ones are `empty`.

        `rearrange(old, new)` can move cells whose place depends on the size, before any reader sees them. The writer
        stands still meanwhile, one to two seconds per GB. TableError, and nothing has changed: a size would shrink or
        is not known, or the disk has no room.
        """
        wanted = self.sizes | {name: int(size) for name, size in sizes.items()}
        self._schema.shapes(wanted)
        for name, size in self.sizes.items():
            if wanted[name] < size:
                raise TableError(
                    f"{self._folder} has {size} {name}: as many or more would be right, not {wanted[name]}"
                )
        if wanted != self.sizes or not self.generation:
            self._switch(wanted, self.arrays, rearrange)

    def replace_from(self, snapshot: Snapshot) -> None:
        """Make the tables just what a snapshot holds, in its sizes, as a new generation."""
        self._switch(dict(snapshot.sizes), snapshot.arrays)

    def close(self) -> None:
        """Let another process write. The tables stay for readers and for the next writer."""
        self._retire({})
        self._lock.close()

    def _switch(self, sizes: dict[str, int], contents: Arrays, rearrange: Rearrange | None = None) -> None:
        if self._lock.closed:
            raise TableError(
                f"{self._folder} is closed for writing: open it again, as another process may write it by now"
            )
        self._newest += 1
        folder = _generation(self._folder, self._newest)
        with told_plainly(self._folder):
            try:
                arrays = create_tables(folder, self._schema, sizes, contents)
                if rearrange:
                    rearrange(contents, arrays)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            save_manifest(self._folder, encode_manifest(Manifest(self._newest, sizes, {}, {}), self._schema))
        self._retire(arrays)
        self.generation, self.sizes = self._newest, sizes
        self._remove_others()

    def _retire(self, successors: dict[str, AnyArray]) -> None:
        # A write to a generation that nobody will open again would be lost without a word.
        for array in self.arrays.values():
            array.flags.writeable = False
        self.arrays = successors

    def _remove_others(self) -> None:
        """Remove the generation before this one, and what a writer that was killed has left half made."""
        for folder in self._folder.glob("generation-*"):
            if folder != _generation(self._folder, self.generation):
                shutil.rmtree(folder, ignore_errors=True)


def open_for_writing(folder: Path, schema: Schema, sizes: Sizes) -> TableWriter:
    """Take the folder for this process alone, with at least the sizes given; tables that are there keep their cells.

    TableError when another process writes the folder, when what it holds is damaged or of another schema or byte order,
    or when the disk has no room for the tables.
    """
    schema.shapes(sizes)
    with told_plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = _take_lock(folder)
        try:
            writer = TableWriter(folder, schema, lock)
            writer.grow({name: max(size, writer.sizes.get(name, 0)) for name, size in sizes.items()})
        except BaseException:
            lock.close()
            raise
    return writer


def _take_lock(folder: Path) -> IO[str]:
    """The open lock file; the system releases it however the process ends. A forked child would share it."""
    lock = (folder / LOCK).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        advice = "stop that one first, or give this one a folder of its own"
        raise TableError(f"{folder} is being written by process {owner}: {advice}") from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _generation(folder: Path, number: int) -> Path:
    return folder / f"generation-{number:06d}"
