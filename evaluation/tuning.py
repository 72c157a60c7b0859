"""Settings from past sessions: the blend is trained on the last of them, from tables that have not seen these."""

from collections.abc import Callable

import numpy as np

from evaluation.next_click import World
from evaluation.sessions import Cases
from evaluation.training import Examples
from recommender.candidates import CANDIDATES
from recommender.features import FEATURES
from recommender.hybrid import Ranker
from recommender.session_query import Weights


def collect_examples(world: World, cases: Cases, weights: Weights, report: Callable[[int], None]) -> Examples:
    """Candidates of each case with their features; cases whose product is not among them teach nothing and are left
    out. `report(n)` after every case.
    """
    ranker, now = Ranker(world.tables, weights), world.now
    n = len(cases.labels)
    features = np.zeros((n, CANDIDATES, FEATURES), np.float32)
    count, label = np.zeros(n, np.int64), np.full(n, -1, np.int64)
    for case in range(n):
        clicks = cases.prefixes[case]
        ranker.gather(clicks)
        products, rows = ranker.candidates(clicks, now)
        features[case, : len(products)] = rows
        count[case] = len(products)
        found = np.flatnonzero(products == cases.labels[case])
        if len(found):
            label[case] = found[0]
        report(case)
    there = label >= 0
    return Examples(features[there], count[there], label[there], np.diff(cases.prefixes.starts)[there])
