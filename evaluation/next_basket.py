"""The next basket of known households: learn all baskets but the last of each, foretell what is in that one."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.basket_metrics import DEPTH, BasketFigures, average, judge
from evaluation.basket_sources import SOURCES, BasketSources
from evaluation.basket_world import Households, learn_baskets
from evaluation.baskets import Lines
from evaluation.folder import FolderError
from recommender.basket_blend import Proposed, blend_sources

# What a job is at, how much of that it has done, and of how much.
Report = Callable[[str, int, int], None]
HYBRID = "hybrid"
# The blend: the first has weight 1, the weights of the others are found among these, in two rounds.
BLENDED = ("buy_again", "popularity", "bought_together")
WEIGHTS = (0.0, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8)
ROUNDS = 2


class Case(NamedTuple):
    """What each source proposed to a household, and what was in its basket, int32 (n,), each product once."""

    found: dict[str, Proposed]
    basket: NDArray[np.int32]


class Run:
    """One evaluation. After `go`: `weights` of the blend, and `judged` by source, float64 (cases, 8), see `judge`."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._sizes = int(lines.household.max()) + 1, int(lines.product.max()) + 1
        self._households = Households(self._sizes[0])
        self.weights: dict[str, float] = {}
        self.judged: dict[str, NDArray[np.float64]] = {}

    def go(self, report: Report) -> None:
        """Find the weights on the last basket but one of each household, then foretell the last.

        Raises:
            FolderError: no household has two baskets.
        """
        place = self._lines.place
        if not place.any():
            raise FolderError("there is no household with two baskets: one to learn from and one to be judged by")
        self._learn_profiles(place >= 2, report)
        self.weights = find_weights(self._predict(2, report), report)
        self._learn_profiles(place == 1, report)
        cases = self._predict(1, report)
        for name in SOURCES:
            self.judged[name] = np.array([judge(case.found[name].products, case.basket) for case in cases])
        self.judged[HYBRID] = _judge_all(cases, self.weights)

    def measure(self) -> dict[str, BasketFigures]:
        """Figures by source."""
        return {name: average(judged) for name, judged in self.judged.items()}

    def _learn_profiles(self, chosen: NDArray[np.bool_], report: Report) -> None:
        lines, total = self._lines.where(chosen), int(chosen.sum())
        self._households.learn(lines, lambda done: report("profiles", done, total))

    def _predict(self, back: int, report: Report) -> list[Case]:
        """A case for each household with a basket that has `back - 1` after it, from those before that one."""
        training = self._lines.where(self._lines.place >= back)
        baskets = learn_baskets(training, self._sizes, lambda done: report("baskets", done, len(training.product)))
        sources = BasketSources(baskets, training, self._sizes[0])
        asked = self._lines.where(self._lines.place == back - 1)
        known = np.unique(training.household)
        cases = []
        for n, household in enumerate(known.tolist()):
            found = sources.propose(household, self._households.profile(household))
            cases.append(Case(found, np.unique(asked.product[asked.household == household])))
            report("predicting", n + 1, len(known))
        return cases


def find_weights(cases: list[Case], report: Report) -> dict[str, float]:
    """The weights by which the blend has the best NDCG@20 on these cases: one at a time, the smallest of equals."""
    weights = {name: 1.0 if name == BLENDED[0] else 0.0 for name in BLENDED}
    tried = [(name, weight) for _ in range(ROUNDS) for name in BLENDED[1:] for weight in WEIGHTS]
    best = -1.0
    for n, (name, weight) in enumerate(tried if cases else []):
        value = average(_judge_all(cases, {**weights, name: weight})).ndcg_20
        if value > best:
            best, weights = value, {**weights, name: weight}
        report("weighing", n + 1, len(tried))
    return weights


def _judge_all(cases: list[Case], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Every case, judged by the blend with these weights."""
    return np.array([judge(blend_sources(case.found, weights, DEPTH).products, case.basket) for case in cases])
