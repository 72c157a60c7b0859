"""The formats that rows of a file come in: each source yields rows as dicts, with the line each one began on."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec

from app.commands.rejects import Rejected

# A row as column -> cell, or why there is none.
Row = tuple[int, dict[str, Any]] | Rejected
NO_PYARROW = "reading Parquet needs pyarrow: pip install -r requirements-parquet.txt"


class TableError(ValueError):
    """Raised when a file cannot be read; the message is one line for people and names the file."""


class RowSource(Protocol):
    """An open file of rows."""

    def rows(self) -> Iterator[Row]:
        """Every row, in order."""

    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""


class DelimitedSource:
    """CSV and its kin (RFC 4180): a header, then rows with as many fields. Cells are text.

    A quoted field may hold line breaks; the row's line is the first of its lines.
    """

    def __init__(self, content: BinaryIO, raw: "CountedFile", delimiter: str) -> None:
        self._raw = raw
        # Bytes that are not UTF-8 become lone surrogates, so that they cost their row and not the file.
        text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._reader = csv.reader(text, delimiter=delimiter)

    def rows(self) -> Iterator[Row]:
        """See `RowSource.rows`.

        Raises:
            TableError: the header cannot be used.
        """
        header: list[str] | None = None
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                if header is None:
                    raise TableError(f"its first line is not a header: {error}") from None
                yield Rejected(line, "", f"not readable as a delimited row: {error}")
                continue
            if not cells:  # a blank line
                continue
            if header is None:
                header = _parse_header(cells)
            else:
                yield _delimited_row(line, header, cells)

    def share(self) -> float:
        """See `RowSource.share`."""
        return self._raw.share()


class JsonLinesSource:
    """One JSON object a line. Cells keep their JSON type."""

    def __init__(self, content: BinaryIO, raw: "CountedFile") -> None:
        self._content, self._raw = content, raw

    def rows(self) -> Iterator[Row]:
        """See `RowSource.rows`."""
        decode = msgspec.json.Decoder().decode
        for line, data in enumerate(self._content, start=1):
            data = data.removeprefix(b"\xef\xbb\xbf") if line == 1 else data
            if not data.strip():
                continue
            try:
                value = decode(data)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                yield Rejected(line, "", f"not valid JSON: {error}")
                continue
            yield (line, value) if isinstance(value, dict) else Rejected(line, "", "not a JSON object")

    def share(self) -> float:
        """See `RowSource.share`."""
        return self._raw.share()


class ParquetSource:
    """Apache Parquet. Rows count as lines, from 1; times become RFC 3339 text."""

    def __init__(self, path: Path) -> None:
        try:
            from pyarrow.parquet import ParquetFile
        except ImportError:
            raise TableError(NO_PYARROW) from None
        self._file = ParquetFile(path)
        self._done = 0

    def rows(self) -> Iterator[Row]:
        """See `RowSource.rows`."""
        for batch in self._file.iter_batches():
            for cells in batch.to_pylist():
                self._done += 1
                yield self._done, {name: _as_json(cell) for name, cell in cells.items()}

    def share(self) -> float:
        """See `RowSource.share`."""
        return float(self._done / max(1, self._file.metadata.num_rows))


class CountedFile:
    """A file on disk and how far it has been read."""

    def __init__(self, path: Path) -> None:
        self.content = path.open("rb")
        self._size = path.stat().st_size

    def share(self) -> float:
        """Share of the bytes on disk that have been read, 0 to 1."""
        return min(1.0, self.content.tell() / max(1, self._size))


def _parse_header(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if not _is_utf8("".join(names)):
        raise TableError("its first line is not UTF-8 text")
    repeated = sorted({name for name in names if names.count(name) > 1 and name})
    if repeated:
        raise TableError(f"its first line names a column twice: {', '.join(repeated)}")
    return names


def _delimited_row(line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        return Rejected(line, "", f"{len(cells)} fields where the header has {len(header)}")
    if not _is_utf8("".join(cells)):
        return Rejected(line, "", "not UTF-8 text")
    return line, dict(zip(header, cells, strict=True))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _as_json(cell: object) -> object:
    if isinstance(cell, date):  # datetime is one too
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    return cell.decode(errors="replace") if isinstance(cell, bytes) else cell
