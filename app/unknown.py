"""Warnings of what a question names and the catalogue does not have. None while the catalogue is loading."""

from app.container import Container
from events.event import EventProblem
from events.normalise import Normalised

MAX_NAMED = 5


def warn_of_category(category: str, container: Container) -> list[EventProblem]:
    """A warning when there is no available product in the category or below it."""
    if category in container.catalogue.lists or not container.refresher.loaded.is_set():
        return []
    text = f"the catalogue has no products in {category!r}; a category is written exactly as in the catalogue"
    return [EventProblem(index=0, code="unknown_category", detail=text, field="category")]


def warn_of_products(told: Normalised, container: Container) -> list[EventProblem]:
    """One warning for all told products of which neither the event nor the catalogue knows a category."""
    if not container.refresher.loaded.is_set():
        return []
    unknown: dict[str, int] = {}
    for index, event in zip(told.sources, told.events, strict=True):
        if event.product_id and not event.categories and container.catalogue.find(event.product_id) is None:
            unknown.setdefault(event.product_id, index)
    if not unknown:
        return []
    names = [*unknown][:MAX_NAMED]
    more = f" and {len(unknown) - len(names)} more" if len(unknown) > len(names) else ""
    text = f"the catalogue does not know {', '.join(names)}{more}; tell their categories, or add them to it"
    return [EventProblem(index=min(unknown.values()), code="unknown_products", detail=text, field="session_data")]
