"""How large the tables of the model are, for whoever shows it."""

from collections.abc import Sequence
from typing import NamedTuple

from recommender import factor_tables, outcome_tables, popularity_tables, product_tables, session_tables
from recommender.model import BASKET_LAYOUT, HISTORIES, NAME_LAYOUT, ORDERS
from recommender.table_schema import Arrays, Table


class TableSize(NamedTuple):
    """Tables of one purpose: `rows` of `room` are in use. `bytes`: of their files, which are sparse at first."""

    name: str
    rows: int
    room: int
    bytes: int


def measure_tables(arrays: Arrays) -> list[TableSize]:
    """Sizes by purpose, of all tables of a model; empty for no arrays."""
    if not arrays:
        return []
    products, categories = (int(arrays[name][0]) for name in ("product_count", "category_count"))
    room = len(arrays["product_ends"])
    names = room + len(arrays["category_ends"])
    orders = [table for table in BASKET_LAYOUT if not table.name.startswith(HISTORIES)]
    histories = [table for table in BASKET_LAYOUT if table.name.startswith(HISTORIES)]
    return [
        TableSize("sessions", *_sessions(arrays, ""), _bytes(arrays, session_tables.LAYOUT)),
        TableSize("neighbours and moves", products, room, _bytes(arrays, product_tables.LAYOUT)),
        TableSize("popularity and trends", products, room, _bytes(arrays, popularity_tables.LAYOUT)),
        TableSize("factors", products, room, _bytes(arrays, factor_tables.LAYOUT)),
        TableSize("orders", *_sessions(arrays, ORDERS), _bytes(arrays, orders)),
        TableSize("purchase histories", *_sessions(arrays, HISTORIES), _bytes(arrays, histories)),
        TableSize("outcomes", products, room, _bytes(arrays, outcome_tables.LAYOUT)),
        TableSize("names", products + categories, names, _bytes(arrays, NAME_LAYOUT)),
    ]


def _sessions(arrays: Arrays, prefix: str) -> tuple[int, int]:
    """Slots of an index of sessions or baskets that are in use, and how many there are."""
    slots = len(arrays[f"{prefix}number"])
    return min(int(arrays[f"{prefix}next_number"][0]), slots), slots


def _bytes(arrays: Arrays, layout: Sequence[Table]) -> int:
    return sum(arrays[table.name].nbytes for table in layout)
