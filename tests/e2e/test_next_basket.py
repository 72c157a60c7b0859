"""`flask evaluate next-basket` on a file of generated households."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import Result
from flask import Flask
from pyarrow import parquet

from app.factory import create_app
from config import Settings

SOURCES = ["popularity", "most_bought", "buy_again", "bought_together", "hybrid"]


def evaluate(*arguments: str | Path) -> Result:
    """The command; no store is there, and none is needed."""
    app: Flask = create_app(Settings(redis_url="redis://127.0.0.1:1"))
    asked = ["evaluate", "next-basket", *(str(argument) for argument in arguments)]
    result: Result = app.test_cli_runner().invoke(args=asked)
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 households, each with habits of its own that change after ten of twenty baskets."""
    rng, rows = np.random.default_rng(1), []
    for household in range(30):
        old, new = rng.choice(200, 8, replace=False), rng.choice(200, 8, replace=False)
        for number in range(20):
            day = 15.0 * number + household / 100
            rows += [(household, 100 * household + number, p, day) for p in (old if number < 12 else new).tolist()]
    ids = np.array([row[:3] for row in rows], np.int64).T
    times = pa.array([int(1.5e9 + row[3] * 86400) for row in rows], pa.timestamp("s"))
    names = ["household_id", "basket_id", "product_id", "transaction_timestamp"]
    made = tmp_path_factory.mktemp("households")
    parquet.write_table(pa.Table.from_arrays([*map(pa.array, ids), times], names), made / "transactions.parquet")
    return made


def test_it_prints_and_writes_every_source(folder: Path, tmp_path: Path) -> None:
    result = evaluate("--data", folder, "--csv", tmp_path / "figures.csv", "--progress")
    assert result.exit_code == 0, result.output
    rows = {row["source"]: row for row in csv.DictReader((tmp_path / "figures.csv").read_text().splitlines())}
    assert [*rows] == SOURCES
    assert {row["cases"] for row in rows.values()} == {"30"}
    assert float(rows["buy_again"]["ndcg@10"]) > float(rows["most_bought"]["ndcg@10"])
    assert "weights of the hybrid: buy_again 1," in result.output
    assert "hybrid is better by" in result.output


def test_the_same_seed_says_the_same(folder: Path) -> None:
    first, second = (evaluate("--data", folder, "--seed", "3", "--no-progress").output for _ in range(2))
    assert first == second != ""


def test_what_is_wrong_is_said_in_a_line(folder: Path, tmp_path: Path) -> None:
    result = evaluate("--data", tmp_path)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: cannot read {tmp_path / 'transactions.parquet'}")
    result = evaluate("--data", folder, "--csv", tmp_path / "missing" / "figures.csv")
    assert result.exit_code == 2
    assert "there is no folder" in result.output
