"""Where two sets of profiles differ."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.commands.verify_tables import MEASURES, ProfileTables

if TYPE_CHECKING:
    import pandas as pd

RELATIVE_TOLERANCE = 1e-6
# Below this a difference is nothing: a millionth of a millionth of a view.
ABSOLUTE_TOLERANCE = 1e-12
# The service drops what has faded to 2^-48 of the strongest interest of a session, and may do so several times.
SESSION_TOLERANCE = 2.0**-44

INTEREST = ["visitor", "dimension", "name"]


@dataclass(frozen=True)
class Comparison:
    """`differences` has columns visitor and text; `max_relative` is the greatest relative difference between
    interests, of those that are large enough for the relative tolerance to be the wider one.
    """

    differences: "pd.DataFrame"
    max_relative: float


def compare(expected: ProfileTables, found: ProfileTables) -> Comparison:
    """Differences of `found` from `expected`, which alone has the column `required`."""
    import pandas as pd

    interests, max_relative = _compare_interests(expected.interests, found.interests)
    parts = [
        _compare_rows("seen", expected.seen, found.seen),
        interests,
        _compare_rows("count", expected.counts, found.counts),
        _compare_rows("product", expected.products, found.products),
        _compare_rows("recent", _numbered(expected.recent), _numbered(found.recent)),
    ]
    return Comparison(pd.concat(parts, ignore_index=True), max_relative)


def _compare_interests(expected: "pd.DataFrame", found: "pd.DataFrame") -> tuple["pd.DataFrame", float]:
    import pandas as pd

    both = expected.merge(found, how="outer", on=INTEREST, suffixes=("", "_found")).fillna(0.0)
    strongest = both[["session", "session_negative"]].max(axis=1).groupby(both["visitor"]).transform("max")
    in_session = (strongest * SESSION_TOLERANCE).clip(lower=ABSOLUTE_TOLERANCE)
    parts, greatest = [], [0.0]
    for measure in MEASURES:
        nothing = in_session if measure.startswith("session") else ABSOLUTE_TOLERANCE
        right = both[measure]
        apart = (right - both[f"{measure}_found"]).abs()
        greatest += (apart / right)[right * RELATIVE_TOLERANCE > nothing].tolist()
        off = both[(apart > right * RELATIVE_TOLERANCE) & (apart > nothing)]
        parts.append(_describe(off, measure))
    return pd.concat(parts), max(greatest)


def _describe(off: "pd.DataFrame", measure: str) -> "pd.DataFrame":
    import pandas as pd

    columns = ["dimension", "name", measure, f"{measure}_found"]
    texts = [
        f"{dimension} {name!r} {measure}: {value!r} by the file, {other!r} in the service"
        for dimension, name, value, other in zip(*(off[column].tolist() for column in columns), strict=True)
    ]
    return pd.DataFrame({"visitor": off["visitor"].tolist(), "text": texts})


def _compare_rows(what: str, expected: "pd.DataFrame", found: "pd.DataFrame") -> "pd.DataFrame":
    """Rows of one table that the other lacks; every column counts."""
    import pandas as pd

    columns = [name for name in found.columns if name != "required"]
    both = expected.merge(found, how="outer", on=columns, indicator="side")
    required = both["required"].fillna(True).astype(bool) if "required" in both else True
    missing = both[(both["side"] == "left_only") & required]
    extra = both[both["side"] == "right_only"]
    parts = []
    for rows, where in ((missing, "only by the file"), (extra, "only in the service")):
        texts = [
            f"{what} {', '.join(_render_cell(name, row[name]) for name in columns[1:])}: {where}"
            for row in rows.to_dict("records")
        ]
        parts.append(pd.DataFrame({"visitor": rows["visitor"].tolist(), "text": texts}))
    return pd.concat(parts)


def _render_cell(name: str, value: object) -> str:
    if name.endswith("_ms") and isinstance(value, int | float):
        return f"{name.removesuffix('_ms')} {value / 1000}"
    return f"{name} {value}"


def _numbered(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Equal rows told apart by a number, so that they are counted."""
    columns = [name for name in rows.columns if name != "required"]
    return rows.assign(repeat=rows.groupby(columns).cumcount())
