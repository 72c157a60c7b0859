"""The model: every table that is learnt from all visitors, what their files are like, and how large they are."""

from typing import NamedTuple

import numpy as np

from recommender.hybrid import Tables
from recommender.names import NameTables
from recommender.product_tables import NEIGHBOUR_LIMIT, TOP_LIMIT, ProductTables
from recommender.session_tables import MAX_CLICKS, SessionTables
from recommender.table_schema import Arrays, Schema, Table

# Sizes that grow with what is learnt; the others stay, because cells are found by their remainder.
GROWING = ("products", "categories", "product_bytes", "category_bytes", "cells")

SCHEMA = Schema(
    version=1,
    tables=(
        Table("clicks", "int32", ("slots", MAX_CLICKS), 0),
        Table("length", "int32", ("slots",), 0),
        Table("number", "int64", ("slots",), -1),
        Table("version", "int64", ("slots",), 0),
        Table("visitor", "int64", ("slots",), 0),
        Table("latest", "float64", ("slots",), 0),
        Table("total", "int32", ("slots",), 0),
        Table("next_number", "int64", (1,), 0),
        Table("posting", "int64", ("products", 4), 0),
        Table("arena", "int32", ("cells",), 0),
        Table("arena_used", "int64", (1,), 0),
        Table("free", "int64", (32,), -1),
        Table("sessions_of", "int64", ("products",), 0),
        Table("neighbours", "int32", ("products", NEIGHBOUR_LIMIT), -1),
        Table("nearness", "float32", ("products", NEIGHBOUR_LIMIT), 0),
        Table("near_version", "int64", ("products",), 0),
        Table("touched", "int64", ("products",), 0),
        Table("category", "int32", ("products",), -1),
        Table("recent", "float64", ("products",), -np.inf),
        Table("category_recent", "float64", ("categories",), -np.inf),
        Table("pair", "int64", ("pairs",), -1),
        Table("pair_clicks", "float64", ("pairs",), 0),
        Table("departures", "float64", ("categories",), 0),
        Table("overall_top", "int32", (TOP_LIMIT,), -1),
        Table("category_top", "int32", ("categories", TOP_LIMIT), -1),
        Table("product_text", "uint8", ("product_bytes",), 0),
        Table("product_ends", "int64", ("products",), 0),
        Table("product_count", "int64", (1,), 0),
        Table("category_text", "uint8", ("category_bytes",), 0),
        Table("category_ends", "int64", ("categories",), 0),
        Table("category_count", "int64", (1,), 0),
    ),
)


class Capacity(NamedTuple):
    """How much the tables have room for at first: sessions (a power of two) for good, the rest until they grow."""

    sessions: int = 2**20
    products: int = 2**14
    categories: int = 2**10
    pairs: int = 2**20

    def sizes(self) -> dict[str, int]:
        """Sizes by the names of the schema."""
        return {
            "slots": 1 << max(self.sessions - 1, 0).bit_length(),
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
        ),
        NameTables(arrays["product_text"], arrays["product_ends"], arrays["product_count"]),
        NameTables(arrays["category_text"], arrays["category_ends"], arrays["category_count"]),
    )


def build_arrays(sizes: dict[str, int]) -> dict[str, np.ndarray]:
    """Empty tables in this process's memory, by name."""
    return {
        table.name: np.full(shape, table.empty, table.dtype)
        for table, shape in zip(SCHEMA.tables, SCHEMA.shapes(sizes).values(), strict=True)
    }
