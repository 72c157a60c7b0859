"""Files of events with times, CSV or TSV, as sessions.

Rows are put in order of time within a session, and sessions in order of their last click, as Serenade and session-rec
do. Where a file knows visitors but no sessions, a pause cuts a visitor's events.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from evaluation.sessions import Numbering, Sessions

if TYPE_CHECKING:
    import pandas as pd

SESSION_GAP_SECONDS = 1800.0
# Times from these up are in ms, us and ns: as seconds they would be years after 2286.
_UNITS = ((1e16, 1e9), (1e13, 1e6), (1e10, 1e3))


class EventFileError(ValueError):
    """Raised when a file has no events that can be read; the message says what would be right."""


class EventColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Which column of a file is what: the product, the time, the session or the visitor, and perhaps the event's type
    and the product's category.

    Raises:
        EventFileError: neither or both of `session` and `visitor` are named.
    """

    product: str
    time: str
    session: str = ""
    visitor: str = ""
    type: str = ""
    category: str = ""

    def __post_init__(self) -> None:
        if bool(self.session) == bool(self.visitor):
            raise EventFileError("name either the column of the session or that of the visitor")


class TimedSessions(msgspec.Struct, frozen=True):
    """Sessions by rising time of their last click. Arrays (c,) are aligned with `sessions.clicks`.

    `times` float64 (c,), Unix seconds, rising within a session. `owners`: the id of each session, or of its visitor.
    `types` int16 (c,): places in `type_names`, -1 where no column of types was named. `categories`: of product numbers,
    as last said. `dropped`: rows left out for want of an id, a product or a time.
    """

    sessions: Sessions
    times: NDArray[np.float64]
    owners: list[str]
    types: NDArray[np.int16]
    type_names: list[str]
    categories: dict[int, str]
    dropped: int


def read_event_file(
    path: Path, columns: EventColumns, numbering: Numbering, gap_seconds: float = SESSION_GAP_SECONDS
) -> TimedSessions:
    """The events of a file. Sessions of one click are kept; ids are text, and times Unix times or RFC 3339.

    Raises:
        EventFileError: the file cannot be read, lacks a column, or no row of it is an event.
    """
    frame = _read_columns(path, columns)
    times = _parse_times(frame["time"])
    is_event = np.isfinite(times) & (frame[["owner", "product"]] != "").to_numpy().all(axis=1)
    if not is_event.any():
        raise EventFileError(f"{path} has no row with an id, a product and a time (Unix time or RFC 3339)")
    frame, times = frame[is_event], times[is_event]
    owners, owner_ids = _enumerate(frame["owner"])
    order, starts = arrange(owners, times, gap_seconds if columns.visitor else np.inf)
    frame = frame.iloc[order]
    products, product_ids = _enumerate(frame["product"])
    types, type_names = _enumerate(frame["type"]) if columns.type else (np.full(len(order), -1), [])
    clicks = np.array([numbering.number(name) for name in product_ids], np.int32)[products]
    said = zip(clicks.tolist(), frame["category"], strict=True) if columns.category else ()
    return TimedSessions(
        sessions=Sessions(clicks, starts),
        times=times[order],
        owners=[owner_ids[owner] for owner in owners[order[starts[:-1]]]],
        types=types.astype(np.int16),
        type_names=type_names,
        categories={product: name for product, name in said if name},
        dropped=int((~is_event).sum()),
    )


def arrange(
    owners: NDArray[np.int64], times: NDArray[np.float64], gap_seconds: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the rows go: `order` (r,), row numbers session by session, and `starts` (n + 1,), as in `Sessions`.

    A session ends with its owner's last row, or before a pause of `gap_seconds` or more. Rows of equal time keep their
    order, and sessions that end at the same time that of their owners' numbers.
    """
    by_owner = np.lexsort((times, owners))
    owner, time = owners[by_owner], times[by_owner]
    begins = np.ones(len(time), np.bool_)
    begins[1:] = (owner[1:] != owner[:-1]) | (np.diff(time) >= gap_seconds)
    session = begins.cumsum() - 1
    last_clicks = time[np.append(begins[1:], True)]
    place = np.empty(len(last_clicks), np.int64)
    place[last_clicks.argsort(kind="stable")] = np.arange(len(last_clicks))
    lengths = np.bincount(place[session])
    order = by_owner[place[session].argsort(kind="stable")]
    return order, np.concatenate(([0], lengths.cumsum()))


def _read_columns(path: Path, columns: EventColumns) -> "pd.DataFrame":
    """The named columns as stripped text, empty where a row has nothing; `owner` is the session or the visitor."""
    import pandas as pd

    named = {"owner": columns.session or columns.visitor, "product": columns.product, "time": columns.time}
    named |= {name: getattr(columns, name) for name in ("type", "category") if getattr(columns, name)}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            delimiter = "\t" if "\t" in file.readline() else ","
            file.seek(0)
            present = [str(name) for name in pd.read_csv(file, sep=delimiter, nrows=0).columns]
            _check_columns(list(named.values()), present)
            file.seek(0)
            frame = pd.read_csv(file, sep=delimiter, usecols=[*named.values()], dtype=str, keep_default_na=False)
    except OSError as error:
        raise EventFileError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise EventFileError(f"cannot read {path}: {error}") from error
    return pd.DataFrame({field: frame[column].str.strip() for field, column in named.items()})


def _check_columns(named: list[str], present: list[str]) -> None:
    missing = [column for column in named if column not in present]
    if missing:
        raise ValueError(f"it has no column {missing[0]!r}; its columns are {', '.join(present)}")


def _parse_times(texts: "pd.Series[str]") -> NDArray[np.float64]:
    """Unix seconds, NaN or infinite where there is no time. The unit is the file's, told by the size of the median."""
    import pandas as pd

    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    if np.isfinite(numbers).any():
        typical = np.median(np.abs(numbers[np.isfinite(numbers)]))
        return numbers / next((unit for least, unit in _UNITS if typical >= least), 1.0)
    moments = pd.to_datetime(texts.str.removesuffix(" UTC"), errors="coerce", utc=True, format="ISO8601")
    return np.asarray((moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1), np.float64)


def _enumerate(texts: "pd.Series[str]") -> tuple[NDArray[np.int64], list[str]]:
    """Numbers for texts in the order of their first appearance, and the text of each number."""
    numbers, names = texts.factorize()
    return numbers.astype(np.int64), [str(name) for name in names]
