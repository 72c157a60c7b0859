"""Weights of session-kNN from past sessions: small random steps from where we are, kept when the answers get better."""

from collections.abc import Callable

import numpy as np

from evaluation.metrics import DEPTH
from evaluation.sessions import Cases
from recommender.hybrid import Ranker, Tables
from recommender.scratch import KNN
from recommender.session_query import Weights

# What session-kNN depends on; the others are weights of sources that the blend weighs.
SEARCHED = (
    "step",
    "idf_power",
    "length_power",
    "age",
    "shared",
    "forward",
    "backward",
    "backward_share",
    "anchor",
    "output_idf",
    "current",
    "previous",
)
# Cases that a trial is judged by: enough for steps worth a few tenths of a point, on the same cases each time.
SAMPLE = 8000
# Deviation of a step, in natural logarithms.
STRIDE = 0.3


def search_weights(
    tables: Tables, cases: Cases, trials: int, generator: np.random.Generator, report: Callable[[int], None]
) -> Weights:
    """The best weights of so many trials by HR@20 + MRR@20 of session-kNN; `report(trials done)` after each.

    One weight at a time, all of them in turn, is multiplied by a random factor. The same generator gives the same.
    """
    if trials and len(cases) > SAMPLE:
        cases = cases.choose(np.sort(generator.choice(len(cases), SAMPLE, replace=False)))
    best, reached = Weights(), -1.0
    for trial in range(trials):
        name = SEARCHED[trial % len(SEARCHED)]
        factor = float(np.exp(generator.normal(0.0, STRIDE))) if trial else 1.0  # the first one is where we are
        tried = best._replace(**{name: float(f"{getattr(best, name) * factor:.4g}")})
        value = _judge(tables, cases, tried)
        if value > reached:
            best, reached = tried, value
        report(trial + 1)
    return best


def _judge(tables: Tables, cases: Cases, weights: Weights) -> float:
    """HR@20 + MRR@20 of session-kNN."""
    ranker, total = Ranker(tables, weights), 0.0
    for case in range(len(cases)):
        ranker.gather(cases.prefixes[case])
        found = np.flatnonzero(ranker.by_column(KNN, DEPTH)[0] == cases.labels[case])
        total += 1.0 + 1.0 / (int(found[0]) + 1) if len(found) else 0.0
    return total / len(cases)
