"""Filling a lab's store with a catalogue and warm profiles, through the code that the service runs."""

import time
from collections.abc import Sequence

from app.container import Container
from app.tracking import complete
from bench.synthetic import build_events
from config import Settings
from events.event import Event
from events.normalise import Arrival, normalise
from recommender.product import Product

CHUNK = 2000


class Shop:
    """Products of which neighbours are in different ones of `categories` leaf categories, put into a lab's store."""

    def __init__(self, settings: Settings, products: Sequence[Product], categories: int) -> None:
        self.container = Container(settings)
        self._products, self._categories = products, categories
        for start in range(0, len(products), CHUNK):
            self.container.products.put(products[start : start + CHUNK], time.time())
            self.container.catalogue.apply(products[start : start + CHUNK], (), time.time())

    def understand_visits(self, user: int, count: int) -> list[Event]:
        """Canonical events of one user, completed from the catalogue, in the order of their times."""
        now = time.time()
        raw = list(build_events(user, count, self._products, self._categories, now))
        understood = normalise(raw, Arrival(now, self.container.new_id), self.container.rules)
        if understood.problems:
            raise AssertionError(f"a made-up event was refused: {understood.problems[0]}")
        return [complete(event, self.container.catalogue) for event in understood.events]

    def warm_profiles(self, users: int, events: int) -> None:
        """Apply `events` events for each of users u000000 to u{users - 1}."""
        for user in range(users):
            self.container.profiles.apply(self.understand_visits(user, events), time.time())

    def warm_model(self, users: range, events: int) -> None:
        """Teach the model `events` events of each of these users, in order of time; no learner may run yet."""
        model = self.container.open_model().model
        visits = [event for user in users for event in self.understand_visits(user, events)]
        visits.sort(key=lambda event: event.timestamp)
        for start in range(0, len(visits), CHUNK):
            model.learn(visits[start : start + CHUNK])
        model.snapshot({})
