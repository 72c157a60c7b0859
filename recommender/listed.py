"""Price, brand, name and availability of all products as columns, by dense index.

One thread changes them, any number read: values are written in place, columns that are too short are replaced as a
whole before a list names a product that they did not hold.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.catalogue import Change
from recommender.ranked import Indices
from recommender.words import plain

# Bytes of a name that its key holds: as many as a float64 has exact whole numbers for.
KEY_BYTES = 6


def name_order(name: str) -> tuple[bool, str]:
    """What to sort names by: without case and accents, no name last."""
    return not name, plain(name)


def name_key(name: str) -> float:
    """The beginning of a name as a number, in the order of `name_order`; products of one beginning share it."""
    return float(int.from_bytes(plain(name).encode()[:KEY_BYTES].ljust(KEY_BYTES, b"\0"))) if name else math.inf


class Columns:
    """`price` float64 (P,), nan where none is known; `brand` int32 (P,), of `brands`; `name` float64 (P,), its key."""

    def __init__(self) -> None:
        self.price = np.zeros(0)
        self.name = np.zeros(0)
        self.brand = np.zeros(0, np.int32)
        self.brands = [""]
        self.count = 0
        self._codes = {"": 0}
        self._is_available = np.zeros(0, np.bool_)

    def change(self, changes: Sequence[Change]) -> None:
        """Take over what products have become; None where one is not (or was not) available."""
        self._grow(1 + max((facts.index for pair in changes for facts in pair if facts), default=-1))
        for before, now in changes:
            self.count += (now is not None) - (before is not None)
            if now is None:
                self._is_available[before.index] = False  # type: ignore[union-attr]  # a change has one of them
                continue
            index = now.index
            self.price[index] = math.nan if now.price is None else now.price
            self.name[index] = name_key(now.name)
            self.brand[index] = self._code(now.brand)
            self._is_available[index] = True

    def available(self) -> Indices:
        """Dense indices of all available products, rising. Looks at the whole catalogue."""
        return np.flatnonzero(self._is_available).astype(np.int32)

    def codes_of(self, brands: Iterable[str]) -> NDArray[np.int32]:
        """Codes of those brands that any product is or was of."""
        return np.array([self._codes[name] for name in brands if name in self._codes], np.int32)

    def _code(self, brand: str) -> int:
        code = self._codes.get(brand)
        if code is None:
            self.brands.append(brand)
            code = self._codes[brand] = len(self.brands) - 1
        return code

    def _grow(self, size: int) -> None:
        if size <= len(self.price):
            return
        for name in ("price", "name", "brand", "_is_available"):
            column = getattr(self, name)
            longer = np.zeros(max(size, 2 * len(column), 1024), column.dtype)
            longer[: len(column)] = column
            setattr(self, name, longer)
