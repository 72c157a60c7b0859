"""Rows of text as aligned columns."""

from collections.abc import Sequence


def align(rows: Sequence[Sequence[str]]) -> str:
    """Lines of cells, two blanks between columns; ends without a line break."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
