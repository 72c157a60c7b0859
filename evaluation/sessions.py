"""Sessions to learn from and cases to be judged by, from files.

The folder layout is that of the session-recommendation literature: `train_sessions.txt`, a session a line, product ids
in the order of clicks, oldest session first; `test_prefixes.tsv`, a case a line, what was clicked so far, a tab, and
what was clicked next; and, where there is one, `item_category.csv` with columns `item` and `category`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray


class Sessions(msgspec.Struct, frozen=True):
    """Sessions as one array: session n is `clicks[starts[n]:starts[n + 1]]`, products as dense numbers.

    `clicks` int32 (c,), `starts` int64 (n + 1,).
    """

    clicks: NDArray[np.int32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, n: int) -> NDArray[np.int32]:
        return self.clicks[self.starts[n] : self.starts[n + 1]]

    def between(self, first: int, last: int) -> "Sessions":
        """Sessions first..last-1, as views."""
        starts = self.starts[first : last + 1]
        return Sessions(self.clicks[starts[0] : starts[-1]], starts - starts[0])


class Cases(msgspec.Struct, frozen=True):
    """Cases: prefix n, and the product that was clicked next. `session` numbers the test session that each is of."""

    prefixes: Sessions
    labels: NDArray[np.int32]
    session: NDArray[np.int64]


class Numbering:
    """Dense numbers for product ids, in the order of their first appearance."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def number(self, product_id: str) -> int:
        """The number of a product, a new one when it was not known."""
        known = self._numbers.get(product_id)
        if known is None:
            known = self._numbers[product_id] = len(self.ids)
            self.ids.append(product_id)
        return known

    def known(self, product_id: str) -> int | None:
        """The number of a product, None when it was never seen."""
        return self._numbers.get(product_id)


def build_sessions(rows: Iterable[Iterable[int]]) -> Sessions:
    """Sessions from rows of product numbers."""
    clicks: list[int] = []
    starts = [0]
    for row in rows:
        clicks.extend(row)
        starts.append(len(clicks))
    return Sessions(np.array(clicks, np.int32), np.array(starts, np.int64))


def read_training(path: Path, numbering: Numbering) -> Sessions:
    """The sessions of `train_sessions.txt`, oldest first."""
    with path.open() as lines:
        return build_sessions([numbering.number(item) for item in line.split()] for line in lines if line.strip())


def read_cases(path: Path, numbering: Numbering) -> Cases:
    """The cases of `test_prefixes.tsv`. A case whose prefix does not continue the one before begins a session."""
    prefixes, labels, sessions = [], [], []
    before: list[str] = []
    session = -1
    for line in path.read_text().splitlines():
        left, _, right = line.partition("\t")
        prefix = left.split()
        if prefix != before[: len(prefix)] or len(prefix) >= len(before):
            session += 1
        before = prefix
        prefixes.append([numbering.number(item) for item in prefix])
        labels.append(numbering.number(right.strip()))
        sessions.append(session)
    return Cases(build_sessions(prefixes), np.array(labels, np.int32), np.array(sessions, np.int64))


def cut_cases(sessions: Sessions) -> Cases:
    """Every click but the first of each session, as a case."""
    prefixes, labels, origin = [], [], []
    for n in range(len(sessions)):
        clicks = sessions[n].tolist()
        for place in range(1, len(clicks)):
            prefixes.append(clicks[:place])
            labels.append(clicks[place])
            origin.append(n)
    return Cases(build_sessions(prefixes), np.array(labels, np.int32), np.array(origin, np.int64))


def read_categories(path: Path, numbering: Numbering) -> NDArray[np.int32]:
    """The category of each product, int32 (P,), -1 where none is known."""
    categories = np.full(len(numbering), -1, np.int32)
    names = Numbering()
    for item, category in _rows(path):
        number = numbering.known(item)
        if number is not None:
            categories[number] = names.number(category)
    return categories


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    with path.open() as lines:
        next(lines)
        for line in lines:
            item, _, category = line.strip().partition(",")
            yield item, category
