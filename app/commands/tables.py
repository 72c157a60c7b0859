"""Files of rows as pandas frames: CSV, TSV, JSON lines and Parquet, gzipped or not.

Rows that cannot be read are reported by line and cost nothing but themselves. pandas is imported inside functions
only: web workers import the commands with the application and must not pay for it.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from app.commands.formats import CountedFile, DelimitedSource, JsonLinesSource, ParquetSource, RowSource, TableError
from app.commands.rejects import Rejected

if TYPE_CHECKING:
    import pandas as pd

CHUNK_ROWS = 1000
DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = frozenset({".jsonl", ".ndjson"})
PARQUET = frozenset({".parquet", ".pq"})


class Chunk(NamedTuple):
    """Some rows of a file.

    `frame` has columns of dtype object, one row for each good line, and an index named `line` with the line numbers
    (from 1, the header being line 1; rows from 1 in Parquet). Cells of delimited files are text; JSON lines and
    Parquet keep their types, and hold None or NaN where a row has no such field. `share` of the file is read by now.
    """

    frame: "pd.DataFrame"
    rejected: list[Rejected]
    share: float


@dataclass(frozen=True)
class Table:
    """A file of rows. `delimiter` makes it a delimited file whatever its name."""

    path: Path
    delimiter: str | None = None

    @property
    def has_fixed_columns(self) -> bool:
        """Whether all rows have the same columns, as they need not in JSON lines."""
        return self._suffix not in JSON_LINES

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """The file in chunks of up to `rows` rows, good and bad together; none for a file without rows.

        Raises:
            TableError: the file cannot be read (any further), or its format is not known.
        """
        with self._explaining(), self._open() as source:
            good: list[tuple[int, dict[str, Any]]] = []
            bad: list[Rejected] = []
            for row in source.rows():
                if isinstance(row, Rejected):
                    bad.append(row)
                else:
                    good.append(row)
                if len(good) + len(bad) == rows:
                    yield Chunk(_build_frame(good), bad, source.share())
                    good, bad = [], []
            if good or bad:
                yield Chunk(_build_frame(good), bad, 1.0)

    @property
    def _suffix(self) -> str:
        name = self.path.name.lower().removesuffix(".gz")
        return ".csv" if self.delimiter else Path(name).suffix

    @contextmanager
    def _open(self) -> Iterator[RowSource]:
        if self._suffix in PARQUET:
            self.path.open("rb").close()  # a missing file is said in the system's words
            yield ParquetSource(self.path)
            return
        if self._suffix not in JSON_LINES and self._suffix not in DELIMITERS:
            known = ", ".join([*DELIMITERS, *sorted(JSON_LINES), *sorted(PARQUET)])
            raise TableError(f"its format is not known by its name: use {known}, or give --delimiter")
        raw = CountedFile(self.path)
        with raw.content:
            is_gzip = self.path.name.lower().endswith(".gz")
            content = cast(BinaryIO, gzip.open(raw.content) if is_gzip else raw.content)
            if self._suffix in JSON_LINES:
                yield JsonLinesSource(content, raw)
            else:
                yield DelimitedSource(content, raw, self.delimiter or DELIMITERS[self._suffix])

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except TableError as error:
            raise TableError(f"cannot read {self.path}: {error}") from None
        except (OSError, EOFError, zlib.error) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise TableError(f"cannot read {self.path}: {reason}") from error
        except Exception as error:
            if not type(error).__module__.startswith("pyarrow"):
                raise
            raise TableError(f"cannot read {self.path}: {error}") from error


def iter_rows(frame: "pd.DataFrame") -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and cells of every row of a chunk, without the cells that are empty."""
    names = [str(name) for name in frame.columns]
    columns = [frame.iloc[:, position].tolist() for position in range(len(names))]
    for line, *cells in zip(frame.index.tolist(), *columns, strict=True):
        yield line, {name: cell for name, cell in zip(names, cells, strict=True) if name and not is_empty(cell)}


def is_empty(cell: object) -> bool:
    """Whether a cell says nothing: null, NaN, or text of nothing but blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or cell != cell


def _build_frame(rows: list[tuple[int, dict[str, Any]]]) -> "pd.DataFrame":
    import pandas as pd

    index = pd.Index([line for line, _ in rows], name="line", dtype="int64")
    return pd.DataFrame([cells for _, cells in rows], index=index, dtype=object)
