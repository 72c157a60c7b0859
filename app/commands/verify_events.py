"""The events in a file as the service should understand them, in pandas; apart from the code that it checks.

Only data is shared with the service: the names of fields, and the taxonomy.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.commands.columns import KEPT
from app.commands.rows import as_sent
from app.commands.tables import is_empty
from app.commands.verify_tables import VerifyError
from events.fields import ALIASES, CONTAINERS
from events.taxonomy import EventType, Taxonomy

if TYPE_CHECKING:
    import pandas as pd

# What depends on the moment of arrival, or on more than one visitor or product, is not in the file's columns.
UNSUPPORTED = ("items", "traits", "previous_id", "sent_at")
LINKING = frozenset({"identify", "alias"})
# A kept column's name is looked up too, after all others; as for members of an event's `properties`.
KEPT_RANK = 100
SCALES = {"duration": 1000.0, "percent_scrolled": 0.01}
# (at least so large, units a second): numbers are ns, us, ms or s by their size.
TIME_UNITS = ((1e16, 1e9), (1e13, 1e6), (1e10, 1e3), (0.0, 1.0))
BRAND_LENGTH = 200
UNMEASURED = 0.1


class Cells:
    """The cells of a frame by canonical field; where several columns mean one field, the best that says something."""

    def __init__(self, frame: "pd.DataFrame") -> None:
        self._frame = frame
        ranks = {name: (field, rank) for field, names in ALIASES.items() for rank, name in enumerate(names)}
        found: dict[str, list[tuple[int, str]]] = {}
        for column in map(str, frame.columns):
            field, rank = ranks.get(column.removeprefix(KEPT), ("", 0))
            found.setdefault(field, []).append((rank + KEPT_RANK * column.startswith(KEPT), column))
        self._columns = {field: [column for _, column in sorted(ranked)] for field, ranked in found.items()}

    def get(self, field: str, parse: Callable[[Any], Any], default: Any) -> "pd.Series[Any]":
        """Each row's `parse(cell)`, or `default` where no column has a cell. `parse` may take the column's name."""
        return self._coalesce(field, lambda _, cell: parse(cell), default)

    def numbers(self, field: str) -> "pd.Series[float]":
        """Each row's number in the canonical unit, NaN where there is none."""
        scaled = self._coalesce(field, lambda name, cell: _number(cell) * SCALES.get(name, 1.0), float("nan"))
        return scaled.astype("float64")

    def check_supported(self) -> None:
        """Raises VerifyError when a column means something that cannot be recomputed."""
        for field in UNSUPPORTED:
            if self.get(field, lambda _: True, False).any():
                raise VerifyError(f"--verify cannot follow {field} (column {self._columns[field][0]!r})")
        for name in CONTAINERS:
            if name in self._frame.columns and not self._frame[name].map(is_empty).all():
                raise VerifyError(f"--verify needs flat events, without objects such as {name!r}; map columns")

    def _coalesce(self, field: str, parse: Callable[[str, Any], Any], default: Any) -> "pd.Series[Any]":
        import pandas as pd

        values = [default] * len(self._frame)
        for column in reversed(self._columns.get(field, [])):
            name = column.removeprefix(KEPT)
            cells = self._frame[column].tolist()
            values = [known if is_empty(cell) else parse(name, cell) for cell, known in zip(cells, values, strict=True)]
        return pd.Series(values, index=self._frame.index, dtype=object)


def build_events(frame: "pd.DataFrame", taxonomy: Taxonomy) -> "pd.DataFrame":
    """One row an event, duplicates included.

    Columns: visitor, type, time (s, NaN if unknown), product_id, categories (tuple), brand, price, quantity, rating,
    order_id, weight (signed), name_key and order_key (what makes two events one; "" for none).

    Raises:
        VerifyError: the file holds what cannot be recomputed from it.
    """
    import pandas as pd

    cells = Cells(frame)
    cells.check_supported()
    user, anonymous = cells.get("user_id", _identifier, ""), cells.get("anonymous_id", _identifier, "")
    names = cells.get("type", _text, "")
    types = {name: _canonical(taxonomy, name) for name in names.unique()}
    if LINKING & set(types.values()):
        raise VerifyError("--verify cannot follow identify and alias events")
    events = pd.DataFrame(
        {
            "visitor": ("users/" + user).where(user != "", "anonymous/" + anonymous),
            "type": names.map(types),
            "time": _seconds(cells.get("timestamp", lambda cell: cell, None)),
            "product_id": cells.get("product_id", _identifier, ""),
            "categories": cells.get("category", _categories, ()),
            "brand": cells.get("brand", lambda cell: _text(cell)[:BRAND_LENGTH], ""),
            "price": cells.numbers("price"),
            "quantity": cells.numbers("quantity").fillna(1.0),
            "order_id": cells.get("order_id", _identifier, ""),
        }
    )
    rating = cells.numbers("rating")
    events["rating"] = rating.where(rating < 1.0, (rating - 3.0) / 2.0)
    events["weight"] = _weights(events, cells, taxonomy)
    return _add_keys(events, cells)


def _weights(events: "pd.DataFrame", cells: Cells, taxonomy: Taxonomy) -> "pd.Series[float]":
    rows = {name: taxonomy.find(name) or EventType(type=name) for name in events["type"].unique()}

    def of_type(attribute: str) -> "pd.Series[Any]":
        return events["type"].map({name: getattr(row, attribute) for name, row in rows.items()})

    weight = of_type("weight").astype("float64")
    pieces = events["quantity"].clip(1.0, 4.0) ** 0.5
    weight = weight.where(~of_type("by_quantity").astype(bool), weight * pieces)
    kind = of_type("engagement")
    by_time = (cells.numbers("duration_ms") / of_type("full_ms").astype("float64")).clip(upper=1.0)
    depth = cells.numbers("portion")
    for name, first, second in (("duration", by_time, depth), ("portion", depth, by_time)):
        weight = weight.where(kind != name, weight * first.fillna(second).fillna(UNMEASURED))
    return weight.where(kind != "rating", weight * events["rating"].fillna(0.0))


def _add_keys(events: "pd.DataFrame", cells: Cells) -> "pd.DataFrame":
    """What makes rows one event: its id; or else type, time as sent, product, order, query and categories."""
    stamp = cells.get("timestamp", lambda cell: f"{as_sent('timestamp', cell)}", "")
    given, query = cells.get("event_id", _identifier, ""), cells.get("query", _text, "")
    derived = events["type"] + "\0" + stamp
    for part in (events["product_id"], events["order_id"], query, events["categories"].map("\0".join)):
        derived = derived + "\0" + part
    visitor = events["visitor"] + "\0"
    events["name_key"] = (visitor + "id\0" + given).where(given != "", visitor + "of\0" + derived)
    is_order = events["type"].isin(["purchase", "refund"]) & (events["order_id"] != "")
    order = visitor + events["type"] + "\0" + events["order_id"] + "\0" + events["product_id"]
    events["order_key"] = order.where(is_order, "")
    return events


def _seconds(raw: "pd.Series[Any]") -> "pd.Series[float]":
    import numpy as np
    import pandas as pd

    numbers = pd.to_numeric(raw, errors="coerce").astype("float64")
    size = numbers.abs()
    units = np.select([size >= least for least, _ in TIME_UNITS], [unit for _, unit in TIME_UNITS], 1.0)
    texts = raw[numbers.isna()].astype("str").str.strip().str.removesuffix(" UTC")
    moments = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
    microseconds = (moments - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(microseconds=1)
    from_text: pd.Series[float] = microseconds.astype("float64") / 1e6
    seconds: pd.Series[float] = numbers / units
    return seconds.fillna(from_text)


def _canonical(taxonomy: Taxonomy, name: str) -> str:
    row = taxonomy.find(name)
    return row.type if row is not None else name


def _identifier(cell: Any) -> str:
    return _text(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)


def _text(cell: Any) -> str:
    return str(cell).strip()


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def _categories(cell: Any) -> tuple[str, ...]:
    listed = cell if isinstance(cell, list) else [cell]
    return tuple(dict.fromkeys(name for name in map(_text, listed) if name))
