"""Snapshots of tables: copies on disk with checksums, from which a learner starts again."""

import contextlib
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from recommender.table_schema import AnyArray, Arrays, Manifest, Schema, TableError, encode_manifest
from recommender.table_storage import MANIFEST, load_manifest, map_tables, save_manifest, sync, table_path, told_plainly

# The one before the newest is for the day on which the newest is damaged.
KEPT = 2
BLOCK_BYTES = 4 * 2**20


class Snapshot(NamedTuple):
    """Tables as they were: `arrays` by name, mapped read-only, their `sizes`, and the `note` of who wrote them.

    `refused` has a sentence for each newer snapshot that could not be used.
    """

    arrays: dict[str, AnyArray]
    sizes: dict[str, int]
    note: dict[str, Any]
    refused: tuple[str, ...]


def write_snapshot(folder: Path, schema: Schema, arrays: Arrays, note: Mapping[str, Any]) -> Path:
    """Copy tables to disk, with a note in JSON, such as positions in the log. Returns the snapshot's own folder.

    After a crash it is there in full or not at all; the newest two stay. The arrays must stand still meanwhile, about
    two seconds per GB, and no other process may write snapshots to `folder`. TableError: they are not the schema's, or
    the disk has no room.
    """
    sizes = schema.sizes_of(arrays)
    partial = folder / "partial"
    with told_plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            sums = {table.name: _save(table_path(partial, table), arrays[table.name]) for table in schema.tables}
            number = max(map(_number, _newest_first(folder)), default=0) + 1
            save_manifest(partial, encode_manifest(Manifest(number, sizes, dict(note), sums), schema))
            finished = partial.rename(folder / f"snapshot-{number:09d}")
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        sync(folder)
        for old in _newest_first(folder)[KEPT:]:
            shutil.rmtree(old)
    return finished


def read_snapshot(folder: Path, schema: Schema) -> Snapshot | None:
    """The newest snapshot that is whole, all of its bytes checked; None when there has never been one.

    TableError, with a sentence for each, when there are some and none of them can be used.
    """
    refused: list[str] = []
    for path in _newest_first(folder):
        try:
            with told_plainly(path):
                return _load(path, schema)._replace(refused=tuple(refused))
        except TableError as error:
            refused.append(str(error))
    if refused:
        raise TableError("; ".join(refused))
    return None


def newest_time(folder: Path) -> float | None:
    """When the newest snapshot was written, Unix seconds; None when there is none. It may not be whole."""
    for snapshot in _newest_first(folder):
        with contextlib.suppress(FileNotFoundError):  # the learner has removed it meanwhile
            return (snapshot / MANIFEST).stat().st_mtime
    return None


def _load(path: Path, schema: Schema) -> Snapshot:
    manifest = load_manifest(path, schema)
    for table in schema.tables:
        file, right = table_path(path, table), tuple(manifest.sums[table.name])
        found = _sum(file)
        if found != right:
            raise TableError(f"{file} has (bytes, crc32) {found} where {right} would be right, as {MANIFEST} says")
    return Snapshot(map_tables(path, schema, manifest.sizes, "r"), manifest.sizes, manifest.note, ())


class _SummedFile:
    """A file to write to, and the sum of what was written: (bytes, crc32), 0.3 s per GB, a fifth of blake2b's."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sum = file, (0, 0)

    def write(self, block: bytes) -> int:
        self.sum = _add(self.sum, block)
        return self._file.write(block)


def _add(so_far: tuple[int, int], block: bytes) -> tuple[int, int]:
    return so_far[0] + len(block), zlib.crc32(block, so_far[1])


def _save(path: Path, array: AnyArray) -> tuple[int, int]:
    with path.open("wb") as file:
        summed = _SummedFile(file)
        # Block by block through memory of its own: the checksum is of the very bytes that are written.
        npy.write_array(summed, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
    sync(path)
    return summed.sum


def _sum(path: Path) -> tuple[int, int]:
    total = (0, 0)
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            total = _add(total, block)
    return total


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("snapshot-" + "[0-9]" * 9), reverse=True)


def _number(snapshot: Path) -> int:
    return int(snapshot.name.removeprefix("snapshot-"))
