"""What the metrics say of the model and the learner, which is a process of its own."""

import time
from pathlib import Path

from app.metrics import Metrics
from recommender.experts import Experts
from recommender.learner_status import load_status
from recommender.model_reader import ModelReader


class ModelMetrics:
    """Brings the gauges up to date when `record` is called."""

    def __init__(self, metrics: Metrics, model: ModelReader, experts: Experts, folder: Path) -> None:
        self._metrics, self._model, self._experts, self._folder = metrics, model, experts, folder

    def record(self) -> None:
        """Set all gauges; those of which nothing is known stay as they are."""
        metrics = self._metrics
        metrics.model_version.set(self._experts.version.number)
        view = self._model.view
        if view is not None:
            metrics.model_products.set(len(view.products))
            metrics.model_sessions.set(int(view.tables.sessions.next_number[0]))
        status = load_status(self._folder)
        if status is not None:
            metrics.learner_lag.set(status.lag_at(time.time()))
            counts = {"learnt": status.learnt, "buried": status.buried}
            counts |= {f"ignored_{reason}": count for reason, count in status.ignored.items()}
            for result, count in counts.items():
                metrics.child(metrics.learner_entries, result).set(count)
