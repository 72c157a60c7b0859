"""Models for tests, taught by the learner through events and read as a web worker reads them."""

from collections.abc import Sequence
from pathlib import Path

from events.event import Event, Visitor
from learner.model import Opened, open_model
from recommender.catalogue import Catalogue, PopularityRule
from recommender.model import Capacity
from recommender.model_reader import ModelReader, ModelView
from recommender.popularity_tables import PopularityHalfLives
from recommender.product import Product
from tests.examples import NOW

DAY = 86400.0
CAPACITY = Capacity(sessions=64, products=32, categories=8, pairs=256)
HALF_LIVES = PopularityHalfLives(7 * DAY, DAY / 4)
RULE = PopularityRule(half_life=7 * DAY, gain=1.0, midpoint=50.0)


def happened(visitor: str, product: str, time: float = NOW, *categories: str, weight: float = 1.0) -> Event:
    """A view by a user."""
    return Event(
        event_id=f"{visitor} {product} {time}",
        type="view",
        timestamp=time,
        visitor=Visitor("user", visitor),
        weight=weight,
        product_id=product,
        categories=categories,
    )


def sessions_of(*sessions: Sequence[str], start: float = NOW) -> list[Event]:
    """Each of these of a user of its own, `v0` the first, one after the other, a click a second."""
    return [
        happened(f"v{number}", product, start + 60.0 * number + place)
        for number, session in enumerate(sessions)
        for place, product in enumerate(session)
    ]


def opened(folder: Path) -> Opened:
    """A small model to write."""
    return open_model(folder, CAPACITY, HALF_LIVES)


def teach(folder: Path, events: Sequence[Event]) -> None:
    """Make a new model in a folder, of these events."""
    model = opened(folder).model
    model.learn(events)
    model.settle()
    model.close()


def view_of(folder: Path) -> ModelView:
    """The model in a folder as a worker sees it."""
    reader = ModelReader(folder)
    assert reader.follow(), reader.refused
    assert reader.view is not None
    return reader.view


def catalogue_of(*products: Product) -> Catalogue:
    """A worker's catalogue."""
    catalogue = Catalogue(RULE)
    catalogue.apply(products, (), NOW)
    return catalogue
