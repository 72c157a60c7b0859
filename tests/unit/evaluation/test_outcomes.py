"""Outcomes of a run in a file, and files that are something else."""

import io
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.outcomes import Outcomes, OutcomesError, load_outcomes, save_outcomes

RUN = Outcomes(
    ranks={"hybrid": np.array([1, 0, 20], np.int16), "session/knn": np.array([0, 3, 2], np.int16)},
    labels=np.array([7, 70_000, 7], np.int32),
    session=np.array([0, 0, 5_000_000_000], np.int64),
    settings={"k": 200, "weights": [0.5, 1.25], "note": "na\u00efve \u2713", "online": None},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file without numpy's ending, which is not to be added."""
    return tmp_path / "run.outcomes"


def test_what_is_saved_comes_back(path: Path) -> None:
    save_outcomes(path, RUN)
    loaded = load_outcomes(path)
    assert [*loaded.ranks] == ["hybrid", "session/knn"]
    for name, ranks in RUN.ranks.items():
        assert loaded.ranks[name].dtype == np.int16
        assert loaded.ranks[name].tolist() == ranks.tolist()
    assert loaded.labels.dtype == np.int32
    assert loaded.labels.tolist() == RUN.labels.tolist()
    assert loaded.session.dtype == np.int64
    assert loaded.session.tolist() == RUN.session.tolist()
    assert loaded.settings == RUN.settings


@pytest.mark.parametrize("source", ["labels", "session", "settings", "file", "allow_pickle", "ranks/x"])
def test_a_source_may_have_any_name(path: Path, source: str) -> None:
    save_outcomes(path, msgspec.structs.replace(RUN, ranks={source: RUN.ranks["hybrid"]}))
    loaded = load_outcomes(path)
    assert {name: ranks.tolist() for name, ranks in loaded.ranks.items()} == {source: [1, 0, 20]}
    assert loaded.labels.tolist() == RUN.labels.tolist()


def test_the_same_run_gives_the_same_bytes(path: Path) -> None:
    save_outcomes(path, RUN)
    first = path.read_bytes()
    turned = dict(reversed(RUN.settings.items()))
    save_outcomes(path, msgspec.structs.replace(RUN, settings=turned))
    assert path.read_bytes() == first


def test_arrays_of_different_cases_are_not_saved(path: Path) -> None:
    with pytest.raises(ValueError, match="one number for each case"):
        save_outcomes(path, msgspec.structs.replace(RUN, labels=RUN.labels[:2]))
    assert not path.exists()


def archive(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


ZEROS = np.zeros(2, np.int64)


class Bomb:
    """Something that leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("name", ["labels", "ranks/hybrid", "settings", "more"])
def test_a_pickle_is_refused_and_not_run(path: Path, name: str) -> None:
    trace = path.with_name("trace")
    arrays = {"labels": ZEROS, "session": ZEROS, "settings": np.array("{}"), name: np.array([Bomb(trace)] * 2, object)}
    path.write_bytes(archive(**arrays))
    with pytest.raises(OutcomesError, match="does not hold the outcomes of a run"):
        load_outcomes(path)
    assert not trace.exists()
    np.load(path, allow_pickle=True)[name]
    assert trace.exists()


FOREIGN = {
    "empty": b"",
    "text": b"source,cases\n",
    "another archive": archive(weights=np.ones(3)),
    "other lengths": archive(labels=ZEROS, session=np.zeros(3, np.int64), settings=np.array("{}")),
    "fractions": archive(**{"labels": ZEROS, "session": ZEROS, "settings": np.array("{}"), "ranks/a": np.ones(2) / 3}),
    "settings that are no object": archive(labels=ZEROS, session=ZEROS, settings=np.array("[1]")),
    "settings that are no JSON": archive(labels=ZEROS, session=ZEROS, settings=np.array("{")),
    "a lone number": archive(labels=np.array(3), session=np.array(3), settings=np.array("{}")),
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_file_is_refused_by_name(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(OutcomesError, match=r"run\.outcomes does not hold the outcomes of a run, or is damaged: "):
        load_outcomes(path)


def test_a_missing_file_is_said_in_the_systems_words(path: Path) -> None:
    with pytest.raises(OutcomesError, match=r"cannot read .*run\.outcomes: No such file"):
        load_outcomes(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damage_is_an_outcomes_error_or_harmless(path: Path, data: st.DataObject) -> None:
    save_outcomes(path, RUN)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        loaded = load_outcomes(path)
    except OutcomesError:
        return
    # Only bytes that hold no data (times, attributes, names) can change unseen.
    assert loaded.labels.tolist() == RUN.labels.tolist()
    assert zipfile.is_zipfile(path)
