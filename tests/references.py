"""What the learner keeps, said plainly: whole histories in lists and dicts, nothing recycled, hashed or incremental."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from learner.learn import OTHER, Limits
from profiles.decay import EPOCH
from recommender.popularity_tables import IMPRESSIONS
from recommender.product_tables import NEIGHBOUR_LIMIT, NO_CATEGORY
from recommender.session_query import SMOOTHING
from recommender.session_tables import MAX_CLICKS, MAX_POSTINGS
from tests.popularity_references import PopularityLog


class Click(NamedTuple):
    """One event; visitors are numbered from 1."""

    visitor: int
    product: int
    seconds: float = EPOCH
    weight: float = 1.0
    kind: int = OTHER


class SessionLog:
    """Every session whole, in the order they began; those that are further back than `slots` are out of reach."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.sessions: list[list[int]] = []
        self.visitor: list[int] = []
        self.times: list[list[float]] = []
        self.learnt: Counter[int] = Counter()
        self.met: defaultdict[int, list[int]] = defaultdict(list)

    def begin(self, visitor: int) -> int:
        self.sessions.append([])
        self.visitor.append(visitor)
        self.times.append([])
        return len(self.sessions) - 1

    def add(self, number: int, product: int) -> None:
        if product not in self.sessions[number]:
            self.met[product].append(number)
        self.sessions[number].append(product)

    def is_there(self, number: int) -> bool:
        return max(len(self.sessions) - self.slots, 0) <= number < len(self.sessions)

    def newest(self, visitor: int) -> int:
        """A visitor's newest session in reach, -1 for none."""
        found = [number for number, owner in enumerate(self.visitor) if owner == visitor and self.is_there(number)]
        return found[-1] if found else -1

    def row(self, number: int) -> list[int]:
        return self.sessions[number][-MAX_CLICKS:]

    def remembered(self, product: int) -> list[int]:
        """The newest sessions that met a product, the newest first; some may be out of reach."""
        return self.met[product][-MAX_POSTINGS:][::-1]

    def posted(self, product: int) -> list[int]:
        return [number for number in self.remembered(product) if self.is_there(number)]

    def count(self, product: int) -> int:
        return len(self.met[product])

    def idf(self, product: int) -> float:
        return math.log(len(self.sessions) / self.count(product))

    def age(self, number: int) -> int:
        return len(self.sessions) - 1 - number

    def neighbours(self, product: int, tie: Sequence[int]) -> dict[int, float]:
        """Cosine of the sets of sessions of a product and of each other one in them, smoothed, as float32; the nearest,
        of those that are equally near the ones with the lower `tie`.
        """
        together = Counter(other for number in self.posted(product) for other in set(self.row(number)) - {product})
        mine = self.count(product) + SMOOTHING
        near = {
            other: np.float32(n / math.sqrt(mine * (self.count(other) + SMOOTHING))) for other, n in together.items()
        }
        best = sorted(near, key=lambda other: (-near[other], tie[other]))[:NEIGHBOUR_LIMIT]
        return {other: float(near[other]) for other in best}


class ProductLog:
    """What is counted by product and category; `category` and `tie` of each product."""

    def __init__(self, category: Sequence[int], tie: Sequence[int]) -> None:
        self.category, self.tie = category, tie
        self.moves: Counter[tuple[int, int]] = Counter()
        self.neighbours: dict[int, dict[int, float]] = {}
        self.touched: Counter[int] = Counter()

    def count_move(self, before: int, product: int) -> None:
        categories = self.category[before] if before >= 0 else NO_CATEGORY, self.category[product]
        if NO_CATEGORY not in categories:
            self.moves[categories] += 1

    def look_up(self, log: SessionLog, number: int) -> None:
        """After a click: neighbours are as they were when so much was last new as a 64th of a product's sessions."""
        self.touched.update(log.row(number))
        product = log.sessions[number][-1]
        if self.touched[product] >= len(log.remembered(product)) / 64:
            self.refresh(log, product)

    def refresh(self, log: SessionLog, product: int) -> None:
        self.touched[product] = 0
        self.neighbours[product] = log.neighbours(product, self.tie)

    def transition(self, before: int, after: int) -> float:
        left = sum(n for (origin, _), n in self.moves.items() if origin == before)
        return self.moves[before, after] / left if left else 0.0


class History(NamedTuple):
    """All of it."""

    sessions: SessionLog
    products: ProductLog
    popularity: PopularityLog


def learn(history: History, clicks: Iterable[Click], limits: Limits) -> int:
    """Take in clicks; returns how many were ignored."""
    log, ignored = history.sessions, 0
    for click in clicks:
        if click.kind == IMPRESSIONS:
            history.popularity.count_kind(click.product, click.kind)
            continue
        number = find_session(log, click, limits.gap_seconds)
        log.times[number].append(click.seconds)
        if log.learnt[number] >= limits.events:
            ignored += 1
            continue
        log.learnt[number] += 1
        follow(history, number, click.product)
        history.popularity.count_kind(click.product, click.kind)
        history.popularity.count(click.product, click.weight, click.seconds)
    return ignored


def find_session(log: SessionLog, click: Click, gap: float) -> int:
    """The visitor's session that goes on, or a new one."""
    number = log.newest(click.visitor)
    if number >= 0 and abs(click.seconds - max(log.times[number])) <= gap:
        return number
    return log.begin(click.visitor)


def follow(history: History, number: int, product: int) -> None:
    """A product after others, unless it is the last one again."""
    log, products, _ = history
    before = log.sessions[number][-1] if log.sessions[number] else -1
    if product != before:
        log.add(number, product)
        products.count_move(before, product)
        products.look_up(log, number)
