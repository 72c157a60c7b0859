"""A slate that is not ten times the same: maximal marginal relevance, and caps on categories and brands. Pure.

Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries",
SIGIR 1998: the next product is the one with the largest (1 - dial) x score - dial x likeness to those chosen before.
Here likeness is PATH x the most that a chosen product shares of its category path + BRAND x whether one has its brand.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from recommender.catalogue import Facts
from recommender.product import PATH_SEPARATOR

PATH, BRAND = 0.7, 0.3


class DiversityRule(msgspec.Struct, frozen=True, kw_only=True):
    """`dial` from 0 (order by score) to 1 (as different as possible). At most these shares of a slate, rounded up, are
    of one category and of one brand; 1 is no cap. `category` is the one that was asked for, which is not capped.
    """

    dial: float = 0.0
    category_share: float = 1.0
    brand_share: float = 1.0
    category: str = ""


def diversify(products: Sequence[Facts], scores: Sequence[float], limit: int, rule: DiversityRule) -> list[int]:
    """Positions in `products` of a slate, best first: as many as there are, up to `limit`, none of them twice.

    `products` come best first; `scores`, aligned and finite, may be on any scale. What a cap keeps out comes at the
    end, when there is nothing else to fill the slate with.
    """
    gains = _gains(scores, rule.dial)
    likeness = _Likeness(products, rule.dial) if rule.dial > 0.0 else None
    caps = _Caps(products, limit, rule)
    worth, capped, chosen = gains.copy(), list[int](), list[int]()  # worth: -inf for who was looked at
    while len(chosen) < min(limit, len(products)):
        if len(chosen) + len(capped) == len(products):
            for at in capped:
                worth[at] = gains[at] - (likeness.penalties[at] if likeness else 0.0)
            caps.lifted, capped = True, []
        best = worth.index(max(worth))
        worth[best] = -math.inf
        if not caps.allow(best):
            capped.append(best)
            continue
        chosen.append(best)
        if likeness:
            likeness.add(best, worth)
    return chosen


class _Likeness:
    """What likeness to the chosen products costs: `penalties`, 0 to `dial`, by position."""

    def __init__(self, products: Sequence[Facts], dial: float) -> None:
        self._products = products
        self._path, self._brand = dial * PATH, dial * BRAND
        self.penalties = [0.0] * len(products)
        self._shared = [0.0] * len(products)
        self._below: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._of_brand: defaultdict[str, list[int]] = defaultdict(list)
        for at, facts in enumerate(products):
            self._of_brand[facts.brand].append(at)
            for name, part in _parts(facts.lists):
                self._below[name].append((at, part))
        self._of_brand.pop("", None)

    def add(self, chosen: int, worth: list[float]) -> None:
        """Take a chosen product's paths and brand off `worth`. Only the first time that each is chosen matters."""
        facts, penalties, shared = self._products[chosen], self.penalties, self._shared
        for name in facts.lists:
            for at, part in self._below.pop(name, ()):
                if part > shared[at]:
                    cost = self._path * (part - shared[at])
                    penalties[at] += cost
                    worth[at] -= cost
                    shared[at] = part
        for at in self._of_brand.pop(facts.brand, ()):
            penalties[at] += self._brand
            worth[at] -= self._brand


class _Caps:
    """Counts the chosen products by category and by brand."""

    def __init__(self, products: Sequence[Facts], limit: int, rule: DiversityRule) -> None:
        self._products, self._asked = products, rule.category
        self._most = [math.ceil(share * limit - 1e-9) for share in (rule.category_share, rule.brand_share)]
        self._categories: defaultdict[str, int] = defaultdict(int)
        self._brands: defaultdict[str, int] = defaultdict(int)
        self.lifted = min(rule.category_share, rule.brand_share) >= 1.0

    def allow(self, at: int) -> bool:
        """Whether there is room for one more like this; if so, it is counted."""
        if self.lifted:
            return True
        facts, (most, most_of_brand) = self._products[at], self._most
        if facts.brand and self._brands[facts.brand] >= most_of_brand:
            return False
        if any(self._categories[name] >= most for name in facts.categories if name != self._asked):
            return False
        self._brands[facts.brand] += 1
        for name in facts.categories:
            self._categories[name] += 1
        return True


@lru_cache(maxsize=65_536)
def _parts(lists: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """The paths of a product, and the part of its deepest path that one who shares just this one shares."""
    depths = [(name, name.count(PATH_SEPARATOR) + 1) for name in lists if name]
    deepest = max((depth for _, depth in depths), default=1)
    return tuple((name, depth / deepest) for name, depth in depths)


def _gains(scores: Sequence[float], dial: float) -> list[float]:
    """1 - dial for the highest score, 0 for the lowest; with a dial of 0 the order as it is, whatever the scores."""
    if not scores or dial <= 0.0:
        return [float(-at) for at in range(len(scores))]
    low, high = min(scores), max(scores)
    factor = (1.0 - dial) / (high - low) if high > low else 0.0
    return [(score - low) * factor for score in scores]
