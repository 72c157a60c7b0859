"""What the learner keeps, said plainly: whole histories in lists and dicts, nothing recycled, hashed or incremental."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from recommender.product_tables import NO_CATEGORY
from recommender.session_query import SMOOTHING
from recommender.session_tables import MAX_CLICKS, MAX_POSTINGS

# Session, product, time in half-lives.
Click = tuple[int, int, float]


class SessionLog:
    """Every session whole, in the order they began; those that are further back than `slots` are out of reach."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.sessions: list[list[int]] = []
        self.met: defaultdict[int, list[int]] = defaultdict(list)

    def begin(self) -> int:
        self.sessions.append([])
        return len(self.sessions) - 1

    def add(self, number: int, product: int) -> None:
        if product not in self.sessions[number]:
            self.met[product].append(number)
        self.sessions[number].append(product)

    def is_there(self, number: int) -> bool:
        return max(len(self.sessions) - self.slots, 0) <= number < len(self.sessions)

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

    def neighbours(self, product: int) -> dict[int, float]:
        """Cosine of the sets of sessions of a product and of each other one in them, smoothed."""
        together = Counter(other for number in self.posted(product) for other in set(self.row(number)) - {product})
        mine = self.count(product) + SMOOTHING
        return {other: n / math.sqrt(mine * (self.count(other) + SMOOTHING)) for other, n in together.items()}


class ProductLog:
    """What is counted by product and category; `category` of each product."""

    def __init__(self, category: Sequence[int]) -> None:
        self.category = category
        self.moments: defaultdict[int, list[float]] = defaultdict(list)
        self.moves: Counter[tuple[int, int]] = Counter()
        self.neighbours: dict[int, dict[int, float]] = {}
        self.unseen: Counter[int] = Counter()

    def count(self, before: int, product: int, moment: float) -> None:
        self.moments[product].append(moment)
        categories = self.category[before] if before >= 0 else NO_CATEGORY, self.category[product]
        if NO_CATEGORY not in categories:
            self.moves[categories] += 1

    def refresh(self, log: SessionLog, product: int) -> None:
        """Neighbours are as they were when a 64th of the product's sessions was last new."""
        self.unseen[product] += 1
        if self.unseen[product] >= len(log.remembered(product)) / 64:
            self.unseen[product] = 0
            self.neighbours[product] = log.neighbours(product)

    def recent(self, product: int) -> float:
        return _log_sum(self.moments.get(product, []))

    def category_recent(self, category: int) -> float:
        return _log_sum(moment for p, list_ in self.moments.items() if self.category[p] == category for moment in list_)

    def by_recent(self, category: int | None = None) -> list[int]:
        """All clicked products of a category, or of all, by falling clicks; equal ones by number."""
        clicked = [p for p in sorted(self.moments) if category is None or self.category[p] == category]
        return sorted(clicked, key=self.recent, reverse=True)

    def transition(self, before: int, after: int) -> float:
        left = sum(n for (origin, _), n in self.moves.items() if origin == before)
        return self.moves[before, after] / left if left else 0.0


def _log_sum(moments: Iterable[float]) -> float:
    total = math.fsum(2.0**moment for moment in moments)
    return math.log2(total) if total else -math.inf


def learn(log: SessionLog, products: ProductLog, clicks: Iterable[Click]) -> dict[int, int]:
    """Take in clicks; returns the number in the log of each session."""
    numbers: dict[int, int] = {}
    for session, product, moment in clicks:
        if session not in numbers or not log.is_there(numbers[session]):
            numbers[session] = log.begin()
        number = numbers[session]
        before = log.sessions[number][-1] if log.sessions[number] else -1
        log.add(number, product)
        products.count(before, product, moment)
        products.refresh(log, product)
    return numbers
