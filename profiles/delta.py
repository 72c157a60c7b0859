"""The profile that one event alone would make."""

import math

import msgspec

from events.event import Event
from events.taxonomy import EventType, Taxonomy
from profiles.decay import log_weight, to_ms
from profiles.profile import BOUGHT, DIMENSIONS, MARKS, Mark, Profile

# Habits outlast interests. Of half-lives between 7 and 150 days the best on Complete Journey (docs/evaluation.md).
BOUGHT_HALF_LIFE = 90 * 86400.0


class HalfLives(msgspec.Struct, frozen=True):
    """Half-lives in seconds: of long-term interests, of those within a session, and of purchases by product."""

    long: float
    session: float
    bought: float = BOUGHT_HALF_LIFE


def price_band(price: float) -> str:
    """Prices from 2^n up to 2^(n+1) share band n, written as text; no band for a price that is not positive."""
    return str(math.frexp(price)[1] - 1) if price > 0 else ""


def build_delta(event: Event, half_lives: HalfLives, taxonomy: Taxonomy) -> Profile:
    """What `event` adds to its visitor's profile. Pure."""
    row = taxonomy.find(event.type) or EventType(type=event.type)
    weights = _evidence(event)
    time, code = to_ms(event.timestamp), taxonomy.code_of(event.type)
    interests = {k: log_weight(w, event.timestamp, half_lives.long) for k, w in weights.items()}
    return Profile(
        interests=interests | _bought(event, row, half_lives.bought),
        session={k: log_weight(w, event.timestamp, half_lives.session) for k, w in weights.items()},
        counts={code: 1},
        marks=_marks(event, row, time),
        recent=[(time, code, event.product_id)] if row.recent and event.product_id else [],
        first_seen=time,
        last_seen=time,
    )


def _evidence(event: Event) -> dict[str, float]:
    """Positive weight by interest key; the weight of a product in several categories is split evenly."""
    if event.weight == 0.0:
        return {}
    size = abs(event.weight)
    weights = {DIMENSIONS["category"] + name: size / len(event.categories) for name in event.categories}
    if event.brand:
        weights[DIMENSIONS["brand"] + event.brand] = size
    if event.price is not None and (band := price_band(event.price)):
        weights[DIMENSIONS["price_band"] + band] = size
    if event.weight < 0:
        weights = {key[0].upper() + key[1:]: weight for key, weight in weights.items()}
    # The least of all floats splits into nothing, which has no logarithm.
    return {key: weight for key, weight in weights.items() if weight > 0.0}


def _bought(event: Event, row: EventType, half_life: float) -> dict[str, float]:
    """One purchase or refund of a product, however many pieces: how often it is bought, not how much of it."""
    if not row.by_quantity or not event.product_id or event.weight == 0.0:
        return {}
    prefix = BOUGHT if event.weight > 0 else BOUGHT.upper()
    return {prefix + event.product_id: log_weight(1.0, event.timestamp, half_life)}


def _marks(event: Event, row: EventType, time: int) -> dict[str, Mark]:
    marks: dict[str, Mark] = {
        MARKS["trait"] + name: (time, msgspec.json.encode(value).decode()) for name, value in event.traits.items()
    }
    if not event.product_id:
        return marks
    marks.update({MARKS[kind] + event.product_id: (time, value) for kind, value in row.marks.items()})
    if row.engagement == "rating" and event.rating is not None:
        marks[MARKS["rating"] + event.product_id] = (time, event.rating)
    if row.by_quantity:
        marks[MARKS["purchase"] + event.product_id] = (time, event.quantity if event.weight > 0 else 0.0)
    return marks
