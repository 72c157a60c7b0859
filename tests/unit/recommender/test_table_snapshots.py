"""Snapshots: what was written comes back bit by bit, or is refused by name."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from recommender.table_files import open_for_reading, open_for_writing
from recommender.table_schema import AnyArray, Schema, Table, TableError
from recommender.table_snapshots import BLOCK_BYTES, read_snapshot, write_snapshot
from recommender.table_storage import MANIFEST
from tests.damage import flip_byte, forge_manifest

SCHEMA = Schema(3, (Table("views", "float64", ("products",), -np.inf), Table("clicks", "int32", ("sessions", 4), -1)))
NOTE = {"positions": {"p000": "17-0", "p001": None}, "at": 1.7e9}


def build_arrays(seed: int, products: int = 5) -> dict[str, AnyArray]:
    random = np.random.default_rng(seed)
    return {"views": random.random(products), "clicks": random.integers(0, 9, (3, 4), np.int32)}


def assert_same(found: dict[str, AnyArray], right: dict[str, AnyArray]) -> None:
    assert found.keys() == right.keys()
    for name, array in right.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def test_a_snapshot_comes_back_as_it_was_written(tmp_path: Path) -> None:
    arrays = build_arrays(1, products=2 * BLOCK_BYTES // 8 + 1)
    written = write_snapshot(tmp_path / "new" / "folder", SCHEMA, arrays, NOTE)
    snapshot = read_snapshot(tmp_path / "new" / "folder", SCHEMA)
    assert snapshot is not None
    assert_same(snapshot.arrays, arrays)
    assert not any(array.flags.writeable for array in snapshot.arrays.values())
    assert (snapshot.note, snapshot.refused) == (NOTE, ())
    assert snapshot.sizes == {"products": len(arrays["views"]), "sessions": 3}
    assert {path.name for path in written.iterdir()} == {"manifest.json", "views.npy", "clicks.npy"}


def test_columns_first_and_slices_are_written_as_rows(tmp_path: Path) -> None:
    arrays = build_arrays(1)
    odd = {"views": np.repeat(arrays["views"], 2)[::2], "clicks": np.asfortranarray(arrays["clicks"])}
    write_snapshot(tmp_path, SCHEMA, odd, {})
    snapshot = read_snapshot(tmp_path, SCHEMA)
    assert snapshot is not None
    assert_same(snapshot.arrays, arrays)


def test_a_table_may_be_a_single_cell(tmp_path: Path) -> None:
    schema = Schema(1, (Table("events", "int64", (), 0),))
    with closing(open_for_writing(tmp_path / "live", schema, {})) as writer:
        writer.arrays["events"][...] = 5
        write_snapshot(tmp_path, schema, writer.arrays, {})
    snapshot = read_snapshot(tmp_path, schema)
    assert snapshot is not None
    assert_same(snapshot.arrays, {"events": np.array(5)})


def test_there_is_none_before_the_first(tmp_path: Path) -> None:
    assert read_snapshot(tmp_path / "none", SCHEMA) is None
    # What a writer that was killed leaves behind is not one either.
    (tmp_path / "partial").mkdir()
    assert read_snapshot(tmp_path, SCHEMA) is None
    write_snapshot(tmp_path, SCHEMA, build_arrays(1), NOTE)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot-000000001"]


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    for seed in range(12):
        write_snapshot(tmp_path, SCHEMA, build_arrays(seed), {"seed": seed})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["snapshot-000000011", "snapshot-000000012"]
    snapshot = read_snapshot(tmp_path, SCHEMA)
    assert snapshot is not None
    assert snapshot.note == {"seed": 11}
    assert_same(snapshot.arrays, build_arrays(11))


def test_the_older_one_is_read_when_the_newest_is_damaged(tmp_path: Path) -> None:
    for seed in (1, 2):
        newest = write_snapshot(tmp_path, SCHEMA, build_arrays(seed), {"seed": seed})
    flip_byte(newest / "clicks.npy", -1)
    snapshot = read_snapshot(tmp_path, SCHEMA)
    assert snapshot is not None
    assert_same(snapshot.arrays, build_arrays(1))
    assert snapshot.note == {"seed": 1}
    [reason] = snapshot.refused
    assert str(newest / "clicks.npy") in reason
    write_snapshot(tmp_path, SCHEMA, build_arrays(3), {"seed": 3})
    again = read_snapshot(tmp_path, SCHEMA)
    assert again is not None
    assert (again.note, again.refused) == ({"seed": 3}, ())


def test_when_none_can_be_read_each_has_its_reason(tmp_path: Path) -> None:
    for seed in (1, 2):
        flip_byte(write_snapshot(tmp_path, SCHEMA, build_arrays(seed), {}) / "views.npy", -seed)
    with pytest.raises(TableError, match="snapshot-000000002/views.npy has .*; .*snapshot-000000001/views.npy has"):
        read_snapshot(tmp_path, SCHEMA)


DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: (path / MANIFEST).unlink(), "/manifest.json is missing: a file"),
    (lambda path: flip_byte(path / MANIFEST, 40), "/manifest.json is damaged: delete .* built anew"),
    (
        lambda path: forge_manifest(path / MANIFEST, schema_version=4),
        "has schema version 4 where 3 would be right: use the",
    ),
    (
        lambda path: forge_manifest(path / MANIFEST, byte_order="middle"),
        "has byte order middle where (little|big) would be",
    ),
    (
        lambda path: forge_manifest(path / MANIFEST, fingerprint="0"),
        "has fingerprint 0 where [0-9a-f]{16} would be right",
    ),
    (lambda path: (path / "views.npy").unlink(), "/views.npy is missing: a file"),
    (
        lambda path: flip_byte(path / "views.npy", 150),
        r"/views.npy has \(bytes, crc32\) \(168, .* where \(168, .* as manif",
    ),
    (
        lambda path: (path / "views.npy").write_bytes((path / "views.npy").read_bytes()[:100]),
        r"/views.npy has \(bytes, crc32\) \(100, .* where \(168, .* would be right",
    ),
    (lambda path: shutil.copy(path / "clicks.npy", path / "views.npy"), "/views.npy has .* would be right"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES, ids=range(len(DAMAGES)))
def test_damaged_and_foreign_snapshots_are_refused(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(write_snapshot(tmp_path, SCHEMA, build_arrays(1), NOTE))
    with pytest.raises(TableError, match=message):
        read_snapshot(tmp_path, SCHEMA)


def test_no_flipped_byte_gets_through(tmp_path: Path) -> None:
    arrays = build_arrays(1)
    folder = write_snapshot(tmp_path, SCHEMA, arrays, NOTE)
    for path in folder.iterdir():
        for at in range(path.stat().st_size):
            flip_byte(path, at)
            with pytest.raises(TableError, match=f"{path} (has|is)"):
                read_snapshot(tmp_path, SCHEMA)
            flip_byte(path, at)
    assert read_snapshot(tmp_path, SCHEMA) is not None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"views": np.zeros(5, np.float32)}, r"table views is float32 \(5,\) where"),
        ({"views": np.zeros((5, 1))}, r"table views is float64 \(5, 1\) where"),
        ({"clicks": np.zeros((3, 5), np.int32)}, r"table clicks is int32 \(3, 5\) where .*\(3, 4\)"),
        ({"clicks": np.zeros((0, 4), np.int32)}, "each at least 1"),
        ({"more": np.zeros(5)}, r"the tables are .*'more'.* where \['clicks', 'views'\] would be right"),
    ],
)
def test_arrays_of_another_schema_are_not_written(tmp_path: Path, changes: dict[str, AnyArray], message: str) -> None:
    with pytest.raises(TableError, match=message):
        write_snapshot(tmp_path, SCHEMA, build_arrays(1) | changes, NOTE)
    assert [*tmp_path.iterdir()] == []


def test_a_note_that_is_not_json_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_snapshot(tmp_path, SCHEMA, build_arrays(1), {"at": object()})
    assert [*tmp_path.iterdir()] == []


def test_tables_can_be_replaced_by_a_snapshot(tmp_path: Path) -> None:
    arrays = build_arrays(1)
    write_snapshot(tmp_path / "snapshots", SCHEMA, arrays, NOTE)
    snapshot = read_snapshot(tmp_path / "snapshots", SCHEMA)
    assert snapshot is not None
    with closing(open_for_writing(tmp_path / "live", SCHEMA, {"products": 9, "sessions": 1})) as writer:
        reader = open_for_reading(tmp_path / "live", SCHEMA)
        writer.replace_from(snapshot)
        assert not reader.is_current()
        assert writer.sizes == {"products": 5, "sessions": 3}
        assert_same(open_for_reading(tmp_path / "live", SCHEMA).arrays, arrays)
        # A snapshot of these is another copy; what follows changes neither.
        writer.arrays["views"][:] = 0.0
        assert_same(snapshot.arrays, arrays)


def test_a_snapshot_of_live_tables_is_of_that_moment(tmp_path: Path) -> None:
    with closing(open_for_writing(tmp_path / "live", SCHEMA, {"products": 5, "sessions": 3})) as writer:
        for name, array in build_arrays(1).items():
            writer.arrays[name][...] = array
        write_snapshot(tmp_path / "snapshots", SCHEMA, writer.arrays, NOTE)
        writer.arrays["views"][:] = 0.0
    snapshot = read_snapshot(tmp_path / "snapshots", SCHEMA)
    assert snapshot is not None
    assert_same(snapshot.arrays, build_arrays(1))
