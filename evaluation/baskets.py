"""Purchases of known households, as Complete Journey has them: `transactions.parquet` in a folder."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.folder import FolderError

FILE = "transactions.parquet"
COLUMNS = ("household_id", "basket_id", "product_id", "transaction_timestamp")
NO_PYARROW = "reading Parquet needs pyarrow: pip install -r requirements-parquet.txt"


class Lines(NamedTuple):
    """n purchases in order of time. Numbers from 0: `household` int64 (n,), `basket` int64 (n,), both in order of their
    first purchase, `product` int32 (n,); `time` float64 (n,), Unix seconds; `place` int64 (n,): how many baskets the
    household has after this one.
    """

    household: NDArray[np.int64]
    basket: NDArray[np.int64]
    product: NDArray[np.int32]
    time: NDArray[np.float64]
    place: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "Lines":
        """The lines that are chosen, bool (n,)."""
        return Lines._make(field[chosen] for field in self)


def read_lines(folder: Path) -> Lines:
    """All purchases in a folder; times without a zone count as UTC.

    Raises:
        FolderError: the file is not there, cannot be read, or has other columns.
    """
    path = folder / FILE
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise FolderError(NO_PYARROW) from None
    try:
        table = parquet.read_table(path, columns=list(COLUMNS))
        household, basket, product = (table[name].to_numpy() for name in COLUMNS[:3])
        time = table[COLUMNS[3]].to_numpy().astype("datetime64[ns]").astype(np.int64) / 1e9
    except (OSError, ArrowException, KeyError, ValueError) as error:
        raise FolderError(f"cannot read {path} with the columns {', '.join(COLUMNS)}: {error}") from error
    if not len(time):
        raise FolderError(f"{path} has no purchases")
    return build_lines(household, basket, product, time)


def build_lines(
    household: NDArray[np.int64], basket: NDArray[np.int64], product: NDArray[np.int64], time: NDArray[np.float64]
) -> Lines:
    """Lines from aligned columns in any order: ids, and Unix seconds. A basket is of one household; its time is that of
    its first line; of baskets at one time the smaller id comes first.
    """
    _, basket_of = np.unique(basket, return_inverse=True)
    begun = np.full(basket_of.max() + 1, np.inf)
    np.minimum.at(begun, basket_of, time)
    order = np.lexsort((basket_of, begun[basket_of]))
    household, product, basket_of = household[order], product[order], basket_of[order]
    # Baskets in order of time, each once, and the household of each.
    first = np.flatnonzero(np.diff(basket_of, prepend=-1))
    number = np.repeat(np.arange(len(first)), np.diff(first, append=len(order)))
    _, owner = np.unique(household[first], return_inverse=True)
    return Lines(owner[number], number, _dense(product), begun[basket_of], _baskets_after(owner)[number])


def _dense(ids: NDArray[np.int64]) -> NDArray[np.int32]:
    return np.unique(ids, return_inverse=True)[1].astype(np.int32)


def _baskets_after(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each basket, how many its household has after it."""
    by_owner = np.argsort(owner, kind="stable")
    counts = np.bincount(owner)
    after = np.empty(len(owner), np.int64)
    after[by_owner] = np.repeat(np.cumsum(counts), counts) - 1 - np.arange(len(owner))
    return after
