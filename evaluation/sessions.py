"""Sessions to learn from, and cases to be judged by."""

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from learner.learn import Clicks, plain_clicks


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

    def __len__(self) -> int:
        return len(self.labels)

    def choose(self, chosen: NDArray[np.int64]) -> "Cases":
        """The cases of these numbers."""
        prefixes = build_sessions(self.prefixes[n].tolist() for n in chosen.tolist())
        return Cases(prefixes, self.labels[chosen], self.session[chosen])


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


def in_order_of_time(sessions: Sessions, times: NDArray[np.float64], first: int = 0) -> Clicks:
    """The clicks of all sessions as a shop sees them; each session is a visitor's, the first one's hash is `first` + 1.

    `times` float64 (c,), Unix seconds, aligned with `sessions.clicks`; clicks of one moment keep their order.
    """
    visitors = np.repeat(np.arange(first, first + len(sessions), dtype=np.int64) + 1, np.diff(sessions.starts))
    order = times.argsort(kind="stable")
    return plain_clicks(visitors[order], sessions.clicks[order], times[order])
