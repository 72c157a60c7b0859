"""Fuzz: whatever comes in, out come canonical events that can be stored, or problems; never an exception."""

import string
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.decode import BodyError, Limits, decode_events, inflate
from events.event import Event, EventProblem
from events.fields import ALIASES, CONTAINERS
from events.normalise import normalise
from learner.engagement import fold_engagement
from profiles.codec import encode_delta
from profiles.delta import HalfLives, build_delta
from tests.examples import ARRIVAL, NOW, RULES, TAXONOMY

HALF_LIVES = HalfLives(14 * 86400.0, 1800.0)
LIMITS = Limits(body_bytes=100_000, event_bytes=10_000, events=50)

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
TYPES = st.sampled_from([name for row in TAXONOMY.types for name in (row.type, *row.aliases)])
OBJECTS = st.recursive(
    JSON,
    lambda inner: st.dictionaries(NAMES, inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=6,
)
# Mostly right, so that most of them get past the first check.
PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "product_id": st.text(string.ascii_letters, min_size=1, max_size=3) | st.integers(1, 999) | OBJECTS,
    "user_id": st.integers(1, 9) | OBJECTS,
    "rating": st.floats(-1, 5) | SCALARS,
    "portion": st.floats(0, 1) | SCALARS,
    "duration_ms": st.floats(0, 1e6) | SCALARS,
    "quantity": st.floats(0, 1e6) | SCALARS,
    "price": st.floats(0, 1e9) | SCALARS,
    "categories": st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3) | OBJECTS,
    "query": st.text(max_size=5) | SCALARS,
    "timestamp": st.floats(NOW - 1e9, NOW) | st.datetimes().map(str) | SCALARS,
    "sent_at": st.floats(NOW - 1e6, NOW + 1e6) | SCALARS,
    "items": st.lists(st.text(string.digits, min_size=1, max_size=3) | OBJECTS, max_size=3),
    "previous_id": st.text(string.ascii_letters, min_size=1, max_size=3) | SCALARS,
    "traits": st.dictionaries(st.text(max_size=5), SCALARS, max_size=3) | OBJECTS,
    "properties": OBJECTS,
}
EVENTS = st.fixed_dictionaries({"event_type": TYPES}, optional=PLAUSIBLE)


def assert_usable(events: list[Event]) -> None:
    """Everything that the service does with an event works on these."""
    for event in events:
        assert msgspec.json.decode(msgspec.json.encode(event), type=Event).event_id == event.event_id
        assert encode_delta(build_delta(event, HALF_LIVES, TAXONOMY))
        assert 1 <= len(event.event_id) <= 140
        assert event.timestamp <= NOW
    fold_engagement(events, {}, 86400.0)


def assert_understood(raw: list[object]) -> None:
    result = normalise(raw, ARRIVAL, RULES)
    assert_usable(result.events)
    assert len(result.sources) == len(result.events)
    assert {*result.sources, *(problem.index for problem in result.problems)} == set(range(len(raw)))
    assert all(problem.code and problem.detail for problem in result.problems)
    msgspec.json.encode(result.problems)


@given(st.lists(JSON, max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_json(raw: list[object]) -> None:
    assert_understood(raw)


@given(st.lists(st.dictionaries(NAMES, OBJECTS, max_size=8), min_size=1, max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_values_under_known_names(raw: list[object]) -> None:
    assert_understood(raw)


@given(st.lists(EVENTS, min_size=1, max_size=3))
@example([{"event_type": "scroll", "product_id": "p", "portion": 1e-323, "categories": ["a", "b", "c"]}])
@settings(max_examples=250, deadline=None)
def test_nearly_right_events(raw: list[object]) -> None:
    assert_understood(raw)


@given(EVENTS, EVENTS)
@settings(max_examples=50, deadline=None)
def test_an_event_means_the_same_alone_and_among_others(one: object, other: object) -> None:
    alone, both = normalise([one], ARRIVAL, RULES), normalise([other, one], ARRIVAL, RULES)
    assert both.events[len(both.events) - len(alone.events) :] == alone.events


BODIES = (
    st.binary(max_size=200)
    | st.text(max_size=100).map(str.encode)
    | JSON.map(msgspec.json.encode)
    | st.lists(EVENTS.map(msgspec.json.encode) | st.binary(max_size=20), max_size=5).map(b"\n".join)
    | st.builds(
        lambda name, value: msgspec.json.encode({name: value}), st.sampled_from(["events", "batch", "eventList"]), JSON
    )
)


@given(BODIES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_bytes(body: bytes, lines: bool) -> None:
    try:
        raw = decode_events(body, LIMITS, lines=lines)
    except BodyError as error:
        assert error.code and error.detail
    else:
        assert all(event.index == i for i, event in enumerate(raw) if isinstance(event, EventProblem))
        assert_understood(raw)


@given(st.binary(max_size=100) | st.binary(max_size=100).map(lambda rest: b"\x1f\x8b\x08\x00" + rest))
@settings(max_examples=200, deadline=None)
def test_any_bytes_as_gzip(body: bytes) -> None:
    try:
        assert len(inflate(body, 1000)) <= 1000
    except BodyError as error:
        assert error.code and error.detail
