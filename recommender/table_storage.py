"""The files of one set of tables: `.npy` files mapped into memory, beside a manifest that is replaced at once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Literal

import numpy as np
from numpy.lib import format as npy

from recommender.table_schema import (
    AnyArray,
    Arrays,
    Manifest,
    Schema,
    Shape,
    Sizes,
    Table,
    TableError,
    decode_manifest,
)

MANIFEST = "manifest.json"


@contextmanager
def told_plainly(folder: Path) -> Iterator[None]:
    """What the operating system refuses becomes a TableError."""
    try:
        yield
    except FileNotFoundError as error:
        raise TableError(f"{error.filename} is missing: a file as the learner writes it would be right") from error
    except OSError as error:
        wrong = f"{error.filename or folder}: {error.strerror}"
        raise TableError(f"{wrong}; a folder of this process's own, on a disk with room, would be right") from error


def table_path(folder: Path, table: Table) -> Path:
    """The file of a table in the folder of its generation or snapshot."""
    return folder / f"{table.name}.npy"


def create_tables(folder: Path, schema: Schema, sizes: Sizes, contents: Arrays) -> dict[str, AnyArray]:
    """A new folder of sparse files with `contents`, which may be smaller; all other cells are `empty`.

    TableError when the disk has no room for all of them in full.
    """
    shapes = schema.shapes(sizes)
    folder.mkdir()
    # A disk that fills up under sparse files would end the writer by a signal, in the middle of an event.
    needed = sum(prod(shapes[table.name]) * np.dtype(table.dtype).itemsize for table in schema.tables)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TableError(f"{folder.parent} has room for {free:,} bytes where {needed:,} would be right")
    arrays = {}
    for table in schema.tables:
        path = table_path(folder, table)
        arrays[table.name] = np.asarray(npy.open_memmap(path, "w+", np.dtype(table.dtype), shapes[table.name]))
        sync(path)  # while it is sparse: for its header and size, which costs next to nothing
        _fill(arrays[table.name], contents.get(table.name), table.empty)
    return arrays


def _fill(array: AnyArray, content: AnyArray | None, empty: float) -> None:
    """Write each cell of a new file once; those that are 0 are there already."""
    known = (0,) * array.ndim if content is None else content.shape
    array[tuple(map(slice, known))] = empty if content is None else content
    if empty != 0:
        # Beyond the content along each axis, within it along the axes before.
        for axis, length in enumerate(known):
            array[(*map(slice, known[:axis]), slice(length, None))] = empty


def map_tables(folder: Path, schema: Schema, sizes: Sizes, mode: Literal["r", "r+"]) -> dict[str, AnyArray]:
    """The tables of a generation or snapshot, mapped and not read. TableError when a file is missing or misshapen."""
    shapes = schema.shapes(sizes)
    return {
        table.name: _map_table(table_path(folder, table), np.dtype(table.dtype), shapes[table.name], mode)
        for table in schema.tables
    }


def _map_table(path: Path, dtype: np.dtype[np.generic], shape: Shape, mode: Literal["r", "r+"]) -> AnyArray:
    with told_plainly(path.parent), path.open("rb" if mode == "r" else "r+b") as file:
        _check_file(file, path, dtype, shape)
        # A plain array over the same memory: indexing a np.memmap takes twice the time.
        return np.asarray(np.memmap(file, dtype, mode, file.tell(), shape))


def _check_file(file: IO[bytes], path: Path, dtype: np.dtype[np.generic], shape: Shape) -> None:
    """Leave the file at its first cell. One that is too short would end its reader by a signal."""
    try:
        npy.read_magic(file)
        found_shape, by_column, found = npy.read_array_header_1_0(file)
    except ValueError as error:
        raise TableError(f"{path} is damaged: a .npy file of {dtype} {shape} would be right") from error
    if (found_shape, by_column, found) != (shape, False, dtype):
        raise TableError(f"{path} is {found} {found_shape} where {dtype} {shape} would be right")
    size, right = os.fstat(file.fileno()).st_size, file.tell() + prod(shape) * dtype.itemsize
    if size != right:
        raise TableError(f"{path} has {size} bytes where {right} would be right")


def load_manifest(folder: Path, schema: Schema) -> Manifest:
    """The manifest of a folder. TableError when it is missing, damaged, or of another schema or byte order."""
    with told_plainly(folder):
        return decode_manifest((folder / MANIFEST).read_bytes(), folder / MANIFEST, schema)


def save_manifest(folder: Path, text: bytes) -> None:
    """Replace a folder's manifest: after a crash it is the old one or the new one."""
    fresh = folder / f"{MANIFEST}.new"
    fresh.write_bytes(text)
    sync(fresh)
    fresh.replace(folder / MANIFEST)
    sync(folder)


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's names, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
