"""How good weights are, by the hybrid alone: all that is needed to choose between them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.data import Data
from evaluation.metrics import DEPTH, Figures, measure
from evaluation.next_click import REPORT_EVERY, Report
from evaluation.sessions import in_order_of_time
from evaluation.world import World, slice_clicks
from recommender.hybrid import Ranker
from recommender.tuned import Tuned


def judge(data: Data, candidates: Sequence[Tuned], report: Report) -> list[Figures]:
    """The figures of each candidate's hybrid over the cases of `data`: tables learn the training and stay as they are.

    Every candidate is asked the same questions of the same tables.
    """
    world = World(data.categories, len(data.train), len(data.train.clicks))
    total = len(data.train.clicks)
    world.learn(in_order_of_time(data.train, data.times), lambda done: report("learning", done, total))
    counts = np.bincount(data.train.clicks, minlength=len(data.categories))
    known, cases = counts > 0, data.cases
    answers = _Answers(world, candidates, len(cases))
    for case in range(len(cases)):
        clicks = cases.prefixes[case]
        answers.ask(np.where(known[clicks], clicks, -1).astype(np.int32), 0, case)
        if case % REPORT_EVERY == 0:
            report("judging", case, len(cases))
    labels = np.where(known[cases.labels], cases.labels, -1).astype(np.int32)
    return [measure(shown, labels, counts, 0.0) for shown in answers.shown]


def judge_online(data: Data, candidates: Sequence[Tuned], report: Report) -> list[Figures]:
    """The same, test-then-learn: each click of the test is learnt after it was foretold."""
    sessions = int(data.test.visitor.max(initial=len(data.train)))
    world = World(data.categories, sessions, len(data.train.clicks) + len(data.test.product))
    world.learn(in_order_of_time(data.train, data.times))
    answers = _Answers(world, candidates, len(data.cases))
    for n, case in enumerate(data.case.tolist()):
        if case >= 0:
            answers.ask(data.cases.prefixes[case], int(data.test.visitor[n]), case)
        world.learn(slice_clicks(data.test, n, n + 1))
        if n % REPORT_EVERY == 0:
            report("judging", n, len(data.test.product))
    counts = np.bincount(data.test.product, minlength=len(data.categories))
    return [measure(shown, data.cases.labels, counts, 0.0) for shown in answers.shown]


class _Answers:
    """`shown` int32 (cases, DEPTH) of each candidate."""

    def __init__(self, world: World, candidates: Sequence[Tuned], cases: int) -> None:
        self._world, self._candidates = world, candidates
        self._rankers = [Ranker(world.tables, tuned.weights) for tuned in candidates]
        self.shown = [np.full((cases, DEPTH), -1, np.int32) for _ in candidates]

    def ask(self, clicks: NDArray[np.int32], own: int, case: int) -> None:
        """Ask all candidates what comes after `clicks`."""
        for ranker, tuned, shown in zip(self._rankers, self._candidates, self.shown, strict=True):
            ranker.gather(clicks, own)
            best = ranker.rank(clicks, self._world.now, tuned.blend).products[:DEPTH]
            shown[case, : len(best)] = best
