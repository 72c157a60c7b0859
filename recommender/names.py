"""Texts with dense numbers, in arrays that processes share: ids of products, names of categories."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class NameTables(NamedTuple):
    """`text` uint8 (B,): all texts, one after the other, in UTF-8; `ends` int64 (N,): where each ends; `used` int64
    (1,): how many there are.
    """

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]
    used: NDArray[np.int64]


class NamesFull(Exception):
    """Raised when a text has no room: the tables must grow first."""


class Names:
    """Numbers of texts and texts of numbers. One process adds, any number follow it with `sync`."""

    def __init__(self, tables: NameTables) -> None:
        self._texts: list[str] = []
        self._numbers: dict[str, int] = {}
        self.move(tables)

    def __len__(self) -> int:
        return len(self._texts)

    def move(self, tables: NameTables) -> None:
        """Go on in larger tables, or in those of another process, with the same beginning."""
        self._tables = tables
        self.sync()

    def follow(self, tables: NameTables) -> "Names":
        """These names in the tables of another generation; others, read anew, when it does not begin with the same."""
        mine, count = self._tables, len(self._texts)
        if int(tables.used[0]) < count or not np.array_equal(tables.ends[:count], mine.ends[:count]):
            return Names(tables)
        end = int(mine.ends[count - 1]) if count else 0
        if not np.array_equal(tables.text[:end], mine.text[:end]):
            return Names(tables)
        self.move(tables)
        return self

    def sync(self) -> None:
        """Take over what was added since."""
        tables = self._tables
        for number in range(len(self._texts), int(tables.used[0])):
            begin = int(tables.ends[number - 1]) if number else 0
            text = tables.text[begin : int(tables.ends[number])].tobytes().decode()
            self._texts.append(text)
            self._numbers[text] = number

    def find(self, text: str) -> int:
        """The number of a text, -1 when it has none."""
        return self._numbers.get(text, -1)

    def texts(self, numbers: Iterable[int]) -> Iterator[str]:
        """The texts of numbers, "" for one that is not known yet; looked up as they are asked for."""
        known, count = self._texts, len(self._texts)
        return (known[number] if number < count else "" for number in numbers)

    def text(self, number: int) -> str:
        """The text of a number that is in use."""
        return self._texts[number]

    def add(self, text: str) -> int:
        """The number of a text, a new one when it has none.

        Raises:
            NamesFull: it has none, and there is no room; nothing has changed.
        """
        known = self._numbers.get(text)
        if known is not None:
            return known
        tables, number, raw = self._tables, len(self._texts), text.encode()
        begin = int(tables.ends[number - 1]) if number else 0
        if number >= len(tables.ends) or begin + len(raw) > len(tables.text):
            raise NamesFull(f"no room for another text of {len(raw)} bytes after {number:,}")
        tables.text[begin : begin + len(raw)] = np.frombuffer(raw, np.uint8)
        tables.ends[number] = begin + len(raw)
        tables.used[0] = number + 1  # last, so that who reads the count finds the text
        self._texts.append(text)
        self._numbers[text] = number
        return number
