"""What is gathered for a session, said plainly: one neighbour after the other, from whole histories."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import HOP_SOURCES, LAST_SOURCES
from recommender.scratch import BEFORE, CO_VISIT, COLUMNS, KNN, NEXT, NEXT_DECAYED, RULES, TOGETHER
from recommender.session_query import NEIGHBOURS, POSTINGS_READ, SMOOTHING, Weights
from recommender.session_tables import MAX_CLICKS
from tests.references import SessionLog

# Of each product a vector float64 (COLUMNS,).
Columns = dict[int, NDArray[np.float64]]


def gather(log: SessionLog, clicks: Sequence[int], own: int, weights: Weights) -> Columns:
    """What others' sessions say of what comes after `clicks`, a visitor's own: all columns but those of two hops."""
    columns: Columns = defaultdict(lambda: np.zeros(COLUMNS))
    shared = _find_neighbours(log, _asked(log, clicks), own, min(len(clicks), MAX_CLICKS) - 1)
    for number, steps in _nearest(log, shared, weights).items():
        _add_knn(columns, log, (number, steps), weights, _similarity(log, number, steps, weights))
    for number, steps in shared.items():
        _add_visits(columns, log, (number, steps), weights)
        if 0 in steps.values():
            _add_last(columns, log, number, clicks[-1], weights)
    if clicks[-1] in columns:
        columns[clicks[-1]][KNN] *= weights.current
    if len(clicks) > 1 and clicks[-2] != clicks[-1] and clicks[-2] in columns:
        columns[clicks[-2]][KNN] *= weights.previous
    return dict(columns)


def _asked(log: SessionLog, clicks: Sequence[int]) -> dict[int, int]:
    """The products of the asking session's newest clicks, with their steps from its end."""
    steps: dict[int, int] = {}
    for step, product in enumerate(reversed(clicks[-MAX_CLICKS:])):
        if product >= 0:
            steps.setdefault(product, step)
    return steps


def _find_neighbours(log: SessionLog, asked: dict[int, int], own: int, oldest: int) -> dict[int, dict[int, int]]:
    """Sessions that share a product, with those that they share; a product gets half of what the newer ones leave."""
    found: dict[int, dict[int, int]] = {}
    left = POSTINGS_READ
    for product, step in asked.items():
        newest = sorted(log.posted(product), reverse=True)[: left if step == oldest else (left + 1) // 2]
        left -= len(newest)
        for number in newest:
            if log.visitor[number] != own and product in log.row(number):
                found.setdefault(number, {})[product] = step
    return found


def _similarity(log: SessionLog, number: int, steps: dict[int, int], weights: Weights) -> float:
    shared = sum(math.exp(-step / weights.step) * log.idf(p) ** weights.idf_power for p, step in steps.items())
    fading = math.exp(-log.age(number) / weights.age) * math.exp(-min(steps.values()) / weights.shared)
    return float(shared / len(log.row(number)) ** weights.length_power * fading)


def _nearest(log: SessionLog, shared: dict[int, dict[int, int]], weights: Weights) -> dict[int, dict[int, int]]:
    def nearness(number: int) -> float:
        return _similarity(log, number, shared[number], weights)

    return {number: shared[number] for number in sorted(shared, key=nearness, reverse=True)[:NEIGHBOURS]}


def _last_place(row: list[int], product: int) -> int:
    return max(at for at, other in enumerate(row) if other == product)


def _add_knn(
    columns: Columns, log: SessionLog, neighbour: tuple[int, dict[int, int]], weights: Weights, similarity: float
) -> None:
    number, steps = neighbour
    row = log.row(number)
    place = _last_place(row, min(steps, key=steps.__getitem__))
    for at, product in enumerate(row):
        if at > place:
            share = math.exp(-(at - place) / weights.forward)
        elif at < place:
            share = weights.backward_share * math.exp(-(place - at) / weights.backward)
        else:
            share = weights.anchor
        columns[product][KNN] += similarity * share * (1.0 + weights.output_idf * log.idf(product))


def _add_visits(columns: Columns, log: SessionLog, neighbour: tuple[int, dict[int, int]], weights: Weights) -> None:
    number, steps = neighbour
    row = log.row(number)
    for shared, step in steps.items():
        place = _last_place(row, shared)
        for at, product in enumerate(row):
            if at != place:
                gain = weights.visit_step**step * (weights.visit_backward if at < place else 1.0)
                frequency = log.count(shared) * log.count(product) * len(row)
                columns[product][CO_VISIT] += gain / math.sqrt(frequency)


def _add_last(columns: Columns, log: SessionLog, number: int, last: int, weights: Weights) -> None:
    row = log.row(number)
    place = _last_place(row, last)
    for at, product in enumerate(row):
        if at != place:
            smoothed = (log.count(last) + SMOOTHING) * (log.count(product) + SMOOTHING)
            columns[product][TOGETHER] += 1.0 / math.sqrt(smoothed)
            columns[product][RULES if at > place else BEFORE] += 1.0 / abs(at - place)
        if at == place + 1:
            columns[product][NEXT] += 1.0
            columns[product][NEXT_DECAYED] += math.exp(-log.age(number) / weights.next_age)


def two_hops(found: Columns, neighbours: Mapping[int, dict[int, float]], clicks: Sequence[int]) -> dict[int, float]:
    """Neighbours of the most co-visited products of what was found, by their share of the largest, and of the newest
    clicks.
    """
    visited = {product: row[CO_VISIT] for product, row in found.items() if row[CO_VISIT] > 0}
    best = sorted(visited, key=visited.__getitem__, reverse=True)[:HOP_SOURCES]
    origins = [(product, visited[product] / visited[best[0]]) for product in best]
    for step, product in enumerate(reversed(clicks[-LAST_SOURCES:])):
        origins.append((product, 0.5 * 0.6**step))
    scores: defaultdict[int, float] = defaultdict(float)
    for origin, weight in origins:
        for product, nearness in neighbours.get(origin, {}).items():
            scores[product] += weight * nearness
    return dict(scores)


def mixed(found: Columns, mix: NDArray[np.float64]) -> dict[int, float]:
    """The weighted sum of columns over their largest values."""
    tops = np.max([np.zeros(COLUMNS), *found.values()], axis=0)
    tops[tops == 0] = 1.0
    return {product: float(mix @ (row / tops)) for product, row in found.items()}
