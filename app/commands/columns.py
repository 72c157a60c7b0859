"""Which column of a file is which field: `--columns price=Cost,name=Title`."""

import csv
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Set before the names of columns that were not mapped but are kept; no column of a file has a NUL in its name.
KEPT = "properties\0"


class ColumnsError(ValueError):
    """Raised when a mapping cannot be used; the message says what would be right."""


def parse_columns(text: str, fields: Collection[str], names: Iterable[str]) -> dict[str, str]:
    """Column by field, from `field=column,...`. A column with a comma in its name goes in quotes: `"name=A, B"`.

    `fields` are all that may be mapped, `names` those worth naming in an error.

    Raises:
        ColumnsError: a part is not `field=column`, or names an unknown field, or one field twice.
    """
    mapping: dict[str, str] = {}
    for part in next(csv.reader([text], skipinitialspace=True), []):
        field, sign, column = (piece.strip() for piece in part.partition("="))
        if not sign or not column:
            raise ColumnsError(f"{part!r} is not field=column, such as price=Cost")
        if field not in fields:
            raise ColumnsError(f"there is no field {field!r}; fields are {', '.join(names)}")
        if field in mapping:
            raise ColumnsError(f"{field} is given twice")
        mapping[field] = column
    return mapping


def check_columns(mapping: dict[str, str], present: Iterable[object]) -> None:
    """Make sure that a file has the columns that a mapping names.

    Raises:
        ColumnsError: it lacks one.
    """
    names = [str(name) for name in present]
    missing = [column for column in mapping.values() if column not in names]
    if missing:
        raise ColumnsError(f"the file has no column {missing[0]!r}; its columns are {', '.join(names)}")


def map_columns(frame: "pd.DataFrame", mapping: dict[str, str], *, rest: str | None) -> "pd.DataFrame":
    """`frame` with the mapped columns under their fields' names.

    Other columns follow, with `rest` before their names; they are dropped when it is None, and so is one whose name
    is that of a mapped field. An empty mapping leaves the frame as it is.
    """
    if not mapping:
        return frame
    taken = {*mapping.values(), *mapping}
    others = [] if rest is None else [name for name in frame.columns if name not in taken]
    renamed = frame.reindex(columns=[*mapping.values(), *others])
    renamed.columns = [*mapping, *(f"{rest}{name}" for name in others)]
    return renamed
