"""Reading files of rows: what is read, what is rejected, and by which line number."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from app.commands.formats import TableError
from app.commands.tables import Chunk, Table, iter_rows
from tests.servers import ROOT

Rows = list[tuple[int, dict[str, object]]]


def read(path: Path, delimiter: str | None = None, rows: int = 1000) -> tuple[Rows, list[tuple[int, str]]]:
    """Good rows, and line and reason of each rejected one."""
    chunks = list(Table(path, delimiter).chunks(rows))
    good = [row for chunk in chunks for row in iter_rows(chunk.frame)]
    return good, [(rejected.line, rejected.reason) for chunk in chunks for rejected in chunk.rejected]


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "A.CSV"])
def test_csv_cells_are_text_and_empty_ones_are_absent(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, b'\xef\xbb\xbfid,name,price\r\n007,"A, ""B""",1.50\r\n8,caf\xc3\xa9,\r\n9,NULL,  \r\n')
    good, bad = read(path)
    assert good == [
        (2, {"id": "007", "name": 'A, "B"', "price": "1.50"}),
        (3, {"id": "8", "name": "caf\u00e9"}),
        (4, {"id": "9", "name": "NULL"}),
    ]
    assert bad == []


def test_csv_rows_with_too_few_or_too_many_fields_are_rejected_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b'id,name\n1,"two\nlines"\n2\n\n3,x,y\n4,"three\n\nlines",z\n5,ok\n6,ok')
    good, bad = read(path)
    # Blank lines are no rows, a row that spans lines has the number of its first.
    assert [line for line, _ in good] == [2, 10, 11]
    assert good[0][1]["name"] == "two\nlines"
    assert bad == [
        (4, "1 fields where the header has 2"),
        (6, "3 fields where the header has 2"),
        (7, "3 fields where the header has 2"),
    ]


def test_a_last_row_that_is_cut_off_costs_only_itself(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, "a.csv", b"a,b,c\n1,2,3\n4,5,6\n7,8"))
    assert [cells["a"] for _, cells in good] == ["1", "4"]
    assert bad == [(4, "2 fields where the header has 3")]


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(tmp_path: Path) -> None:
    filler = b"".join(b"%d,x\n" % n for n in range(60_000))
    good, bad = read(write(tmp_path, "a.csv", b'id,name\n1,"open\n' + filler + b"last,row\n"))
    assert bad[0][0] == 2
    assert good[-1][1] == {"id": "last", "name": "row"}


def test_bytes_that_are_not_utf8_cost_their_row_only(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, "a.csv", b"id,name\n1,good\n2,caf\xe9\n3,good\n"))
    assert [cells["id"] for _, cells in good] == ["1", "3"]
    assert bad == [(3, "not UTF-8 text")]


@pytest.mark.parametrize(
    ("name", "delimiter", "content"),
    [
        ("a.tsv", None, b"id\tname\n1\tA, B\n"),
        ("a.tsv.gz", None, b"id\tname\n1\tA, B\n"),
        ("a.csv", ";", b"id;name\n1;A, B\n"),
        ("a.dat", "|", b"id|name\n1|A, B\n"),
    ],
)
def test_other_delimiters(tmp_path: Path, name: str, delimiter: str | None, content: bytes) -> None:
    assert read(write(tmp_path, name, content), delimiter) == ([(2, {"id": "1", "name": "A, B"})], [])


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.jsonl.gz"])
def test_json_lines_keep_types_and_reject_what_is_no_object(tmp_path: Path, name: str) -> None:
    good_lines = b'\xef\xbb\xbf{"id": 1, "tags": ["a"]}\n\n[2]\n{"id": 3.5, "on": true, "x": null}\n'
    content = good_lines + b'{"id": \n"four"\n{"id":"\xe9"}\n'
    good, bad = read(write(tmp_path, name, content))
    assert good == [(1, {"id": 1, "tags": ["a"]}), (4, {"id": 3.5, "on": True})]
    assert [(type(cells["id"]), line) for line, cells in good] == [(int, 1), (float, 4)]
    assert [line for line, _ in bad] == [3, 5, 6, 7]
    assert bad[0][1] == "not a JSON object"
    assert bad[1][1].startswith("not valid JSON")


def test_parquet_keeps_whole_numbers_beside_empty_cells(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    columns = {"id": pa.array([1, None, 3]), "paths": pa.array([["A", "B"], None, []]), "at": pa.array([0, 1, 2])}
    columns["at"] = columns["at"].cast(pa.timestamp("s"))
    parquet.write_table(pa.table(columns), path)
    assert read(path) == (
        [
            (1, {"id": 1, "paths": ["A", "B"], "at": "1970-01-01T00:00:00"}),
            (2, {"at": "1970-01-01T00:00:01"}),
            (3, {"id": 3, "paths": [], "at": "1970-01-01T00:00:02"}),
        ],
        [],
    )


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(TableError, match="pip install -r requirements-parquet.txt"):
        read(write(tmp_path, "a.parquet", b"PAR1"))


def test_web_workers_import_neither_pandas_nor_the_progress_bar() -> None:
    code = (
        "import sys, app.commands.import_products, app.commands.replay, wsgi;"
        "print({'pandas', 'pyarrow', 'tqdm'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, timeout=60)
    assert found.stdout == "set()\n", found.stderr


def test_chunks_hold_so_many_rows_good_and_bad_and_say_how_far_they_are(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b"id,name\n" + b"".join(b"%d,x\n" % n for n in range(9_999)) + b"broken\n")
    chunks: list[Chunk] = list(Table(path).chunks(rows=2_000))
    assert [len(chunk.frame) + len(chunk.rejected) for chunk in chunks] == [2_000] * 5
    assert [len(chunk.rejected) for chunk in chunks] == [0, 0, 0, 0, 1]
    shares = [chunk.share for chunk in chunks]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 0.5
    assert shares[-1] == 1.0
    assert chunks[2].frame.index.tolist() == list(range(4_002, 6_002))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.csv", None, "No such file"),
        ("a.xyz", b"id\n1\n", "use .csv, .tsv"),
        ("a.csv.gz", b"", "cannot read"),
        ("twice.csv", b"id,id\n1,2\n", "names a column twice: id"),
        ("latin.csv", b"caf\xe9\n1\n", "not UTF-8"),
        ("a.parquet", b"PAR1", "cannot read"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content or b"not gzip")
    with pytest.raises(TableError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_a_gzip_file_that_is_cut_off_gives_its_rows_and_then_an_error(tmp_path: Path) -> None:
    content = b"id\n" + b"".join(b"%d\n" % (n * 7919 % 99_991) for n in range(90_000))
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(content)[:-20_000])
    chunks = Table(path).chunks(rows=1_000)
    first = next(chunks)
    assert len(first.frame) == 1_000
    with pytest.raises(TableError, match="cannot read"):
        list(chunks)
