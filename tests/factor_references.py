"""Matrix factorisation, said plainly: everything summed up anew each time, and solved by numpy."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learner.factor_writer import NEWEST, START
from recommender.factor_tables import FactorTables
from recommender.factors import RIDGE, STEP, UNOBSERVED
from recommender.popularity_tables import IMPRESSIONS
from recommender.scratch import FACTORS
from recommender.session_tables import MAX_CLICKS
from tests.references import Click, SessionLog, find_session

Point = NDArray[np.float64]
Points = dict[int, Point]
IDENTITY = np.eye(FACTORS)


def gram(points: Points, weights: dict[int, float]) -> Point:
    """Sum of weight x point x point^T."""
    return sum((weights[n] * np.outer(point, point) for n, point in points.items()), np.zeros((FACTORS, FACTORS)))


def fold(clicks: Sequence[Point | None], products: Point, sessions: int, step: float) -> Point:
    """The point of a session from those of its products, oldest first, None for one that has none."""
    newest = list(reversed(clicks))[:MAX_CLICKS]
    known = [(step**back, point) for back, point in enumerate(newest) if point is not None]
    observed = sum((weight * np.outer(point, point) for weight, point in known), np.zeros((FACTORS, FACTORS)))
    wanted = sum((weight * point for weight, point in known), np.zeros(FACTORS))
    point: Point = np.linalg.solve(
        observed + UNOBSERVED / max(sessions, 1) * products + RIDGE * IDENTITY, wanted
    ).astype(np.float64)
    return point


def start(product: int) -> Point:
    """SplitMix64 from a seed of the product's own, in whole numbers."""
    point, limit = np.zeros(FACTORS), 2**64
    state = product * FACTORS * 0x9E3779B97F4A7C15
    for i in range(FACTORS):
        state = (state + 0x9E3779B97F4A7C15) % limit
        z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % limit
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % limit
        point[i] = START * (((z ^ (z >> 31)) >> 11) / 2.0**52 - 1.0)
    return as_stored(point)


def as_stored(point: Point) -> Point:
    """With the precision of the tables."""
    return point.astype(np.float32).astype(np.float64)


class FactorLog:
    """Points of products, and of sessions that are within reach, after clicks in order."""

    def __init__(self, slots: int) -> None:
        self.log = SessionLog(slots)
        self.products: Points = {}
        self.weights: dict[int, float] = {}
        self.sessions: Points = {}

    def learn(self, clicks: Sequence[Click]) -> None:
        """No pause ends a session; what was shown, and a product that is met again at once, move nothing."""
        for click in clicks:
            if click.kind == IMPRESSIONS:
                continue
            number = find_session(self.log, click, math.inf)
            self.log.times[number].append(click.seconds)
            if self.log.row(number)[-1:] != [click.product]:
                self.log.add(number, click.product)
                self._move(number, click.product)

    def _move(self, number: int, product: int) -> None:
        if product not in self.products:
            self.products[product], self.weights[product] = start(product), 1.0
        clicks = [self.products[click] for click in self.log.row(number)]
        folded = fold(clicks, gram(self.products, self.weights), len(self.log.sessions), 1.0)
        self.sessions = {n: point for n, point in self.sessions.items() if self.log.is_there(n)}
        self.sessions[number] = as_stored(folded)
        point = self._find(product)
        if point is not None:
            self.products[product], self.weights[product] = as_stored(point), float(self.log.count(product))

    def _find(self, product: int) -> Point | None:
        newest = [self.sessions[n] for n in self.log.remembered(product)[:NEWEST] if self.log.is_there(n)]
        if not newest:
            return None
        everybody = gram(self.sessions, dict.fromkeys(self.sessions, 1.0)) / len(self.sessions)
        observed = sum(np.outer(x, x) for x in newest) / len(newest)
        ridge = RIDGE / self.log.count(product) * IDENTITY
        point: Point = np.linalg.solve(observed + UNOBSERVED * everybody + ridge, sum(newest) / len(newest)).astype(
            np.float64
        )
        return point


def point_of(tables: FactorTables, product: int) -> Point | None:
    """What the tables have of a product."""
    known = product >= 0 and tables.product_weight[product] > 0
    return tables.product_factors[product].astype(float) if known else None


def scores(tables: FactorTables, clicks: Sequence[int], sessions: int, products: Sequence[int]) -> Point:
    """How much an asking session is drawn to each product."""
    asking = fold([point_of(tables, click) for click in clicks], tables.product_gram, sessions, STEP)
    return tables.product_factors[list(products)].astype(float) @ asking
