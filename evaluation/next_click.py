"""Next click in a session, by the protocol of Ludewig, Mauro, Latifi and Jannach (UMUAI 2021), with our own parts.

Train on whole sessions, oldest first; then predict click p of each test session from clicks 1 to p - 1, for every p
from 2 on, among all products of the training set, those of the session included.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evaluation.data import Data
from evaluation.metrics import Figures, hits_and_ranks, measure
from evaluation.outcomes import Outcomes
from evaluation.sessions import in_order_of_time
from evaluation.sources import Predictions, Sources
from evaluation.world import World, slice_clicks
from recommender.tuned import About, Tuned

# What a job is at, how much of that it has done, and of how much.
Report = Callable[[str, int, int], None]
REPORT_EVERY = 100


class Run:
    """One evaluation: the predictions of every source for all cases of `data`."""

    def __init__(self, data: Data, tuned: Tuned, online: bool = False, hide_seen: bool = False) -> None:
        self.data, self._tuned, self._online = data, tuned, online
        sessions = max(len(data.train), int(data.test.visitor.max(initial=0)))
        self._world = World(data.categories, sessions, len(data.train.clicks) + len(data.test.product))
        self._sources = Sources(self._world, tuned, hide_seen)
        self.predictions: dict[str, Predictions] = {}

    def go(self, report: Report) -> None:
        """Learn the training, then predict every case."""
        total = len(self.data.train.clicks)
        clicks = in_order_of_time(self.data.train, self.data.times)
        self._world.learn(clicks, lambda done: report("learning", done, total))
        self.predictions = self._sources.begin(len(self.data.cases))
        if self._online:
            self._predict_online(report)
        else:
            self._predict_frozen(report)

    def measure(self) -> dict[str, Figures]:
        """Figures by source."""
        labels, counts = self._labels(), self._counts()
        return {name: measure(found.shown, labels, counts, found.seconds) for name, found in self.predictions.items()}

    def outcomes(self, settings: About) -> Outcomes:
        """What came of every case, for a comparison."""
        labels = self._labels()
        ranks = {name: hits_and_ranks(found.shown, labels).astype(np.int16) for name, found in self.predictions.items()}
        return Outcomes(ranks, self.data.cases.labels, self.data.cases.session, dict(settings))

    def _predict_frozen(self, report: Report) -> None:
        """No table changes; products that the training does not have are unknown."""
        known, cases = self._counts() > 0, self.data.cases
        for case in range(len(cases)):
            clicks = cases.prefixes[case]
            self._sources.predict(np.where(known[clicks], clicks, -1).astype(np.int32), 0, case, self.predictions)
            if case % REPORT_EVERY == 0:
                report("predicting", case, len(cases))

    def _predict_online(self, report: Report) -> None:
        """Each case is predicted from what came before, then its click is learnt."""
        test, cases = self.data.test, self.data.cases
        for n, case in enumerate(self.data.case.tolist()):
            if case >= 0:
                own = int(test.visitor[n])
                self._sources.predict(cases.prefixes[case], own, case, self.predictions)
            self._world.learn(slice_clicks(test, n, n + 1))
            if n % REPORT_EVERY == 0:
                report("predicting and learning", n, len(test.product))

    def _labels(self) -> NDArray[np.int32]:
        """What was clicked; -1, always a miss, where tables that do not change cannot know the product."""
        labels = self.data.cases.labels
        return labels if self._online else np.where(self._counts()[labels] > 0, labels, -1).astype(np.int32)

    def _counts(self) -> NDArray[np.int64]:
        """Clicks of each product in the training; in the test where there is no training."""
        clicks = self.data.train.clicks if len(self.data.train.clicks) else self.data.test.product
        return np.bincount(clicks, minlength=len(self.data.categories))
