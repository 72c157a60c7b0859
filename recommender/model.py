"""The model: every table that is learnt from all visitors, what their files are like, and how large they are."""

from typing import NamedTuple

from recommender import factor_tables, outcome_tables, popularity_tables, product_tables, session_tables
from recommender.baskets import Baskets
from recommender.factor_tables import FactorTables
from recommender.hybrid import Tables
from recommender.names import NameTables
from recommender.outcome_tables import OutcomeTables
from recommender.popularity_tables import PopularityTables
from recommender.product_tables import ProductTables
from recommender.session_tables import SessionTables, session_sizes
from recommender.table_schema import Arrays, Schema, Table

NAME_LAYOUT = (
    Table("product_text", "uint8", ("product_bytes",), 0),
    Table("product_ends", "int64", ("products",), 0),
    Table("product_count", "int64", (1,), 0),
    Table("category_text", "uint8", ("category_bytes",), 0),
    Table("category_ends", "int64", ("categories",), 0),
    Table("category_count", "int64", (1,), 0),
)
# Indexes of baskets have the layout of that of sessions, under names of their own.
ORDERS, HISTORIES = "order_", "history_"


def _prefix(prefix: str) -> tuple[Table, ...]:
    """The layout of a session index whose tables and sizes, all but that of products, begin with a prefix."""

    def rename(part: str | int) -> str | int:
        return prefix + part if isinstance(part, str) and part != "products" else part

    return tuple(
        table._replace(name=prefix + table.name, shape=tuple(map(rename, table.shape)))
        for table in session_tables.LAYOUT
    )


BASKET_LAYOUT = (*_prefix(ORDERS), Table("order_key", "int64", ("order_slots",), 0), *_prefix(HISTORIES))
LAYOUTS = (
    session_tables.LAYOUT,
    product_tables.LAYOUT,
    popularity_tables.LAYOUT,
    factor_tables.LAYOUT,
    BASKET_LAYOUT,
    NAME_LAYOUT,
    outcome_tables.LAYOUT,
)
SCHEMA = Schema(2, tuple(table for layout in LAYOUTS for table in layout))
# Tables that count how often rows were written; they say nothing once nobody writes.
VERSIONS = ("version", "near_version", "order_version", "history_version")


class Capacity(NamedTuple):
    """How much the tables have room for at first: sessions, and a quarter as many orders and buyers, for good (powers
    of two), the rest until they grow.
    """

    sessions: int = 2**20
    products: int = 2**14
    categories: int = 2**10
    pairs: int = 2**20

    def sizes(self) -> dict[str, int]:
        """Sizes by the names of the schema."""
        baskets = session_sizes(max(self.sessions // 4, 2))
        return {
            **session_sizes(self.sessions),
            **{prefix + name: size for prefix in (ORDERS, HISTORIES) for name, size in baskets.items()},
            "order_cells": 4 * self.products,
            "history_cells": 4 * self.products,
            "products": self.products,
            "categories": self.categories,
            "pairs": self.pairs,
            "cells": 16 * self.products,
            "product_bytes": 16 * self.products,
            "category_bytes": 64 * self.categories,
        }


class Model(NamedTuple):
    """The tables of one generation, by what they are for."""

    tables: Tables
    baskets: Baskets
    products: NameTables
    categories: NameTables
    outcomes: OutcomeTables


def view_model(arrays: Arrays) -> Model:
    """The model in arrays by name, as `table_files` opens them; no copies."""
    return Model(
        Tables(
            _view_sessions(arrays, ""),
            ProductTables(**{name: arrays[name] for name in ProductTables._fields}),
            PopularityTables(**{name: arrays[name] for name in PopularityTables._fields}),
            FactorTables(**{name: arrays[name] for name in FactorTables._fields}),
        ),
        Baskets(_view_sessions(arrays, ORDERS), _view_sessions(arrays, HISTORIES), arrays["order_key"]),
        NameTables(arrays["product_text"], arrays["product_ends"], arrays["product_count"]),
        NameTables(arrays["category_text"], arrays["category_ends"], arrays["category_count"]),
        OutcomeTables(**{name: arrays[name] for name in OutcomeTables._fields}),
    )


def _view_sessions(arrays: Arrays, prefix: str) -> SessionTables:
    return SessionTables(**{name: arrays[prefix + name] for name in SessionTables._fields})
