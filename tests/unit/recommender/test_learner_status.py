"""What the learner says of itself, and what is made of its silence."""

from pathlib import Path

import pytest

from recommender.learner_status import SILENCE_SECONDS, STATUS, LearnerStatus, load_status, save_status

SAID = LearnerStatus(at=1000.0, newest=999.5, lag_seconds=0.25, learnt=7, buried=2, ignored={"rate": 3})


def test_what_is_said_comes_back(tmp_path: Path) -> None:
    assert load_status(tmp_path) is None
    save_status(tmp_path, LearnerStatus(1.0, 0.0, 0.0, 0, 0, {}))
    save_status(tmp_path, SAID)
    assert load_status(tmp_path) == SAID
    assert [path.name for path in tmp_path.iterdir()] == [STATUS]


@pytest.mark.parametrize("damaged", [b"", b"{}", b'{"at": 1'])
def test_a_damaged_file_says_nothing(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / STATUS).write_bytes(damaged)
    assert load_status(tmp_path) is None


def test_a_learner_that_is_silent_falls_behind() -> None:
    assert SAID.lag_at(1000.0) == SAID.lag_at(1000.0 + SILENCE_SECONDS) == 0.25
    assert SAID.lag_at(1010.0) == 10.25
