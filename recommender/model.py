"""The model: every table that is learnt from all visitors, what their files are like, and how large they are."""

from typing import NamedTuple

from recommender import popularity_tables, product_tables, session_tables
from recommender.hybrid import Tables
from recommender.names import NameTables
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
SCHEMA = Schema(2, (*session_tables.LAYOUT, *product_tables.LAYOUT, *popularity_tables.LAYOUT, *NAME_LAYOUT))


# Tables that count how often rows were written; they say nothing once nobody writes.
VERSIONS = ("version", "near_version")


class Capacity(NamedTuple):
    """How much the tables have room for at first: sessions (a power of two) for good, the rest until they grow."""

    sessions: int = 2**20
    products: int = 2**14
    categories: int = 2**10
    pairs: int = 2**20

    def sizes(self) -> dict[str, int]:
        """Sizes by the names of the schema."""
        return {
            **session_sizes(self.sessions),
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
    products: NameTables
    categories: NameTables


def view_model(arrays: Arrays) -> Model:
    """The model in arrays by name, as `table_files` opens them; no copies."""
    return Model(
        Tables(
            SessionTables(**{name: arrays[name] for name in SessionTables._fields}),
            ProductTables(**{name: arrays[name] for name in ProductTables._fields}),
            PopularityTables(**{name: arrays[name] for name in PopularityTables._fields}),
        ),
        NameTables(arrays["product_text"], arrays["product_ends"], arrays["product_count"]),
        NameTables(arrays["category_text"], arrays["category_ends"], arrays["category_count"]),
    )
