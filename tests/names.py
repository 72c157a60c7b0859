"""Tables of names for tests."""

import numpy as np

from recommender.names import Names, NameTables


def empty_names(texts: int = 8, size: int = 64) -> NameTables:
    """Room for so many texts of so many bytes together."""
    return NameTables(np.zeros(size, np.uint8), np.zeros(texts, np.int64), np.zeros(1, np.int64))


def names_of(*texts: str, room: int = 8) -> NameTables:
    """Tables that hold these, numbered from 0."""
    tables = empty_names(room)
    names = Names(tables)
    for text in texts:
        names.add(text)
    return tables
