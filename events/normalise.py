"""One pure function between every entrance and everything else: raw JSON values to canonical events."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from events.dedupe import derived_id
from events.event import Event, EventProblem, Visitor
from events.fields import Fields, claimed_id, parse_properties
from events.identity import parse_traits, parse_visitors
from events.items import parse_items
from events.robots import is_robot
from events.taxonomy import EventType, Measures, Taxonomy, weigh
from events.values import FieldError, check_time, parse_id, parse_rating, parse_text, parse_timestamp

_HELP = {
    "product": ("product_id", "needs a product_id"),
    "category": ("category", "needs a category"),
    "query": ("query", "needs a query"),
    "user": ("user_id", "needs a user_id"),
    "previous": ("previous_id", "needs a previous_id and a user_id"),
}
_HAS: dict[str, Callable[[dict[str, object], list[dict[str, object]]], bool]] = {
    "product": lambda values, items: all("product_id" in item for item in items),
    "category": lambda values, items: all("categories" in item for item in items),
    "query": lambda values, items: bool(values.get("query")),
    "user": lambda values, items: True,
    "previous": lambda values, items: values["previous"] is not None,
}
_OPTIONAL: dict[str, Callable[[Fields], object]] = {
    "currency": lambda fields: parse_text(fields.get("currency"), "currency"),
    "query": lambda fields: parse_text(fields.get("query"), "query"),
    "placement": lambda fields: parse_text(fields.get("placement"), "placement"),
    "session_id": lambda fields: parse_id(fields.get("session_id"), "session_id"),
    "recommendation_id": lambda fields: parse_id(fields.get("recommendation_id"), "recommendation_id"),
    "order_id": lambda fields: parse_id(fields.get("order_id"), "order_id"),
    "value": lambda fields: fields.number("value", -1e12, 1e12),
    "duration_ms": lambda fields: fields.number("duration_ms", 0.0, 86_400_000.0),
    "portion": lambda fields: fields.number("portion", 0.0, 1.0),
    "position": lambda fields: fields.whole("position", 0, 10**9),
    "rating": lambda fields: parse_rating(fields.get("rating")),
    "traits": lambda fields: parse_traits(fields.get("traits")),
}


class Rules(msgspec.Struct, frozen=True):
    """What the operator decided about events. A request's products count as events towards `max_events`."""

    taxonomy: Taxonomy
    placeholder_users: frozenset[str] = frozenset()
    reject_unknown_types: bool = False
    max_events: int = 1000


class Arrival(msgspec.Struct, frozen=True):
    """What the transport knows: the time, a source of random ids, the visitor its cookie names, where to get the
    visitor that an event without any id is given to, and the `agent` that sent it (a User-Agent header).
    """

    now: float
    new_id: Callable[[], str]
    cookie: Visitor | None = None
    stranger: Callable[[], Visitor] | None = None
    agent: str = ""


class Normalised(msgspec.Struct, frozen=True):
    """Events understood and events refused; `sources[i]` is the index in the request of `events[i]`."""

    events: list[Event]
    sources: list[int]
    problems: list[EventProblem]


def normalise(raw_events: Sequence[object], arrival: Arrival, rules: Rules) -> Normalised:
    """Turn raw events into canonical ones. One that names several products becomes one event for each.

    Never raises for any JSON value: what cannot be understood is in `problems`. Events without a time happened now, in
    their order in the request, a millisecond apart.
    """
    result = Normalised([], [], [])
    last_ms = round(arrival.now * 1000.0)
    for index, raw in enumerate(raw_events):
        if isinstance(raw, EventProblem):  # found by decode.py
            result.problems.append(raw)
            continue
        try:
            _check_room(len(result.events), rules)
            events = _understand(raw, arrival, rules, (last_ms - len(raw_events) + 1 + index) / 1000.0)
        except FieldError as error:
            result.problems.append(
                EventProblem(
                    index=index,
                    code=error.code,
                    detail=error.detail,
                    field=error.field,
                    event_id=claimed_id(raw),
                )
            )
        else:
            result.events.extend(events)
            result.sources.extend([index] * len(events))
    return result


def _check_room(understood: int, rules: Rules) -> None:
    """A thousand events of two hundred products each fit into a small body; no request may do that much."""
    if understood >= rules.max_events:
        text = f"a request may name at most {rules.max_events} products; send this event in another one"
        raise FieldError("too_many_products", "items", text)


def _understand(raw: object, arrival: Arrival, rules: Rules, default_time: float) -> list[Event]:
    if not isinstance(raw, dict):
        raise FieldError("invalid_event", "", "an event must be a JSON object")
    fields = Fields(raw)
    row, custom = _parse_type(fields, rules)
    visitor, previous = parse_visitors(fields, row, arrival.cookie, rules.placeholder_users)
    if visitor is None and arrival.stranger is not None:
        visitor = arrival.stranger()
    if visitor is None:
        raise FieldError("missing_visitor", "user_id", "an event needs a user_id or an anonymous_id")
    timestamp, stamp = _parse_time(fields, arrival.now, default_time)
    given = fields.get("event_id")
    values: dict[str, object] = {
        "event_id": parse_id(given, "event_id") if given is not None else "",
        "type": custom or row.type,
        "timestamp": timestamp,
        "visitor": visitor,
        "previous": previous,
        "robot": _is_robot(fields.get("user_agent"), arrival.agent),
        "properties": parse_properties(fields.properties),
    }
    values.update({field: _OPTIONAL[field](fields) for field in fields if field in _OPTIONAL})
    items = parse_items(fields)
    _check_needs(row, values, items)
    return _build(row, values, items, (stamp, arrival))


def _build(
    row: EventType, values: dict[str, object], items: list[dict[str, object]], arrived: tuple[str, Arrival]
) -> list[Event]:
    stamp, arrival = arrived
    event_id = str(values.pop("event_id"))
    events = []
    for number, item in enumerate(items):
        fields = {**values, **item}
        name = event_id or ("" if stamp else arrival.new_id())
        event = Event(
            event_id=f"{name}:{number}" if number else name,
            weight=weigh(row, _measure(fields)),
            **fields,  # type: ignore[arg-type]
        )
        events.append(event if name else msgspec.structs.replace(event, event_id="h" + derived_id(event, stamp)))
    return events


def _measure(fields: dict[str, Any]) -> Measures:
    quantity = fields.get("quantity", 1.0)
    return Measures(quantity, fields.get("duration_ms"), fields.get("portion"), fields.get("rating"))


def _parse_type(fields: Fields, rules: Rules) -> tuple[EventType, str]:
    raw = fields.get("type")
    if raw is None:
        raise FieldError("missing_type", "event_type", "an event needs an event_type, such as view or purchase")
    if not isinstance(raw, str):
        raise FieldError("invalid_type", "event_type", "event_type must be text, such as view or purchase")
    name = parse_id(raw, "event_type")
    row = rules.taxonomy.find(name)
    if row is not None:
        return row, ""
    if rules.reject_unknown_types:
        raise FieldError("unknown_type", "event_type", f"event_type {name!r} is not in the taxonomy")
    return EventType(type=name), name


def _parse_time(fields: Fields, now: float, default: float) -> tuple[float, str]:
    """The event's time, corrected for the sender's clock, and the raw text of it (empty when it had none).

    Correction as in Segment's specification: received - (sent - original).
    """
    raw, sent = fields.get("timestamp"), fields.get("sent_at")
    if raw is None:
        return default, ""
    timestamp = parse_timestamp(raw)
    if sent is not None:
        timestamp = now - max(0.0, parse_timestamp(sent, "sent_at") - timestamp)
    return check_time(timestamp, now), f"{raw}"


def _is_robot(told: object, agent: str) -> bool:
    """By the visitor's User-Agent that the event tells, as a shop's server does, else by that of its sender."""
    return is_robot(told if isinstance(told, str) else agent)


def _check_needs(row: EventType, values: dict[str, object], items: list[dict[str, object]]) -> None:
    if not row.needs:
        return
    if not _HAS[row.needs](values, items):
        field, text = _HELP[row.needs]
        raise FieldError(f"missing_{field}", field, f"{row.type} {text}")
    if row.engagement == "rating" and values.get("rating") is None:
        raise FieldError("missing_rating", "rating", "rating needs a rating: 1 to 5 stars, or -1 to 1")
