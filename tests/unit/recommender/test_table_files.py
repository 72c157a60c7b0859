"""Tables in files: what a writer puts there, a reader finds, and anything else is refused. Processes: tests/e2e."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.table_files import TableWriter, open_for_reading, open_for_writing
from recommender.table_schema import AnyArray, Schema, Table, TableError
from recommender.table_storage import MANIFEST
from tests.damage import flip_byte, forge_manifest

SCHEMA = Schema(
    3,
    (
        Table("views", "float64", ("products",), -np.inf),
        Table("clicks", "int32", ("sessions", 4), -1),
        Table("counts", "int64", (2,), 0),
    ),
)
SIZES = {"products": 5, "sessions": 3}


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[TableWriter]:
    with closing(open_for_writing(tmp_path, SCHEMA, SIZES)) as writer:
        yield writer


def test_new_tables_have_their_shapes_and_are_empty(writer: TableWriter) -> None:
    found = {name: (array.dtype.name, array.tolist()) for name, array in writer.arrays.items()}
    assert found == {
        "views": ("float64", [-np.inf] * 5),
        "clicks": ("int32", [[-1] * 4] * 3),
        "counts": ("int64", [0, 0]),
    }
    assert (writer.generation, writer.sizes) == (1, SIZES)


def test_arrays_are_plain_ones_over_the_files(writer: TableWriter, tmp_path: Path) -> None:
    reader = open_for_reading(tmp_path, SCHEMA)
    writer.arrays["clicks"][1, 2] = 7
    assert reader.arrays["clicks"][1, 2] == 7
    for array in (*writer.arrays.values(), *reader.arrays.values()):
        assert type(array) is np.ndarray
        assert array.flags.c_contiguous and array.flags.aligned


def test_a_reader_cannot_write(writer: TableWriter, tmp_path: Path) -> None:
    views = open_for_reading(tmp_path, SCHEMA).arrays["views"]
    with pytest.raises(ValueError, match="read-only"):
        views[0] = 1.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        views.flags.writeable = True


def test_tables_that_are_not_used_take_no_room(tmp_path: Path) -> None:
    with closing(open_for_writing(tmp_path, Schema(1, (Table("x", "int64", ("n",), 0),)), {"n": 2**20})):
        status = (tmp_path / "generation-000001" / "x.npy").stat()
    assert status.st_size > 8 * 2**20
    assert status.st_blocks * 512 < 2**20


def test_the_next_writer_finds_what_the_last_one_left(tmp_path: Path) -> None:
    with closing(open_for_writing(tmp_path, SCHEMA, SIZES)) as writer:
        writer.arrays["counts"][:] = 8, 9
    with closing(open_for_writing(tmp_path, SCHEMA, {"products": 2, "sessions": 6})) as writer:
        assert writer.arrays["counts"].tolist() == [8, 9]
        assert writer.sizes == {"products": 5, "sessions": 6}


def test_growth_is_a_new_generation_that_readers_notice(writer: TableWriter, tmp_path: Path) -> None:
    reader = open_for_reading(tmp_path, SCHEMA)
    writer.grow({"sessions": 3})
    assert (reader.is_current(), writer.generation) == (True, 1)
    writer.grow({"sessions": 4})
    assert (reader.is_current(), writer.generation) == (False, 2)
    again = open_for_reading(tmp_path, SCHEMA)
    assert (again.is_current(), again.generation) == (True, 2)
    assert again.sizes == {"products": 5, "sessions": 4}


def test_readers_notice_generations_that_follow_each_other_at_once(writer: TableWriter, tmp_path: Path) -> None:
    """File systems count time in milliseconds, and give the number of a removed file to the next one."""
    for size in range(4, 20):
        reader = open_for_reading(tmp_path, SCHEMA)
        writer.grow({"sessions": 2 * size})
        writer.grow({"sessions": 2 * size + 1})
        assert not reader.is_current()


def test_growth_can_move_cells_before_anybody_sees_them(writer: TableWriter, tmp_path: Path) -> None:
    writer.arrays["views"][:] = range(5)

    def reverse(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        assert open_for_reading(tmp_path, SCHEMA).generation == 1
        new["views"][:5] = old["views"][::-1]

    writer.grow({"products": 6}, reverse)
    assert open_for_reading(tmp_path, SCHEMA).arrays["views"].tolist() == [4.0, 3.0, 2.0, 1.0, 0.0, -np.inf]


def test_arrays_of_the_past_refuse_to_be_written(writer: TableWriter) -> None:
    before = writer.arrays["counts"]
    writer.grow({"products": 6})
    with pytest.raises(ValueError, match="read-only"):
        before[0] = 1
    now = writer.arrays["counts"]
    now[0] = 1
    writer.close()
    with pytest.raises(ValueError, match="read-only"):
        now[0] = 2


def test_a_closed_writer_does_not_grow(writer: TableWriter) -> None:
    writer.close()
    with pytest.raises(TableError, match="closed for writing: open it again"):
        writer.grow({"products": 6})


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"products": 4}, "has 5 products: as many or more would be right, not 4"),
        ({"product": 9}, r"\['products', 'sessions'\], each at least 1, would be right"),
        ({"products": 10**13}, "has room for [0-9,]+ bytes where 80,000,000,000,064 would be right"),
    ],
)
def test_growth_that_is_refused_changes_nothing(
    writer: TableWriter, tmp_path: Path, sizes: dict[str, int], message: str
) -> None:
    files = {*tmp_path.rglob("*")}
    with pytest.raises(TableError, match=message):
        writer.grow(sizes)
    writer.arrays["counts"][0] = 4
    assert open_for_reading(tmp_path, SCHEMA).arrays["counts"][0] == 4
    assert {*tmp_path.rglob("*")} == files
    writer.grow({"products": 6})
    assert open_for_reading(tmp_path, SCHEMA).arrays["counts"][0] == 4


@pytest.mark.parametrize("sizes", [{}, {"products": 5}, {"products": 5, "sessions": 0}, {**SIZES, "cells": 1}])
def test_wrong_sizes_are_refused(tmp_path: Path, sizes: dict[str, int]) -> None:
    with pytest.raises(TableError, match="sizes of tables are"):
        open_for_writing(tmp_path, SCHEMA, sizes)
    assert [*tmp_path.iterdir()] == []


def test_readers_are_told_that_there_are_no_tables_yet(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=f"{tmp_path}/none holds no tables yet: start the learner"):
        open_for_reading(tmp_path / "none", SCHEMA)


def test_what_the_system_refuses_is_a_table_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for opened in (open_for_reading, lambda folder, schema: open_for_writing(folder, schema, SIZES)):
        with pytest.raises(TableError, match="file.*: Not a directory; a folder .* would be right"):
            opened(tmp_path / "file" / "x", SCHEMA)


def test_a_second_writer_in_the_same_process_is_refused(writer: TableWriter, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is being written by process"):
        open_for_writing(tmp_path, SCHEMA, SIZES)


VIEWS = "generation-000001/views.npy"
DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda folder: flip_byte(folder / MANIFEST, 40), "/manifest.json is damaged: delete .* built anew"),
    (lambda folder: (folder / MANIFEST).write_bytes(b""), "/manifest.json is damaged"),
    (lambda folder: (folder / MANIFEST).write_text("[]"), "/manifest.json is damaged"),
    (
        lambda folder: forge_manifest(folder / MANIFEST, schema_version=2),
        "/manifest.json has schema version 2 where 3 would be right: use the release that wrote it",
    ),
    (
        lambda folder: forge_manifest(folder / MANIFEST, byte_order="middle"),
        "has byte order middle where (little|big) would be",
    ),
    (
        lambda folder: forge_manifest(folder / MANIFEST, fingerprint="0"),
        "has fingerprint 0 where [0-9a-f]{16} would be right",
    ),
    (lambda folder: (folder / VIEWS).unlink(), "/views.npy is missing: a file"),
    (
        lambda folder: flip_byte(folder / VIEWS, 1),
        r"/views.npy is damaged: a .npy file of float64 \(5,\) would be right",
    ),
    (lambda folder: (folder / VIEWS).write_bytes(b""), "/views.npy is damaged"),
    (
        lambda folder: np.save(folder / VIEWS, np.zeros(6, np.float32)),
        r"/views.npy is float32 \(6,\) where float64 \(5,\) would be right",
    ),
    (
        lambda folder: (folder / VIEWS).write_bytes((folder / VIEWS).read_bytes()[:-1]),
        "/views.npy has 167 bytes where 168 would be right",
    ),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES, ids=range(len(DAMAGES)))
def test_damaged_and_foreign_tables_are_refused(tmp_path: Path, damage: Callable[[Path], object], message: str) -> None:
    open_for_writing(tmp_path, SCHEMA, SIZES).close()
    damage(tmp_path)
    with pytest.raises(TableError, match=message):
        open_for_reading(tmp_path, SCHEMA)
    with pytest.raises(TableError, match=message):
        open_for_writing(tmp_path, SCHEMA, SIZES)


@pytest.mark.parametrize(
    "other",
    [
        Table("views", "float32", ("products",), -np.inf),
        Table("views", "float64", ("sessions",), -np.inf),
        Table("views", "float64", ("products",), 0),
        Table("seen", "float64", ("products",), -np.inf),
    ],
)
def test_a_schema_that_differs_in_anything_is_another(tmp_path: Path, other: Table) -> None:
    open_for_writing(tmp_path, SCHEMA, SIZES).close()
    with pytest.raises(TableError, match="has fingerprint"):
        open_for_reading(tmp_path, Schema(3, (other, *SCHEMA.tables[1:])))


NAMES = ("a", "b", "c")
EMPTY: dict[str, list[float]] = {
    "float64": [0.0, -np.inf, np.nan, 0.5],
    "int64": [0, -1, 2**40],
    "uint8": [0, 255],
    "bool": [0, 1],
}
tables = st.sampled_from(sorted(EMPTY)).flatmap(
    lambda dtype: st.builds(
        Table,
        st.just("x"),
        st.just(dtype),
        st.lists(st.sampled_from(NAMES) | st.integers(1, 4), max_size=3).map(tuple),
        st.sampled_from(EMPTY[dtype]),
    )
)
steps = st.lists(st.fixed_dictionaries({name: st.integers(1, 5) for name in NAMES}), min_size=2, max_size=4)


def place(old: AnyArray | None, table: Table, shape: tuple[int, ...]) -> AnyArray:
    """What a table should hold once it has grown from `old`, or from nothing."""
    right = np.full(shape, table.empty, table.dtype)
    if old is not None:
        right[tuple(slice(length) for length in old.shape)] = old
    return right


@settings(max_examples=40, deadline=None)
@given(st.lists(tables, min_size=1, max_size=4), steps, st.integers(0, 2**32))
def test_growth_keeps_all_cells_and_new_ones_are_empty(
    tables: list[Table], steps: list[dict[str, int]], seed: int
) -> None:
    # The last table has all sizes, so that each of them has a use.
    named = [table._replace(name=f"table{at}") for at, table in enumerate(tables)]
    schema = Schema(1, (*named, Table("all", "int16", NAMES, -2)))
    random = np.random.default_rng(seed)
    old: dict[str, AnyArray] = {}
    with TemporaryDirectory() as folder, closing(open_for_writing(Path(folder), schema, steps[0])) as writer:
        for step in steps:
            sizes = {name: size + step[name] - 1 for name, size in writer.sizes.items()} if old else step
            writer.grow(sizes)
            found = open_for_reading(Path(folder), schema).arrays
            for table, shape in zip(schema.tables, schema.shapes(sizes).values(), strict=True):
                right = place(old.get(table.name), table, shape)
                np.testing.assert_array_equal(found[table.name], right, strict=True)
                np.testing.assert_array_equal(writer.arrays[table.name], right, strict=True)
            for array in writer.arrays.values():
                array[...] = random.integers(0, 2, array.shape)
            old = {name: array.copy() for name, array in writer.arrays.items()}
