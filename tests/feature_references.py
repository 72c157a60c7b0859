"""What is known of a candidate, said plainly: one feature after the other, by its number."""

import math
from collections.abc import Sequence

import numpy as np

from profiles.decay import EPOCH
from recommender import features as f
from recommender.product_tables import NO_CATEGORY
from recommender.scratch import COLUMNS
from tests.popularity_references import PopularityLog
from tests.query_references import Columns
from tests.references import History, ProductLog


def describe(history: History, found: Columns, clicks: Sequence[int], product: int, now: float) -> dict[int, float]:
    """All features of a product for a session, from what was `found` for it; `now`: Unix seconds."""
    log, counts, popularity = history
    return {
        **_gathered(found, product),
        **_category(counts, clicks, product),
        **_popular(counts, popularity, product),
        **_repeats(clicks, product),
        f.POPULARITY: math.log(log.count(product) + 1),
        f.RECENT: max(popularity.engagement(product) - (now - EPOCH) / popularity.half_lives.long, -20.0),
    }


def faint(share: float) -> float:
    return math.log(share + 0.01)


def _gathered(found: Columns, product: int) -> dict[int, float]:
    tops = np.max(list(found.values()), axis=0)
    shares = [found[product][n] / tops[n] if tops[n] > 0 else 0.0 for n in range(COLUMNS)]
    return {2 * n: share for n, share in enumerate(shares)} | {2 * n + 1: faint(s) for n, s in enumerate(shares)}


def _category(counts: ProductLog, clicks: Sequence[int], product: int) -> dict[int, float]:
    mine = counts.category[product]
    others = [counts.category[click] if click >= 0 else NO_CATEGORY for click in reversed(clicks)]
    weights = [0.8**step for step in range(len(clicks))]
    there = mine != NO_CATEGORY
    share = sum(weight for weight, other in zip(weights, others, strict=True) if there and other == mine) / sum(weights)
    moved = counts.transition(others[0], mine) if there else 0.0
    return {
        f.SAME_CATEGORY: float(there and others[0] == mine),
        f.PREFIX: share,
        f.PREFIX_LOG: faint(share),
        f.MOVE: moved,
        f.MOVE_LOG: faint(moved),
    }


def _popular(counts: ProductLog, popularity: PopularityLog, product: int) -> dict[int, float]:
    mine, share = counts.category[product], 0.0
    if mine != NO_CATEGORY and product in popularity.events:
        share = 2.0 ** (popularity.engagement(product) - popularity.category_engagement(mine))
    return {f.IN_CATEGORY: share, f.IN_CATEGORY_LOG: faint(share)}


def _repeats(clicks: Sequence[int], product: int) -> dict[int, float]:
    steps = [step for step, click in enumerate(reversed(clicks)) if click == product]
    repeated = sum(click >= 0 and click in clicks[:at] for at, click in enumerate(clicks))
    followed = clicks[-1] >= 0 and (clicks[-1], product) in zip(clicks, clicks[1:], strict=False)
    seen = {f.SEEN + step: float(bool(steps) and min(steps[0], 3) == step) for step in range(4)}
    return seen | {
        f.SEEN_TWICE: float(len(steps) > 1),
        f.FOLLOWED: float(followed),
        f.REPEATS: math.log((repeated + 0.2) / (len(clicks) + 1)) if steps else 0.0,
    }
