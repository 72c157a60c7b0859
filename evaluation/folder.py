"""A folder in the layout of the session-recommendation literature.

`train_sessions.txt`: a session a line, product ids in the order of clicks, oldest session first. `test_prefixes.tsv`: a
case a line, what was clicked so far, a tab, and what was clicked next. `item_category.csv`, where there is one: columns
`item` and `category`.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.sessions import Cases, Numbering, Sessions, build_sessions

TRAINING, CASES, CATEGORIES = "train_sessions.txt", "test_prefixes.tsv", "item_category.csv"


class FolderError(ValueError):
    """Raised when a file of a folder cannot be used; the message names it and says what would be right."""


def read_training(path: Path, numbering: Numbering) -> Sessions:
    """The sessions of `train_sessions.txt`.

    Raises:
        FolderError: the file cannot be read, or has no session.
    """
    sessions = build_sessions([numbering.number(item) for item in line.split()] for _, line in _lines(path))
    if not len(sessions):
        raise FolderError(f"{path} has no session to learn from: a line is a session, product ids in order of clicks")
    return sessions


def read_cases(path: Path, numbering: Numbering) -> Cases:
    """The cases of `test_prefixes.tsv`. Those of one session follow each other.

    Raises:
        FolderError: the file cannot be read, has no case, or a line that is none.
    """
    wholes: list[list[int]] = []
    for number, line in _lines(path):
        left, _, right = line.partition("\t")
        items, label = left.split(), right.split()
        if not items or len(label) != 1:
            raise FolderError(f"{path}, line {number} is no case: product ids, a tab, and the next product id")
        wholes.append([numbering.number(item) for item in [*items, *label]])
    if not wholes:
        raise FolderError(f"{path} has no case to be judged by: a line is product ids, a tab, and the next product id")
    labels = np.array([whole[-1] for whole in wholes], np.int32)
    return Cases(build_sessions(whole[:-1] for whole in wholes), labels, _number_sessions(wholes))


def _number_sessions(wholes: list[list[int]]) -> NDArray[np.int64]:
    """Which session each case is of: prefixes of one session grow, or shrink, by a click from line to line."""
    before, after = wholes[:-1], wholes[1:]
    shrinks = np.array([one[:-1] == other for one, other in zip(before, after, strict=True)], np.bool_)
    grows = np.array([one == other[:-1] for one, other in zip(before, after, strict=True)], np.bool_)
    continues = shrinks if shrinks.sum() >= grows.sum() else grows
    return np.concatenate((np.zeros(1, np.int64), (~continues).cumsum()))


def read_categories(path: Path, numbering: Numbering) -> NDArray[np.int32]:
    """The category of each product, int32 (P,), -1 where none is known.

    Raises:
        FolderError: the file cannot be read, or lacks a column.
    """
    categories = np.full(len(numbering), -1, np.int32)
    names = Numbering()
    rows = csv.DictReader(line for _, line in _lines(path))
    if not {"item", "category"} <= {*(rows.fieldnames or ())}:
        raise FolderError(f"{path} has no columns item and category in its first line")
    for row in rows:
        number = numbering.known((row["item"] or "").strip())
        if number is not None and (category := (row["category"] or "").strip()):
            categories[number] = names.number(category)
    return categories


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise FolderError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise FolderError(f"cannot read {path}: it is not UTF-8 text") from error
