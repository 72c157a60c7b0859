"""Versions of the model: they appear in full or not at all, and there is a way back from each."""

import os
import threading
from pathlib import Path

import msgspec
import pytest

from learner import model as learner_model
from recommender import versions as versions_module
from recommender.model import SCHEMA, Capacity
from recommender.table_schema import build_arrays
from recommender.table_snapshots import read_snapshot, write_snapshot
from recommender.version import SHIPPED, Pointer, Scores, Trial, VersionError
from recommender.version_snapshots import size_of
from recommender.versions import CURRENT, SNAPSHOTS, VERSION, WEIGHTS, Versions, load_default
from tests.weights import build_tuned

NOW = 1_790_000_000.0
SMALL = Capacity(sessions=4, products=4, categories=2, pairs=4).sizes()


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path / "model")


def trial(before: int, hr: float = 0.5, mrr: float = 0.2) -> Trial:
    return Trial(Scores(hr, mrr), 1000, before, Scores(0.5, 0.2), 0.005, "the event log")


def promote(versions: Versions, seed: int = 0) -> int:
    return versions.promote(build_tuned(seed), trial(versions.current().number), NOW).number


def keep_snapshot(versions: Versions, mark: int) -> Path:
    """What the learner does, with `mark` in its tables."""
    arrays = build_arrays(SCHEMA.tables, SMALL)
    arrays["sessions_of"][0] = mark
    return write_snapshot(versions.path_of(1).parent.parent / SNAPSHOTS, SCHEMA, arrays, {"positions": {}})


def mark_in(folder: Path | None) -> int:
    assert folder is not None
    snapshot = read_snapshot(folder, SCHEMA)
    assert snapshot is not None
    return int(snapshot.arrays["sessions_of"][0])


def test_at_first_what_the_service_comes_with_is_in_use(versions: Versions) -> None:
    current = versions.read_current()
    assert (current.number, current.restore_from, current.serial, current.refused) == (SHIPPED, None, 0, "")
    assert current.tuned.about == load_default().about
    assert versions.list() == []
    assert versions.is_current()
    with pytest.raises(VersionError, match="there is none before it"):
        versions.rollback()


def test_promoted_weights_come_back_with_their_figures(versions: Versions) -> None:
    version = versions.promote(build_tuned(3), trial(SHIPPED), NOW)
    assert (version.number, version.created, version.trial) == (1, NOW, trial(SHIPPED))
    assert versions.list() == [version]
    current = Versions(versions.path_of(1).parent.parent).read_current()
    assert (current.number, current.restore_from, current.serial) == (1, None, 1)
    assert current.tuned.blend.outer == pytest.approx(build_tuned(3).blend.outer, rel=1e-5, abs=1e-6)
    raw = msgspec.json.decode((versions.path_of(1) / VERSION).read_bytes())
    assert raw["trial"]["scores"] == {"hr@20": 0.5, "mrr@20": 0.2}


def test_each_change_is_noticed_once(versions: Versions) -> None:
    reader = Versions(versions.path_of(1).parent.parent)
    serials = [reader.read_current().serial]
    for change in (lambda: promote(versions), lambda: promote(versions), versions.rollback, versions.rollback):
        assert reader.is_current()
        change()
        assert not reader.is_current()
        serials.append(reader.read_current().serial)
    assert serials == [0, 1, 2, 3, 4]
    assert reader.is_current()


def test_rollback_of_rollback_goes_one_further(versions: Versions) -> None:
    assert [promote(versions) for _ in range(3)] == [1, 2, 3]
    assert [versions.rollback().number for _ in range(3)] == [2, 1, SHIPPED]


def test_rollback_goes_to_what_was_in_use_not_to_what_was_given_up(versions: Versions) -> None:
    promote(versions)
    promote(versions)
    versions.rollback()
    assert promote(versions) == 3
    assert versions.rollback().number == 1
    assert versions.rollback(2) == Pointer(6, 2, restores=True)
    assert versions.rollback().number == 1


def test_worse_by_more_than_the_margin_is_not_promoted(versions: Versions) -> None:
    for hr, mrr in ((0.494, 0.2), (0.5, 0.194), (0.6, 0.1)):
        with pytest.raises(VersionError, match="worse than version 0 by more than 0.005"):
            versions.promote(build_tuned(), trial(SHIPPED, hr, mrr), NOW)
    assert versions.list() == []
    assert versions.current() == Pointer()
    versions.promote(build_tuned(), trial(SHIPPED, 0.496, 0.196), NOW)
    assert versions.current().number == 1


def test_what_was_compared_with_another_version_is_not_promoted(versions: Versions) -> None:
    promote(versions)
    with pytest.raises(VersionError, match="version 0 is no longer in use"):
        versions.promote(build_tuned(), trial(SHIPPED), NOW)


@pytest.mark.parametrize("dies_at", ["save_tuned", "link_snapshot", "sync"])
def test_half_written_it_is_no_version(versions: Versions, monkeypatch: pytest.MonkeyPatch, dies_at: str) -> None:
    promote(versions)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(versions_module, dies_at, die)
        promote(versions, seed=1)
    assert [version.number for version in versions.list()] == [1]
    assert versions.read_current().number == 1
    assert promote(versions, seed=2) == 2


def test_a_version_that_was_not_pointed_to_stays_unused(versions: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    promote(versions)
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(Versions, "_point", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        promote(versions)
    assert versions.current().number == 1
    assert promote(versions) == 3


def test_folders_that_are_no_versions_are_passed_over(versions: Versions) -> None:
    promote(versions)
    for name in ("000007", "partial-000008", "notes"):
        (versions.path_of(1).parent / name).mkdir()
    (versions.path_of(9)).mkdir()
    (versions.path_of(9) / VERSION).write_text("{}")
    assert [version.number for version in versions.list()] == [1]
    with pytest.raises(VersionError, match="there is no version 7 in .*: one of 0, 1 would be right"):
        versions.rollback(7)
    assert promote(versions) == 10


def test_a_version_that_cannot_be_used_is_told_and_the_shipped_one_is_there(versions: Versions) -> None:
    promote(versions)
    promote(versions)
    (versions.path_of(2) / WEIGHTS).write_text("{}")
    current = versions.read_current()
    assert (current.number, current.serial, current.restore_from) == (SHIPPED, 2, None)
    assert "weights.json is no file of weights" in current.refused
    with pytest.raises(VersionError, match="version 2 cannot be used"):
        versions.rollback(2)
    assert versions.rollback().number == 1
    assert versions.read_current().refused == ""


def test_a_damaged_pointer_is_told(versions: Versions) -> None:
    promote(versions)
    (versions.path_of(1).parent / CURRENT).write_text("{")
    assert "current is damaged" in versions.read_current().refused
    with pytest.raises(VersionError, match="remove it, and name the version"):
        versions.rollback()


def test_only_a_rollback_restores_tables(versions: Versions) -> None:
    keep_snapshot(versions, 11)
    promote(versions)
    keep_snapshot(versions, 22)
    promote(versions)
    assert versions.read_current().restore_from is None
    versions.rollback()
    assert mark_in(versions.read_current().restore_from) == 11
    versions.rollback(2)
    assert mark_in(versions.read_current().restore_from) == 22
    versions.rollback(SHIPPED)
    assert versions.read_current().restore_from is None


def test_a_snapshot_is_kept_without_a_copy_and_outlives_the_learners(versions: Versions) -> None:
    kept = keep_snapshot(versions, 11)
    promote(versions)
    linked = versions.path_of(1) / "snapshot" / kept.name / "sessions_of.npy"
    assert os.stat(linked).st_ino == os.stat(kept / "sessions_of.npy").st_ino
    assert size_of(versions.snapshot_of(1)) >= 4096
    for mark in range(3):
        keep_snapshot(versions, mark)
    assert not kept.exists()
    assert mark_in(versions.snapshot_of(1)) == 11


def test_a_damaged_snapshot_is_not_kept(versions: Versions) -> None:
    keep_snapshot(versions, 11)
    newest = keep_snapshot(versions, 22)
    (newest / "sessions_of.npy").unlink()
    (newest / "sessions_of.npy").write_bytes(b"damaged")
    promote(versions)
    assert mark_in(versions.snapshot_of(1)) == 11


def test_tables_are_kept_of_the_last_versions_that_were_in_use(versions: Versions) -> None:
    for mark in range(1, 5):
        keep_snapshot(versions, mark)
        promote(versions)
    kept = [number for number in range(1, 5) if versions.snapshot_of(number)]
    assert kept == [2, 3, 4]
    versions.rollback(2)
    keep_snapshot(versions, 5)
    promote(versions)
    assert [number for number in range(1, 6) if versions.snapshot_of(number)] == [2, 5]
    assert len(versions.list()) == 5


def test_readers_never_see_half_a_pointer(versions: Versions) -> None:
    promote(versions)
    promote(versions)
    stop = threading.Event()
    refused: list[str] = []

    def read() -> None:
        reader = Versions(versions.path_of(1).parent.parent)
        while not stop.is_set():
            refused.append(reader.read_current().refused)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(100):
        versions.rollback(1 + n % 2)
    stop.set()
    for thread in threads:
        thread.join()
    assert refused and {*refused} == {""}


def test_the_learner_and_the_versions_mean_the_same_folder() -> None:
    assert SNAPSHOTS == learner_model.SNAPSHOTS
