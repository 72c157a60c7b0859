"""Weights of session-kNN from past sessions: small random steps from where we are, kept when the answers get better."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

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
# Values that say as little as can be: rare products count once by their idf, as in VMIS-kNN, neighbours by cosine, and
# all that fades does so slowly. For weights that must not know any shop.
PLAIN = Weights(
    step=2.0,
    idf_power=1.0,
    length_power=0.5,
    age=100_000.0,
    shared=10.0,
    forward=10.0,
    backward=10.0,
    backward_share=1.0,
    anchor=1.0,
    output_idf=1.0,
    current=1.0,
    previous=1.0,
)


Shops = Sequence[tuple[Tables, Cases]]


class Search(NamedTuple):
    """Where to start, how many trials, and how far one goes: the deviation of a factor's logarithm, on average."""

    start: Weights
    trials: int
    stride: float = STRIDE


def search_weights(
    tables: Tables, cases: Cases, trials: int, generator: np.random.Generator, report: Callable[[int], None]
) -> Weights:
    """The best weights of so many trials by HR@20 + MRR@20 of session-kNN; `report(trials done)` after each.

    One weight at a time, all of them in turn, is multiplied by a random factor. The same generator gives the same.
    """
    return search_all([[(tables, cases)]], Search(Weights(), trials), generator, report)


def search_all(
    groups: Sequence[Shops],
    search: Search,
    generator: np.random.Generator,
    report: Callable[[int], None],
) -> Weights:
    """The same for the mean of several groups of shops. Each group counts as much as the others, whatever its size,
    and each shop of a group; nothing is in none.
    """
    if search.trials:
        groups = [_sample(shops, SAMPLE // len(groups), generator) for shops in groups]
    best, reached = search.start, -1.0
    for trial in range(search.trials):
        name = SEARCHED[trial % len(SEARCHED)]
        factor = float(np.exp(generator.normal(0.0, search.stride))) if trial else 1.0  # the first is where we are
        tried = best._replace(**{name: float(f"{getattr(best, name) * factor:.4g}")})
        value = sum(float(np.mean([_judge(*shop, tried) for shop in shops])) for shops in groups)
        if value > reached:
            best, reached = tried, value
        report(trial + 1)
    return best


def sample_cases(cases: Cases, limit: int, generator: np.random.Generator) -> Cases:
    """At most so many of the cases, in their order."""
    if len(cases) <= limit:
        return cases
    return cases.choose(np.sort(generator.choice(len(cases), limit, replace=False)))


def _sample(shops: Shops, limit: int, generator: np.random.Generator) -> Shops:
    return [(tables, sample_cases(cases, limit // len(shops), generator)) for tables, cases in shops]


def _judge(tables: Tables, cases: Cases, weights: Weights) -> float:
    """HR@20 + MRR@20 of session-kNN."""
    ranker, total = Ranker(tables, weights), 0.0
    for case in range(len(cases)):
        ranker.gather(cases.prefixes[case])
        found = np.flatnonzero(ranker.by_column(KNN, DEPTH)[0] == cases.labels[case])
        total += 1.0 + 1.0 / (int(found[0]) + 1) if len(found) else 0.0
    return total / len(cases)
