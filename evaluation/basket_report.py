"""The figures of all sources for the next basket: a table for people, a CSV for programs."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from evaluation.basket_metrics import FIGURES, BasketFigures

COLUMNS = ("source", "cases", *FIGURES)


def render_baskets(by_source: Mapping[str, BasketFigures]) -> str:
    """The figures as aligned lines of text, a source a line, in the order given; ends without a line break."""
    rows = [COLUMNS, *_rows(by_source, digits=4)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(_align(row, widths)) for row in rows)


def save_baskets(path: Path, by_source: Mapping[str, BasketFigures]) -> None:
    """Write `COLUMNS` and a line for each source; shares with six digits."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(by_source, digits=6))


def _rows(by_source: Mapping[str, BasketFigures], digits: int) -> Iterator[tuple[str, ...]]:
    for source, figures in by_source.items():
        cases, *shares = msgspec.structs.astuple(figures)
        yield source, str(cases), *(f"{share:.{digits}f}" for share in shares)


def _align(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    yield row[0].ljust(widths[0])
    yield from (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
