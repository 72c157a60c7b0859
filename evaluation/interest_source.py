"""The source that knows a visitor by categories, asked with a session as if it had just been tracked."""

import numpy as np
from numpy.typing import NDArray

from evaluation.world import World
from events.event import Event, Visitor
from events.taxonomy import load_taxonomy
from profiles.delta import HalfLives, build_delta
from profiles.profile import Bounds, Profile, merge
from recommender.catalogue import Catalogue, PopularityRule
from recommender.from_interests import propose_by_interest
from recommender.popularity_tables import LONG, changed_since
from recommender.product import Product
from recommender.shelves import propose_popular
from recommender.slate import Admission

# What the service has unless told otherwise (config.py).
HALF_LIVES, BOUNDS = HalfLives(14 * 86400.0, 1800.0), Bounds(1000, 200, 20)
GAIN, MIDPOINT, EXPONENT = 1.0, 50.0, 1.0
TAXONOMY = load_taxonomy()
# Questions between two looks at what has become popular: in the service it is half a second.
REFRESH_EVERY = 100
# Seconds between two clicks of a session, whose own times are not asked for here.
CLICK_SECONDS = 30.0


class InterestSource:
    """Products of a world as a catalogue, all with a given popularity of 0: engagement alone ranks them."""

    def __init__(self, world: World) -> None:
        self._world, categories = world, world.tables.products.category.tolist()
        half_life = float(world.tables.popularity.half_lives[LONG])
        self._catalogue = Catalogue(PopularityRule(half_life, GAIN, MIDPOINT))
        self._categories = [(f"c{category}",) if category >= 0 else () for category in categories]
        products = [Product(product_id=str(n), categories=own) for n, own in enumerate(self._categories)]
        self._catalogue.apply(products, (), 0.0)
        self._seen = self._asked = 0

    def ask(self, clicks: NDArray[np.int32], limit: int) -> NDArray[np.int32]:
        """Products by interest, and popular ones behind them, int32 (n,)."""
        if self._asked % REFRESH_EVERY == 0:
            self._learn_popularity()
        self._asked += 1
        admission = Admission(self._catalogue, set(), "")
        found = propose_by_interest(self._profile(clicks.tolist()), "", admission, limit, EXPONENT).products
        if len(found) < limit:
            admission.excluded.update(facts.index for facts in found)
            found = [*found, *propose_popular(admission, limit - len(found)).products]
        return np.array([facts.index for facts in found], np.int32)

    def _profile(self, clicks: list[int]) -> Profile:
        profile = Profile()
        for place, product in enumerate(clicks):
            if product >= 0:
                event = Event(
                    event_id="",
                    type="view",
                    timestamp=self._world.now - CLICK_SECONDS * (len(clicks) - place),
                    visitor=Visitor("anonymous", "asker"),
                    weight=1.0,
                    product_id=str(product),
                    categories=self._categories[product],
                )
                profile = merge(profile, build_delta(event, HALF_LIVES, TAXONOMY), BOUNDS)
        return profile

    def _learn_popularity(self) -> None:
        popularity = self._world.tables.popularity
        numbers, self._seen = changed_since(popularity, self._seen)
        sums = popularity.engagement[numbers].tolist()
        engagement = {str(number): total for number, total in zip(numbers.tolist(), sums, strict=True)}
        self._catalogue.apply_engagement(engagement, self._world.now)
