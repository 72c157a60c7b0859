"""What model tables are called, hold and measure, and the manifest that says so beside their files."""

import hashlib
import json
import sys
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy import dtype as parse_dtype
from numpy.typing import NDArray

AnyArray = NDArray[Any]
Arrays = Mapping[str, AnyArray]
Sizes = Mapping[str, int]
Shape = tuple[int, ...]

# Part of every fingerprint: to be raised when the layout of folders, files or manifests changes.
LAYOUT = 1


class TableError(Exception):
    """Tables or a snapshot that cannot be used: the message says what is wrong where, and what would be right."""


class Table(NamedTuple):
    """One array: `dtype` as numpy names it, `shape` of numbers and names of sizes, and what a cell holds at first."""

    name: str
    dtype: str
    shape: tuple[str | int, ...]
    empty: float

    def measure(self, sizes: Sizes) -> Shape:
        """The shape as numbers; a size without a name counts as 0."""
        return tuple(sizes.get(part, 0) if isinstance(part, str) else part for part in self.shape)


def build_arrays(tables: Iterable[Table], sizes: Sizes) -> dict[str, AnyArray]:
    """Empty tables in this process's memory, by name."""
    return {table.name: np.full(table.measure(sizes), table.empty, table.dtype) for table in tables}


class Schema(NamedTuple):
    """The tables of a folder. `version` is to be raised when the meaning of cells changes; other changes show."""

    version: int
    tables: tuple[Table, ...]

    def fingerprint(self) -> str:
        """16 hexadecimal digits, others for any other schema or layout."""
        return hashlib.blake2b(json.dumps([LAYOUT, self]).encode(), digest_size=8).hexdigest()

    def shapes(self, sizes: Sizes) -> dict[str, Shape]:
        """Shapes by table. TableError unless `sizes` are at least 1 and have just the names that the tables use."""
        names = {part for table in self.tables for part in table.shape if isinstance(part, str)}
        if names != sizes.keys() or min(sizes.values(), default=1) < 1:
            raise TableError(f"sizes of tables are {dict(sizes)}: {sorted(names)}, each at least 1, would be right")
        return {table.name: table.measure(sizes) for table in self.tables}

    def sizes_of(self, arrays: Arrays) -> dict[str, int]:
        """The sizes by name of arrays. TableError unless these are just the tables of the schema."""
        names = {table.name for table in self.tables}
        if names != arrays.keys():
            raise TableError(f"the tables are {sorted(arrays)} where {sorted(names)} would be right")
        sizes: dict[str, int] = {}
        for table in self.tables:
            array = arrays[table.name]
            for part, size in zip(table.shape, array.shape, strict=False):
                if isinstance(part, str):
                    sizes.setdefault(part, size)
            right = (parse_dtype(table.dtype), table.measure(sizes))
            if (array.dtype, array.shape) != right:
                raise TableError(f"table {table.name} is {array.dtype} {array.shape} where {right} would be right")
        self.shapes(sizes)
        return sizes


class Manifest(NamedTuple):
    """What is known of one set of files. Of snapshots only: `note`, and `sums` by table: (bytes, crc32)."""

    generation: int
    sizes: dict[str, int]
    note: dict[str, Any]
    sums: dict[str, tuple[int, int]]


def encode_manifest(manifest: Manifest, schema: Schema) -> bytes:
    """JSON that also holds what may read it, and a checksum of its own. ValueError, TypeError: `note` is not JSON."""
    fields = _readers(schema) | manifest._asdict()
    return json.dumps(fields | {"checksum": _checksum(fields)}, indent=1, allow_nan=False).encode()


def decode_manifest(text: bytes, path: Path, schema: Schema) -> Manifest:
    """The manifest that `path` holds. TableError when it is damaged, or of another schema or byte order."""
    try:
        fields = json.loads(text)
        intact = fields.pop("checksum") == _checksum(fields)
    except (ValueError, LookupError, TypeError, AttributeError):
        intact = False
    if not intact:
        raise TableError(f"{path} is damaged: delete {path.parent} to have what it held built anew")
    for name, right in _readers(schema).items():
        found = fields.pop(name, None)
        if found != right:
            wrong = f"{path} has {name.replace('_', ' ')} {found} where {right} would be right"
            raise TableError(f"{wrong}: use the release that wrote it, or delete {path.parent} to have it built anew")
    return Manifest(**fields)


def _readers(schema: Schema) -> dict[str, Any]:
    return {"byte_order": sys.byteorder, "schema_version": schema.version, "fingerprint": schema.fingerprint()}


def _checksum(fields: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(fields).encode())
