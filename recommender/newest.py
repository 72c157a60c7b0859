"""The newest products, overall and of every list, kept so that no request has to look for them.

A list of up to `HELD` products is sorted when it is asked for. Of a longer one the beginning of its full order is held:
newest first, products of the same date by their tie break. It is cut at `HELD`, twice what is asked for, so that a list
has to be searched again only after many of its newest have gone; that happens on the catalogue's own thread.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender.ranked import Indices
from recommender.standing import ListChange

NEWEST = 64
HELD = 2 * NEWEST


class Held(msgspec.Struct, frozen=True):
    """The newest of a list, int32 (n,), n <= HELD; `cut` when the list has more that have a date."""

    indices: Indices
    cut: bool = False

    def head(self) -> list[int]:
        """The first NEWEST of them."""
        newest: list[int] = self.indices[:NEWEST].tolist()
        return newest


NOTHING = Held(np.empty(0, np.int32))


class Newest:
    """One thread changes it, any number read: what they read is replaced as a whole.

    `dates` float64 (P,): when a product was added, Unix seconds, -inf where that is unknown or it is not available.
    """

    def __init__(self) -> None:
        self.dates = np.zeros(0)
        self._tie_break = np.zeros(0)
        self._of: dict[str, Held] = {}
        self._overall = NOTHING

    def find(self, category: str, members: Indices) -> list[int]:
        """Up to NEWEST products of a list, whose `members` are these, newest first."""
        held = self._of.get(category) or self._search(members)
        return held.head()

    def find_overall(self) -> list[int]:
        """Up to NEWEST of all products, newest first."""
        return self._overall.head()

    def grow(self, dates: NDArray[np.float64], tie_break: NDArray[np.float64]) -> None:
        """Go on with longer arrays of the same beginning."""
        self.dates, self._tie_break = dates, tie_break

    def change_list(self, name: str, change: ListChange, members: Indices) -> None:
        """Take over what changed in a list; `members` is who is in it now."""
        if len(members) <= HELD:
            self._of.pop(name, None)
        elif (held := self._of.get(name)) is None:
            self._of[name] = self._search(members)
        elif change.left or change.joined or change.redated:
            moved = change.left + change.redated, change.joined + change.redated
            self._of[name] = self._change(held, moved, lambda: members)

    def change_overall(self, changed: Sequence[int]) -> None:
        """Products that are new, gone, or have another date."""
        self._overall = self._change(self._overall, (changed, changed), lambda: np.arange(len(self.dates)))

    def _change(
        self, held: Held, change: tuple[Sequence[int], Sequence[int]], members: Callable[[], NDArray[np.integer[Any]]]
    ) -> Held:
        gone, came = (np.array(indices, np.int32) for indices in change)
        kept = held.indices
        if len(gone) and len(kept):
            kept = kept[np.isin(kept, gone, invert=True)]
        came = came[self.dates.take(came) > -np.inf]
        if held.cut:  # what is older than all that is held may be older than others that are not
            came = came[self._are_newer(came, int(kept[-1]))] if len(kept) else NOTHING.indices
        if len(came):
            kept = np.concatenate([kept, came])
            kept = kept.take(self._order(kept))
        if held.cut and len(kept) < NEWEST:
            return self._search(members())
        return Held(kept[:HELD], held.cut or len(kept) > HELD)

    def _are_newer(self, indices: Indices, than: int) -> NDArray[np.bool_]:
        date, tie = self.dates[than], self._tie_break[than]
        dates = self.dates.take(indices)
        newer: NDArray[np.bool_] = (dates > date) | ((dates == date) & (self._tie_break.take(indices) > tie))
        return newer

    def _order(self, indices: Indices) -> NDArray[np.intp]:
        return np.lexsort((-self._tie_break.take(indices), -self.dates.take(indices)))

    def _search(self, members: NDArray[np.integer[Any]]) -> Held:
        dates = self.dates.take(members)
        dated, cut = members[dates > -np.inf].astype(np.int32), False
        if len(dated) > HELD:
            cut, dates = True, self.dates.take(dated)
            dated = dated[dates >= np.partition(dates, len(dates) - HELD)[len(dates) - HELD]]
        return Held(dated.take(self._order(dated))[:HELD], cut)
