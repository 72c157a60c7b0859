"""The learner's process: learning, following versions, and saying how it goes."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from events.log import BadEntry, LogEntry, LogUnavailable
from events.memory_log import MemoryEventLog
from learner import process as module
from learner.model import SNAPSHOTS, TABLES, ModelWriter
from learner.process import LearnerProcess
from learner.tail import Tail
from recommender.learner_status import LearnerStatus, load_status
from recommender.model_reader import ModelReader
from recommender.table_storage import MANIFEST
from recommender.version import SHIPPED, Scores, Trial
from recommender.versions import Versions
from tests.examples import NOW
from tests.models import happened, opened
from tests.weights import build_tuned

Wait = Callable[[float], bool]


class Lines:
    """Log lines in a list."""

    def __init__(self) -> None:
        self.written: list[tuple[str, dict[str, Any]]] = []

    def warning(self, event: str, **fields: Any) -> None:
        self.written.append((event, fields))


class Broken(MemoryEventLog):
    """A log that cannot be reached the first times."""

    failures = 0

    def oldest(self) -> dict[int, str]:
        self._fail()
        return super().oldest()

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry | BadEntry]:
        self._fail()
        return super().read(positions, limit)

    def _fail(self) -> None:
        self.failures -= 1
        if self.failures >= 0:
            raise LogUnavailable("not now")


class Setup:
    """A learner on a log of two partitions in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, NOW
        self.log = Broken(2, lambda: self.now, max_entries=50)
        self.lines, self.versions = Lines(), Versions(folder)
        self.model: ModelWriter | None = None

    def process(self) -> LearnerProcess:
        """The learner as it starts."""
        self.close()
        found = opened(self.folder)
        self.model = found.model
        tail = Tail(self.log, found[:2], 1e9, lambda: self.now)
        return LearnerProcess(tail, Versions(self.folder), self.lines, time.time)

    def close(self) -> None:
        """As at the end of its process."""
        if self.model is not None:
            self.model.close()

    def known(self) -> list[str]:
        """The products that a worker finds in the model."""
        reader = ModelReader(self.folder)
        reader.follow()
        assert reader.view is not None
        return [reader.view.products.text(number) for number in range(len(reader.view.products))]

    def status(self) -> LearnerStatus:
        found = load_status(self.folder)
        assert found is not None
        return found

    def promote(self) -> None:
        scores = Scores(0.5, 0.2)
        before = self.versions.current().number
        self.versions.promote(build_tuned(), Trial(scores, 1000, before, scores, 0.005, "the log"), NOW)


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setup]:
    monkeypatch.setattr(module, "STATUS_SECONDS", 0.0)
    found = Setup(tmp_path)
    yield found
    found.close()


def turns(*doings: Callable[[], object]) -> Wait:
    """What happens while the learner sleeps, turn after turn; then it is told to end."""
    left = list(doings)

    def wait(_seconds: float) -> bool:
        if not left:
            return True
        left.pop(0)()
        return False

    return wait


def nothing() -> None:
    """A turn in which nothing happens."""


def test_it_learns_until_told_to_end_and_keeps_the_model(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a"))
    later = turns(nothing, lambda: setup.log.append(1, happened("w", "b")), nothing)
    setup.process().run(later)
    assert setup.known() == ["a", "b"]
    assert setup.status().learnt == 2
    assert setup.lines.written == []
    setup.process().run(turns(nothing))  # goes on from its snapshot
    assert setup.known() == ["a", "b"]
    assert setup.status().learnt == 0


def test_told_to_end_at_once_it_says_so_all_the_same(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a"))
    setup.process().run(turns())
    assert (setup.known(), setup.status().learnt, setup.status().newest) == ([], 0, 0.0)


def test_it_says_how_far_it_is(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a", NOW - 5.0))
    setup.now = NOW + 2.5
    setup.log.append(0, happened("v", "b", NOW - 4.0))
    process, seen = setup.process(), list[LearnerStatus]()
    setup.now = NOW + 4.0
    process.run(turns(nothing, lambda: seen.append(setup.status()), nothing))
    assert (seen[0].learnt, seen[0].newest) == (2, NOW + 2.5)
    assert seen[0].lag_seconds == pytest.approx(1.5)
    assert (setup.status().lag_seconds, setup.status().newest) == (0.0, NOW + 2.5)
    assert setup.status().ignored == dict.fromkeys(("quantity", "rate", "order", "robot"), 0)


def test_what_cannot_be_read_is_buried_and_said(setup: Setup) -> None:
    entry = setup.log.append_raw(1, b"nonsense")
    setup.log.append(1, happened("v", "a"))
    setup.process().run(turns(nothing, lambda: setup.log.append_raw(0, b"{}"), nothing, nothing))
    assert setup.known() == ["a"]
    assert [letter.raw for letter in setup.log.dead(9)] == [b"{}", b"nonsense"]
    assert setup.log.dead(9)[1].id == entry
    assert setup.lines.written == [("entries_buried", {"entries": 1})] * 2
    assert (setup.status().learnt, setup.status().buried) == (1, 2)


def test_an_outage_is_waited_out(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a"))
    setup.log.failures = 3  # two when it looks for gaps, one when it reads
    setup.process().run(turns(nothing, nothing, nothing, nothing))
    assert setup.known() == ["a"]


def test_an_outage_does_not_keep_it_from_ending(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a"))
    setup.log.failures = 1_000
    setup.process().run(turns(nothing, nothing))
    assert setup.known() == []
    assert setup.status().learnt == 0


def test_a_log_that_was_cut_is_said(setup: Setup) -> None:
    for partition in (0, 1):
        setup.log.append(partition, happened("v", "a"))
    setup.process().run(turns(nothing))
    setup.now += 1.0
    for number in range(60):  # of which 50 are kept
        setup.log.append(1, happened(f"v{number}", "b"))
    setup.process().run(turns(nothing))
    assert setup.lines.written == [("log_cut_before_learnt", {"partitions": [1]})]
    assert setup.status().learnt == 50


def test_a_rollback_brings_the_tables_of_its_version_back(setup: Setup) -> None:
    """And what the log has since is learnt again."""
    setup.log.append(0, happened("v", "a"))
    setup.process().run(turns(nothing))
    setup.promote()
    setup.log.append(0, happened("v", "b"))
    setup.process().run(turns(nothing))
    setup.promote()
    restored = list[int]()

    def count() -> None:
        restored.append(setup.status().learnt)

    setup.process().run(turns(nothing, lambda: setup.versions.rollback(1), nothing, nothing, count))
    assert setup.lines.written == [("model_restored", {"version": 1})]
    assert setup.known() == ["a", "b"]
    assert restored == [1]
    setup.process().run(turns(nothing, nothing))  # not a second time
    assert len(setup.lines.written) == 1


def test_a_rollback_while_it_was_down_is_made_up_for(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a"))
    setup.process().run(turns(nothing))
    setup.promote()
    setup.promote()
    setup.versions.rollback(1)
    setup.process().run(turns())
    assert setup.lines.written == [("model_restored", {"version": 1})]


def test_a_version_that_cannot_be_restored_changes_nothing(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a"))
    setup.process().run(turns(nothing))
    setup.promote()
    setup.promote()
    setup.versions.rollback(1)
    (snapshot,) = (setup.versions.path_of(1) / "snapshot").iterdir()
    fresh = snapshot / "fresh"  # the file itself is the learner's own snapshot, too
    fresh.write_text("nonsense")
    fresh.replace(snapshot / MANIFEST)
    setup.process().run(turns(nothing))
    ((event, fields),) = setup.lines.written
    assert (event, fields["version"]) == ("model_not_restored", 1)
    assert "damaged" in fields["error"]
    assert setup.known() == ["a"]


def test_a_model_that_begins_anew_stays_so_after_a_rollback(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a"))
    setup.process().run(turns(nothing))
    setup.promote()
    setup.promote()
    setup.versions.rollback(1)
    setup.process().run(turns(nothing))
    setup.close()
    for part in (TABLES, SNAPSHOTS):
        shutil.rmtree(setup.folder / part)
    setup.log.append(0, happened("v", "b"))
    setup.process().run(turns(nothing))
    assert setup.lines.written == [("model_restored", {"version": 1})]  # before
    assert setup.known() == ["a", "b"]


def test_promotion_alone_restores_nothing(setup: Setup) -> None:
    setup.log.append(0, happened("v", "a"))
    setup.process().run(turns(nothing, setup.promote, nothing))
    assert setup.versions.current().number == SHIPPED + 1
    assert setup.lines.written == []
    assert setup.known() == ["a"]
