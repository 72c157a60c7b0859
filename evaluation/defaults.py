"""The weights that come with the service: found in many made-up shops, and in real ones whose licence allows it."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from evaluation.data import Data
from evaluation.generated import generate_data
from evaluation.next_click import Report
from evaluation.search import PLAIN, Search, sample_cases, search_all
from evaluation.sessions import Cases, cut_cases
from evaluation.shop_shape import draw_shape
from evaluation.training import EPOCHS, Examples, train_blend
from evaluation.tuning import Plan, TuningError, build_world, collect_examples, find_cut
from evaluation.world import World
from recommender.session_query import Weights
from recommender.tuned import Tuned

# More than in tuning for one shop, because the start knows none.
STRIDE = 0.5
# Of each shop's sessions, the last that are tuned on. More than for one shop's own weights: a young shop has little.
TAIL_SHARE = 0.2
Learnt = list[tuple[World, Cases]]


class Mixture(msgspec.Struct, frozen=True):
    """What defaults are made of: `shops` made-up ones of `sessions` each, and at most `cases` from each of them; from
    all the real ones together at most `real_cases`.
    """

    shops: int = 12
    sessions: int = 30_000
    cases: int = 3000
    real_cases: int = 12_000
    trials: int = 96
    seed: int = 7


def tune_defaults(real: Sequence[Data], mixture: Mixture, report: Report) -> Tuned:
    """One set of weights for all shops. The same data and mixture give the same.

    Raises:
        TuningError: there is no shop, or a real one has too few sessions.
    """
    if not real and not mixture.shops:
        raise TuningError("there is no shop to tune on: some made-up ones, or past events, would be right")
    generator = np.random.default_rng(mixture.seed)
    learnt = _learn(real, mixture, generator, report)
    shops = [(world.tables, cases) for world, cases in learnt]
    groups = [group for group in (shops[: len(real)], shops[len(real) :]) if group]
    search = Search(PLAIN, mixture.trials, STRIDE)
    weights = search_all(groups, search, generator, lambda done: report("searching", done, mixture.trials))
    examples = _collect(learnt, weights, generator, report)
    blend = train_blend(examples, generator, lambda epoch, loss: report("training", epoch + 1, EPOCHS))
    sizes = {"cases": len(examples), "trials": mixture.trials, "seed": mixture.seed}
    made = {"generated_shops": mixture.shops, "generated_sessions": mixture.shops * mixture.sessions}
    return Tuned(weights, blend, {**made, "real_sessions": sum(len(data.train) for data in real), **sizes})


def _learn(real: Sequence[Data], mixture: Mixture, generator: np.random.Generator, report: Report) -> Learnt:
    """Tables of each shop, and cases from the sessions behind those that they have learnt."""
    quiet: Report = lambda part, done, total: None  # noqa: E731
    learnt = []
    for data in real:
        learnt.append(_cut(data, mixture.real_cases // len(real), generator, quiet))
    for shop in range(mixture.shops):
        report("making up shops", shop, mixture.shops)
        data = generate_data(draw_shape(generator, mixture.sessions), generator)
        learnt.append(_cut(data, mixture.cases, generator, quiet))
    return learnt


def _cut(data: Data, limit: int, generator: np.random.Generator, report: Report) -> tuple[World, Cases]:
    cut = find_cut(data, Plan(sessions=max(round(len(data.train) * TAIL_SHARE), 1)))
    cases = cut_cases(data.train.between(cut, len(data.train)))
    return build_world(data, cut, report), sample_cases(cases, limit, generator)


def _collect(learnt: Learnt, weights: Weights, generator: np.random.Generator, report: Report) -> Examples:
    """Examples of all shops, shuffled: the first ones say how features are scaled."""
    total, before = sum(len(cases) for _, cases in learnt), 0
    parts = []
    for world, cases in learnt:
        parts.append(collect_examples(world, cases, weights, _behind(report, before, total)))
        before += len(cases)
    order = generator.permutation(sum(map(len, parts)))
    names = Examples.__struct_fields__
    return Examples(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in names))


def _behind(report: Report, before: int, total: int) -> Callable[[int], None]:
    return lambda case: report("collecting", before + case, total)
