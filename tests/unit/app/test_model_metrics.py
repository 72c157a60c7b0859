"""What the metrics say of the model and its learner."""

import re
import time
from pathlib import Path

import pytest

from app.metrics import Metrics
from app.model_metrics import ModelMetrics
from recommender.experts import Experts
from recommender.learner_status import LearnerStatus, save_status
from recommender.model_reader import ModelReader
from recommender.version import SHIPPED, Scores, Trial
from recommender.versions import Versions
from tests.models import sessions_of, teach
from tests.weights import build_tuned


class Setup:
    """A worker's metrics over a model in a folder."""

    def __init__(self, folder: Path) -> None:
        self.metrics, self.model = Metrics("0", ""), ModelReader(folder)
        self.experts = Experts(self.model, Versions(folder))
        self.gauges = ModelMetrics(self.metrics, self.model, self.experts, folder)

    def shown(self) -> dict[str, float]:
        """Values of the model's and the learner's gauges, by name and labels."""
        self.gauges.record()
        text = self.metrics.render().decode()
        return {
            name: float(value) for name, value in re.findall(r"^shelflife_((?:learner|model)_\S+) (\S+)$", text, re.M)
        }


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


def status(at: float, lag: float = 0.25) -> LearnerStatus:
    return LearnerStatus(at, at - 1.0, lag, 7, 2, {"rate": 3, "quantity": 0})


def test_without_model_and_learner_they_say_nothing(setup: Setup) -> None:
    assert setup.shown() == dict.fromkeys(
        ("learner_lag_seconds", "model_products", "model_sessions", "model_version"), 0.0
    )


def test_the_model_s_size_and_version(setup: Setup, tmp_path: Path) -> None:
    teach(tmp_path, sessions_of(["a", "b"], ["b"]))
    setup.model.follow()
    scores = Scores(0.5, 0.2)
    Versions(tmp_path).promote(build_tuned(), Trial(scores, 1000, SHIPPED, scores, 0.005, "the log"), 1.0)
    setup.experts.follow()
    shown = setup.shown()
    assert (shown["model_products"], shown["model_sessions"], shown["model_version"]) == (2.0, 2.0, 1.0)


def test_what_the_learner_says(setup: Setup, tmp_path: Path) -> None:
    save_status(tmp_path, status(time.time()))
    shown = setup.shown()
    assert shown["learner_lag_seconds"] == 0.25
    found = {name: value for name, value in shown.items() if name.startswith("learner_entries")}
    assert found == {
        'learner_entries{result="learnt"}': 7.0,
        'learner_entries{result="buried"}': 2.0,
        'learner_entries{result="ignored_rate"}': 3.0,
        'learner_entries{result="ignored_quantity"}': 0.0,
    }


def test_a_learner_that_is_gone_lags_more_and_more(setup: Setup, tmp_path: Path) -> None:
    save_status(tmp_path, status(time.time() - 100.0))
    first = setup.shown()["learner_lag_seconds"]
    assert first >= 100.25
    save_status(tmp_path, status(time.time()))
    assert setup.shown()["learner_lag_seconds"] < 1.0
