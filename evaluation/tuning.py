"""Weights from past sessions: found on the last of them, with tables that have not seen these."""

from collections.abc import Callable

import msgspec
import numpy as np

from evaluation.data import Data
from evaluation.hold_out import describe_seen
from evaluation.next_click import REPORT_EVERY, Report
from evaluation.search import search_weights
from evaluation.sessions import Cases, cut_cases, in_order_of_time
from evaluation.training import EPOCHS, Examples, train_blend
from evaluation.world import World
from recommender.candidates import CANDIDATES
from recommender.features import FEATURES
from recommender.hybrid import Ranker
from recommender.session_query import Weights
from recommender.tuned import About, Tuned

# As many cases as 1.1 GB of examples; more make no better blend.
ENOUGH_CASES = 55_000
MOST_SESSIONS = 0.1


class TuningError(ValueError):
    """Raised when sessions are too few to find weights by; the message says what is missing."""


class Plan(msgspec.Struct, frozen=True):
    """How to tune: on the last `sessions` of the training (None: see `count_tail`), with so many trials of weights."""

    sessions: int | None = None
    trials: int = 60
    seed: int = 7


def tune(data: Data, plan: Plan, report: Report) -> Tuned:
    """Weights from the training part of `data` alone. The same data and plan give the same weights.

    Raises:
        TuningError: there are not enough sessions.
    """
    cut = find_cut(data, plan)
    world = build_world(data, cut, report)
    cases = cut_cases(data.train.between(cut, len(data.train)))
    generator = np.random.default_rng(plan.seed)
    weights = search_weights(
        world.tables, cases, plan.trials, generator, lambda done: report("searching", done, plan.trials)
    )
    examples = collect_examples(world, cases, weights, lambda case: report("collecting", case, len(cases)))
    if not len(examples):
        raise TuningError(
            f"nothing to train the blend on: of {len(cases):,} clicks in the last {len(data.train) - cut:,} training "
            "sessions none is on a product that the sessions before them suggest"
        )
    blend = train_blend(examples, generator, lambda epoch, loss: report("training", epoch + 1, EPOCHS))
    sizes: About = {"sessions": cut, "tuned_on_sessions": len(data.train) - cut, "cases": len(cases)}
    how: About = {"trials": plan.trials, "seed": plan.seed, "categories": bool((data.categories >= 0).any())}
    return Tuned(weights, blend, {**sizes, **how, **describe_seen(data)})


def find_cut(data: Data, plan: Plan) -> int:
    """How many sessions of the training are learnt; the rest is tuned on.

    Raises:
        TuningError: there would be none to learn, or none to tune on.
    """
    tail = count_tail(data) if plan.sessions is None else plan.sessions
    cut = len(data.train) - tail
    if tail < 1 or cut < 1:
        raise TuningError(
            f"cannot tune on the last {tail:,} of {len(data.train):,} training sessions: at least one must be left to "
            "learn from, and one to tune on"
        )
    return cut


def count_tail(data: Data) -> int:
    """The last sessions that hold `ENOUGH_CASES` cases, at least one and at most a tenth of all."""
    lengths = np.diff(data.train.starts)[::-1]
    most = max(int(len(lengths) * MOST_SESSIONS), 1)
    return min(int(np.searchsorted((lengths - 1).cumsum(), ENOUGH_CASES)) + 1, most)


def collect_examples(world: World, cases: Cases, weights: Weights, report: Callable[[int], None]) -> Examples:
    """Candidates of each case with their features; cases whose product is not among them teach nothing and are left
    out. `report(n)` now and then.
    """
    ranker, lengths = Ranker(world.tables, weights), np.diff(cases.prefixes.starts)
    features = np.zeros((len(cases), CANDIDATES, FEATURES), np.float32)
    count, label, length = (np.zeros(len(cases), np.int64) for _ in range(3))
    kept = 0
    for case in range(len(cases)):
        clicks = cases.prefixes[case]
        ranker.gather(clicks)
        products, rows = ranker.candidates(clicks, world.now)
        found = np.flatnonzero(products == cases.labels[case])
        if len(found):
            features[kept, : len(products)] = rows
            count[kept], label[kept], length[kept] = len(products), found[0], lengths[case]
            kept += 1
        if case % REPORT_EVERY == 0:
            report(case)
    return Examples(features[:kept], count[:kept], label[:kept], length[:kept])


def build_world(data: Data, cut: int, report: Report) -> World:
    """Tables that have learnt the first `cut` sessions of the training."""
    head = data.train.between(0, cut)
    world = World(data.categories, cut, len(head.clicks))
    clicks = in_order_of_time(head, data.times[: len(head.clicks)])
    world.learn(clicks, lambda done: report("learning", done, len(head.clicks)))
    return world
