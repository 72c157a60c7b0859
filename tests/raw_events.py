"""Raw events of all kinds for fuzzing, from any JSON to nearly right, and what must hold of every one."""

import math
import string
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st

from events.dedupe import dedupe_hashes
from events.event import Event
from events.fields import ALIASES, CONTAINERS
from events.normalise import Arrival, Rules, normalise
from learner.clicks import build_clicks, is_usual, says_something
from profiles.codec import encode_delta
from profiles.delta import HalfLives, build_delta
from profiles.profile import Bounds, Profile, merge
from profiles.view import build_view
from tests.examples import ARRIVAL, NOW, RULES, TAXONOMY

HALF_LIVES = HalfLives(14 * 86400.0, 1800.0)
BOUNDS = Bounds(interests=20, marks=20, recent=5)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**200), 10**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", " ", "0", "-1", "1e400", "nan", "undefined", "\x00", "x" * 2000, "2026-11-20T12:00:00Z"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [name for names in ALIASES.values() for name in names] + [*CONTAINERS, "id", "purchaseTransaction"]
)
KNOWN_TYPES = st.sampled_from([name for row in TAXONOMY.types for name in (row.type, *row.aliases)])
TYPES = KNOWN_TYPES | KNOWN_TYPES | st.text(min_size=1, max_size=5)
OBJECTS = st.recursive(
    JSON,
    lambda inner: st.dictionaries(NAMES, inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=6,
)
IDS = st.text(string.ascii_letters, min_size=1, max_size=3) | st.integers(1, 999)
TIMES = (
    st.floats(NOW - 1e9, NOW)
    | st.integers(int(NOW - 1e9), int(NOW)).map(lambda seconds: seconds * 1000)
    | st.datetimes(datetime(1972, 1, 1), datetime(2026, 11, 20)).map(str)
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "product_id": IDS | st.builds(lambda value: {"id": value, "price": 3}, IDS),
    "user_id": IDS,
    "anonymous_id": IDS,
    "rating": st.floats(-1, 5),
    "portion": st.floats(0, 1),
    "duration_ms": st.floats(0, 1e6),
    "quantity": st.floats(0, 1e6),
    "price": st.floats(0, 1e9) | st.integers(0, 999).map(str),
    "categories": st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3) | st.text(max_size=5),
    "query": st.text(max_size=5),
    "timestamp": TIMES,
    "sent_at": TIMES,
    "items": st.lists(
        IDS | st.dictionaries(NAMES, SCALARS, max_size=2).map(lambda item: {"sku": 1, **item}), max_size=3
    ),
    "previous_id": IDS,
    "order_id": IDS,
    "event_id": IDS,
    "traits": st.dictionaries(st.text(min_size=1, max_size=5), st.booleans() | IDS, max_size=3),
    "properties": st.dictionaries(st.text(max_size=5), JSON, max_size=3),
}


@st.composite
def draw_event(draw: st.DrawFn) -> dict[str, Any]:
    """An event that is right but for one field at most, under names of any fashion, so that many are understood."""
    fields = draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=6)) | {"product_id", "rating", "query"}
    wrong = draw(st.sampled_from(["", "", *sorted(fields)]))
    event = {draw(st.sampled_from(ALIASES["type"])): draw(TYPES)}
    for field in sorted(fields):
        name = draw(st.sampled_from(ALIASES.get(field, ())[:3] + (field,)))
        event[name] = draw(OBJECTS if field == wrong else VALUES[field])
    return draw(st.sampled_from([event, event, {"event_type": "view", "properties": event}]))


EVENTS = draw_event()
ODD_EVENTS = st.builds(
    lambda kind, rest: {"event_type": kind, "user_id": 1, **rest}, TYPES, st.dictionaries(NAMES, OBJECTS, max_size=8)
)


def assert_usable(events: list[Event]) -> None:
    """Everything that the service does with an event works on these."""
    profile = Profile()
    for event in events:
        assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event
        assert 1 <= len(event.event_id) <= 140
        assert 31_536_000.0 <= event.timestamp <= NOW
        assert math.isfinite(event.weight)
        assert len(dedupe_hashes(event)) in (1, 2)
        delta = build_delta(event, HALF_LIVES, TAXONOMY)
        assert encode_delta(delta)
        profile = merge(profile, delta, BOUNDS)
    view = build_view(profile, NOW, HALF_LIVES, TAXONOMY)
    for interest in (interest for found in view.interests.values() for interest in found):
        assert math.isfinite(interest.long_term) and math.isfinite(interest.session)
        assert math.isfinite(interest.long_term_negative) and math.isfinite(interest.session_negative)
    telling = [event for event in events if says_something(event) and is_usual(event)]
    clicks = build_clicks(telling, [0] * len(telling))
    assert np.isfinite(clicks.log_weight).all() and (clicks.visitor > 0).all()


def assert_understood(raw: list[object], arrival: Arrival = ARRIVAL, rules: Rules = RULES) -> None:
    result = normalise(raw, arrival, rules)
    assert_usable(result.events)
    assert len(result.sources) == len(result.events)
    assert {*result.sources, *(problem.index for problem in result.problems)} == set(range(len(raw)))
    assert set(result.sources).isdisjoint(problem.index for problem in result.problems)
    assert all(problem.code and problem.detail for problem in result.problems)
    msgspec.json.encode(result.problems)
