"""What every entrance for events does after parsing: complete, apply, link identities. No HTTP here."""

from collections.abc import Sequence

import msgspec

from app.container import Container
from events.event import Event
from events.normalise import Arrival, Normalised, normalise
from recommender.catalogue import Catalogue

LINKING = frozenset({"identify", "alias"})


class Tracked(msgspec.Struct, frozen=True):
    """What became of a request's events; `applied` is aligned with `understood.events`."""

    understood: Normalised
    applied: list[bool]


def understand(container: Container, raw_events: Sequence[object], arrival: Arrival) -> Normalised:
    """Canonical events, with what the catalogue knows of their products filled in."""
    understood = normalise(raw_events, arrival, container.rules)
    container.refresher.start()
    events = [complete(event, container.catalogue) for event in understood.events]
    return Normalised(events, understood.sources, understood.problems)


def apply_events(container: Container, understood: Normalised, now: float) -> Tracked:
    """Apply events to profiles and the log, then merge the anonymous visitors that they identify.

    Raises:
        StoreUnavailable: sending the same again does no harm.
    """
    events = understood.events
    applied = container.profiles.apply(events, now) if events else []
    for event in events:
        if event.previous is not None and event.type in LINKING:
            container.profiles.merge(event.previous, event.visitor, now)
    _count(container, understood, applied)
    return Tracked(understood, applied)


def complete(event: Event, catalogue: Catalogue) -> Event:
    """Fill in categories, brand and price from the catalogue where the event does not say."""
    facts = catalogue.find(event.product_id) if event.product_id else None
    if facts is None:
        return event
    return msgspec.structs.replace(
        event,
        categories=event.categories or facts.categories,
        brand=event.brand or facts.brand,
        price=facts.price if event.price is None else event.price,
    )


def _count(container: Container, understood: Normalised, applied: list[bool]) -> None:
    metrics = container.metrics
    for event, is_new in zip(understood.events, applied, strict=True):
        known = container.rules.taxonomy.find(event.type)
        kind = known.type if known else "custom"  # a name from outside would make labels without end
        metrics.child(metrics.events, kind, "applied" if is_new else "duplicate").inc()
    for problem in understood.problems:
        metrics.child(metrics.events, "unknown", "rejected").inc()
        container.log.info("event_rejected", code=problem.code, field=problem.field, index=problem.index)
    if cut := container.profiles.take_rows_cut():
        metrics.rows_cut.inc(cut)
        container.log.warning("profile_rows_cut", rows=cut)
