"""Purchases from a file, in order of time."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from evaluation.baskets import COLUMNS, FILE, build_lines, read_lines
from evaluation.folder import FolderError

# Household, basket, product, time.
ROWS = [(7, 30, 500, 90.0), (7, 10, 500, 10.0), (9, 20, 400, 50.0), (7, 10, 600, 10.0), (7, 40, 600, 90.0)]


def arrays(rows: list[tuple[int, int, int, float]]) -> tuple[np.ndarray, ...]:
    columns = list(zip(*rows, strict=True))
    return (*(np.array(column, np.int64) for column in columns[:3]), np.array(columns[3], np.float64))


@pytest.mark.parametrize("seed", range(5))
def test_baskets_are_numbered_in_order_of_time_in_whatever_order_they_are_read(seed: int) -> None:
    shuffled = [ROWS[n] for n in np.random.default_rng(seed).permutation(len(ROWS))]
    household, basket, product, time = arrays(shuffled)
    lines = build_lines(household, basket, product, time)
    found = sorted(zip(lines.basket.tolist(), lines.household.tolist(), lines.product.tolist(), strict=True))
    assert found == [(0, 0, 1), (0, 0, 2), (1, 1, 0), (2, 0, 1), (3, 0, 2)]
    assert lines.basket.tolist() == [0, 0, 1, 2, 3]
    assert lines.time.tolist() == [10.0, 10.0, 50.0, 90.0, 90.0]
    assert lines.place.tolist() == [2, 2, 0, 1, 0]


def test_the_time_of_a_basket_is_that_of_its_first_line() -> None:
    lines = build_lines(*arrays([(1, 1, 1, 30.0), (1, 2, 2, 20.0), (1, 1, 3, 10.0)]))
    assert (lines.basket.tolist(), lines.time.tolist()) == ([0, 0, 1], [10.0, 10.0, 20.0])


def test_lines_are_chosen_in_all_columns() -> None:
    chosen = build_lines(*arrays(ROWS)).where(np.array([False, True, False, True, False]))
    assert [column.tolist() for column in chosen] == [[0, 0], [0, 2], [2, 1], [10.0, 90.0], [2, 1]]


def write(folder: Path, names: tuple[str, ...] = COLUMNS, rows: list[tuple[int, int, int, float]] = ROWS) -> None:
    columns: list[pa.Array] = [pa.array([row[at] for row in rows], pa.int64()) for at in range(3)]
    columns.append(pa.array([int(row[3] * 1e6) for row in rows], pa.timestamp("us")))
    parquet.write_table(pa.table(dict(zip(names, columns, strict=True))), folder / FILE)


def test_a_file_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    expected, found = build_lines(*arrays(ROWS)), read_lines(tmp_path)
    assert [column.tolist() for column in found] == [column.tolist() for column in expected]


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="cannot read .*transactions.parquet"):
        read_lines(tmp_path)
    write(tmp_path, ("household_id", "basket_id", "product", "transaction_timestamp"))
    with pytest.raises(FolderError, match="with the columns household_id, basket_id, product_id"):
        read_lines(tmp_path)
    (tmp_path / FILE).write_bytes(b"PAR1 but not for long")
    with pytest.raises(FolderError, match="cannot read"):
        read_lines(tmp_path)
    write(tmp_path, rows=[])
    with pytest.raises(FolderError, match="no purchases"):
        read_lines(tmp_path)
