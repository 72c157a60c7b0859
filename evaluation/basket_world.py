"""A shop of known households, with the service's own profiles, orders and tables, and no service around them."""

from collections.abc import Callable, Iterator
from itertools import islice

import msgspec
import numpy as np

from config import Settings
from evaluation.baskets import Lines
from events.event import Event, Visitor
from events.taxonomy import load_taxonomy
from learner.basket_writer import PURCHASE, build_purchases, learn_purchases
from profiles.delta import HalfLives, build_delta
from profiles.profile import Bounds, Profile, merge
from recommender.baskets import Baskets, build_baskets

# Purchases between two reports of how far it has come.
BLOCK = 20_000
TAXONOMY = load_taxonomy()
WEIGHT = next(row.weight for row in TAXONOMY.types if row.type == PURCHASE)


class Pile:
    """Deltas that are merged as they come, the small with the small, so that n of them cost n log n and not n^2.

    That merge is associative is what allows it.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._parts: list[tuple[int, Profile]] = []

    def add(self, part: Profile, size: int = 1) -> None:
        """Merge a part that is itself made of `size` parts."""
        while self._parts and self._parts[-1][0] <= size:
            before, profile = self._parts.pop()
            part, size = merge(profile, part, self._bounds), size + before
        self._parts.append((size, part))

    def whole(self) -> Profile:
        """All of it as one profile."""
        found = Profile()
        for _, part in reversed(self._parts):
            found = merge(part, found, self._bounds)
        return found


class Households:
    """The profiles of all households, by number."""

    def __init__(self, count: int) -> None:
        """Of strangers."""
        settings = Settings()
        bounds = Bounds(settings.interests_limit, settings.marks_limit, settings.recent_limit)
        self._half_lives = HalfLives(settings.long_half_life_seconds, settings.session_half_life_seconds)
        self._piles = [Pile(bounds) for _ in range(count)]

    def learn(self, lines: Lines, report: Callable[[int], None]) -> None:
        """Merge purchases into profiles; `report(n)` when n of them are."""
        household = lines.household.tolist()
        for n, event in enumerate(build_events(lines)):
            delta = build_delta(event, self._half_lives, TAXONOMY)
            # What no source of baskets reads would take most of the time.
            self._piles[household[n]].add(msgspec.structs.replace(delta, session={}, marks={}, recent=[]))
            if n % BLOCK == 0:
                report(n)

    def profile(self, household: int) -> Profile:
        """What is known of one."""
        return self._piles[household].whole()


def learn_baskets(lines: Lines, sizes: tuple[int, int], report: Callable[[int], None]) -> Baskets:
    """The tables after these purchases; `sizes`: how many households and products there are."""
    households, products = sizes
    cells = 8 * products + 4 * len(lines.product)
    baskets = build_baskets(products, int(lines.basket.max(initial=0)) + 1, households, cells)
    events, products, ignored = build_events(lines), lines.product.tolist(), np.zeros(1, np.int64)
    for first in range(0, len(products), BLOCK):
        block = products[first : first + BLOCK]
        purchases = build_purchases([*islice(events, BLOCK)], block)
        if learn_purchases(baskets, purchases, ignored, 0) != len(block):
            raise MemoryError("there are more purchases than the tables were made for")
        report(first + len(block))
    return baskets


def visitor_of(household: int) -> Visitor:
    """A household as the service knows it."""
    return Visitor("user", str(household))


def build_events(lines: Lines) -> Iterator[Event]:
    """A purchase of one piece for each line: how many were bought is not asked for here."""
    fields = (lines.household.tolist(), lines.basket.tolist(), lines.product.tolist(), lines.time.tolist())
    visitors = [visitor_of(household) for household in range(max(fields[0], default=-1) + 1)]
    for household, basket, product, time in zip(*fields, strict=True):
        yield Event(
            event_id="",
            type=PURCHASE,
            timestamp=time,
            visitor=visitors[household],
            weight=WEIGHT,
            product_id=str(product),
            order_id=str(basket),
        )
