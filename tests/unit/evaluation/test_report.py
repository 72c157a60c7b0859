"""Figures as a table, a CSV and a plot."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

from evaluation.metrics import Figures
from evaluation.report import PlotError, render_table, save_csv, save_plot
from tests.servers import ROOT, clean_environment

HEADER = "source,cases,hr@20,mrr@20,hr@10,mrr@10,hr@5,mrr@5,cov@20,pop@20,us_per_query"
HYBRID = Figures(60858, 0.5643, 0.2065, 0.42, 0.195, 0.3012345678, 0.179, 0.91, 0.0523, 147.25)
BY_SOURCE = {
    "popularity": Figures(60858, 0.0091, 0.0021, 0.005, 0.002, 0.003, 0.001, 0.0005, 0.9, 0.8),
    "hybrid": HYBRID,
}


def test_csv_has_the_columns_and_a_line_by_source(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    save_csv(path, BY_SOURCE)
    lines = path.read_bytes().decode().split("\n")
    assert lines[0] == HEADER
    assert lines[2:] == [
        "hybrid,60858,0.564300,0.206500,0.420000,0.195000,0.301235,0.179000,0.910000,0.052300,147.2",
        "",
    ]
    assert [row["source"] for row in csv.DictReader(lines)] == ["popularity", "hybrid"]


def test_table_is_aligned() -> None:
    table = render_table(BY_SOURCE)
    lines = table.split("\n")
    assert [line.split()[0] for line in lines] == ["source", "popularity", "hybrid"]
    assert lines[0].split() == HEADER.split(",")
    assert lines[2].split()[1:4] == ["60858", "0.5643", "0.2065"]
    # Numbers end where the names of their columns end.
    ends = [[match.end() for match in re.finditer(r"\S+", line)][1:] for line in lines]
    assert ends[0] == ends[1] == ends[2]


def test_table_and_csv_of_nothing_are_the_header(tmp_path: Path) -> None:
    assert render_table({}).split() == HEADER.split(",")
    save_csv(tmp_path / "a.csv", {})
    assert (tmp_path / "a.csv").read_text() == HEADER + "\n"


def test_plot_as_svg_shows_every_source_and_its_figures(tmp_path: Path) -> None:
    save_plot(tmp_path / "a.svg", BY_SOURCE | {"$odd_name$": HYBRID})
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "a.svg").read_text())
    assert {"popularity", "hybrid", "$odd_name$", "HR@20", "MRR@20", "0.0091", "0.5643", "0.0021", "0.2065"} <= {*texts}


def test_the_same_figures_give_the_same_plot(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        save_plot(tmp_path / name, BY_SOURCE)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_of_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlotError, match=r"cannot draw a\.bmp: a plot is a file named \.png or \.svg"):
        save_plot(tmp_path / "a.bmp", BY_SOURCE)


def test_without_matplotlib_only_the_plot_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PlotError, match=r"needs matplotlib: pip install -r requirements-plot\.txt"):
        save_plot(tmp_path / "a.png", BY_SOURCE)
    assert not (tmp_path / "a.png").exists()
    save_csv(tmp_path / "a.csv", BY_SOURCE)
    assert (tmp_path / "a.csv").read_text().count("\n") == render_table(BY_SOURCE).count("\n") + 1


def test_the_parts_load_neither_matplotlib_nor_pandas() -> None:
    parts = ", ".join(f"evaluation.{name}" for name in ("report", "compare", "event_files"))
    code = f"import sys, {parts}; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, "")
    loaded = {name.partition(".")[0] for name in result.stdout.split()}
    assert "evaluation" in loaded
    assert loaded & {"matplotlib", "pandas", "redis", "flask"} == set()
