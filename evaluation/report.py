"""The figures of all sources for people and for other programs: a table, a CSV, a plot."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from evaluation.metrics import Figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = ("source", *(field.encode_name for field in msgspec.structs.fields(Figures)))
PLOT_FORMATS = (".png", ".svg")
NO_MATPLOTLIB = "drawing a plot needs matplotlib: pip install -r requirements-plot.txt"


class PlotError(Exception):
    """Raised when a plot cannot be drawn; the message says what would be right."""


def render_table(by_source: Mapping[str, Figures]) -> str:
    """The figures as aligned lines of text, a source a line, in the order given; ends without a line break."""
    rows = [COLUMNS, *(_cells(source, figures, digits=4) for source, figures in by_source.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_align(row, widths) for row in rows)


def save_csv(path: Path, by_source: Mapping[str, Figures]) -> None:
    """Write `COLUMNS` and a line for each source; shares with six digits."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_cells(source, figures, digits=6) for source, figures in by_source.items())


def check_plot(path: Path) -> None:
    """Make sure that a plot can be drawn into `path`.

    Raises:
        PlotError: matplotlib is not installed, or the name of the file says no known format.
    """
    if path.suffix.lower() not in PLOT_FORMATS:
        raise PlotError(f"cannot draw {path.name}: a plot is a file named {' or '.join(PLOT_FORMATS)}")
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise PlotError(NO_MATPLOTLIB) from None


def save_plot(path: Path, by_source: Mapping[str, Figures]) -> None:
    """Bars of HR@20 and MRR@20 by source, as a .png or .svg file. The same figures give the same file.

    Raises:
        PlotError: matplotlib is not installed, or the name of the file says no known format.
    """
    check_plot(path)
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # Text stays text and ids do not change from run to run.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "shelflife", "text.parse_math": False}):
        figure = Figure(figsize=(9.0, 1.2 + 0.32 * len(by_source)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        sources = list(by_source)
        _draw_bars(left, "HR@20", sources, [figures.hr_20 for figures in by_source.values()])
        _draw_bars(right, "MRR@20", sources, [figures.mrr_20 for figures in by_source.values()])
        left.invert_yaxis()
        date = {"Date": None} if path.suffix.lower() == ".svg" else {}
        figure.savefig(path, dpi=150, metadata=date)


def _draw_bars(axes: "Axes", title: str, sources: list[str], values: list[float]) -> None:
    bars = axes.barh(sources, values, color="#3b6ea5")
    axes.bar_label(bars, [f"{value:.4f}" for value in values], padding=3, fontsize=8)
    axes.set_title(title, loc="left")
    axes.margins(x=0.18)
    axes.set_xlim(left=0.0)
    axes.spines[["top", "right"]].set_visible(False)


def _cells(source: str, figures: Figures, digits: int) -> tuple[str, ...]:
    *shares, us_per_query = msgspec.structs.astuple(figures)[1:]
    return source, str(figures.cases), *(f"{share:.{digits}f}" for share in shares), f"{us_per_query:.1f}"


def _align(row: tuple[str, ...], widths: list[int]) -> str:
    numbers = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
    return "  ".join([row[0].ljust(widths[0]), *numbers])
