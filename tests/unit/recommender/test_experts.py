"""Each thread's own ranker, over the tables and the weights of now."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recommender.experts import Experts
from recommender.model_reader import ModelReader
from recommender.version import SHIPPED, Scores, Trial
from recommender.versions import Versions
from tests.models import opened, sessions_of, teach
from tests.weights import build_tuned

TRIAL = Trial(Scores(0.5, 0.2), 1000, SHIPPED, Scores(0.5, 0.2), 0.005, "the event log")


@pytest.fixture
def reader(tmp_path: Path) -> ModelReader:
    teach(tmp_path, sessions_of(["a", "b"]))
    return ModelReader(tmp_path)


@pytest.fixture
def experts(tmp_path: Path, reader: ModelReader) -> Experts:
    found = Experts(reader, Versions(tmp_path))
    found.ready.set()
    return found


def test_there_is_none_without_a_model_or_without_kernels(experts: Experts, reader: ModelReader) -> None:
    assert experts.get() is None
    reader.follow()
    experts.ready.clear()
    assert experts.get() is None
    experts.ready.set()
    assert experts.get() is not None


def test_a_thread_keeps_its_own(experts: Experts, reader: ModelReader) -> None:
    reader.follow()
    mine = experts.get()
    assert mine is not None and mine is experts.get()
    with ThreadPoolExecutor(1) as other:
        theirs = [other.submit(experts.get).result() for _ in range(2)]
    assert theirs[0] is not None and theirs[0] is theirs[1]
    assert theirs[0].ranker.scratch is not mine.ranker.scratch
    assert theirs[0].view is mine.view


def test_larger_tables_have_a_new_one(tmp_path: Path, experts: Experts, reader: ModelReader) -> None:
    reader.follow()
    before = experts.get()
    model = opened(tmp_path).model
    model.learn(sessions_of(*[[f"p{n}"] for n in range(100)]))
    assert experts.get() is before
    reader.follow()
    after = experts.get()
    model.close()
    assert before is not None and after is not None
    assert after.view is reader.view and after.ranker.tables is not before.ranker.tables


def test_another_version_has_a_new_one(tmp_path: Path, experts: Experts, reader: ModelReader) -> None:
    reader.follow()
    before = experts.get()
    assert (experts.follow(), experts.version.number) == (False, SHIPPED)
    Versions(tmp_path).promote(build_tuned(3), TRIAL, 1.0)
    assert experts.get() is before
    assert (experts.follow(), experts.version.number) == (True, 1)
    after = experts.get()
    assert before is not None and after is not None
    assert after.tuned is experts.version.tuned
    assert after.tuned.weights == build_tuned(3).weights != before.tuned.weights
    assert experts.follow() is False
