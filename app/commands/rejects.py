"""Rows that could not be used: which line, which field, and why."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

SHOWN = 20


class Rejected(msgspec.Struct, frozen=True):
    """One row that was left out; `field` is empty when the row as a whole is broken."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"line {self.line}: {field}{self.reason}"


class RejectReport:
    """Counts rejected rows, keeps the first `SHOWN`, and writes all of them to a file as JSON lines, if given one.

    Raises OSError on entry when the file cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._first: list[Rejected] = []
        self.count = 0

    def __enter__(self) -> Self:
        self._file = self._path.open("wb") if self._path else None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, rejected: Rejected) -> None:
        """Take note of a row."""
        self.count += 1
        if len(self._first) < SHOWN:
            self._first.append(rejected)
        if self._file is not None:
            self._file.write(msgspec.json.encode(rejected) + b"\n")

    def lines(self) -> list[str]:
        """The report: the first rows by line number, and how many more there are."""
        shown = [str(rejected) for rejected in sorted(self._first, key=lambda rejected: rejected.line)]
        more = self.count - len(shown)
        where = f"; all of them are in {self._path}" if self._path else "; --rejected FILE writes all of them"
        return [*shown, f"... and {more:,} more{where}"] if more else shown
