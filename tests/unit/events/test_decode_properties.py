"""Fuzz: whatever bytes come in, out come raw events that the normaliser can take, or a clear error."""

import gzip

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events.decode import ENVELOPES, BodyError, Limits, decode_events, inflate
from events.event import EventProblem
from tests.raw_events import EVENTS, JSON, NAMES, SCALARS, assert_understood

LIMITS = Limits(body_bytes=100_000, event_bytes=10_000, events=50)
BODIES = (
    st.binary(max_size=200)
    | st.text(max_size=100).map(str.encode)
    | JSON.map(msgspec.json.encode)
    | st.lists(EVENTS.map(msgspec.json.encode) | st.binary(max_size=20), max_size=5).map(b"\n".join)
    | st.builds(
        lambda name, value, shared: msgspec.json.encode({**shared, name: value}),
        st.sampled_from(ENVELOPES),
        JSON | st.lists(EVENTS | JSON, max_size=3),
        st.dictionaries(NAMES, SCALARS, max_size=2),
    )
    | st.integers(1, 5000).map(lambda depth: b'{"a":' * depth + b"[" * depth + b"]" * depth + b"}" * depth)
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


@given(
    st.binary(max_size=100)
    | st.binary(max_size=100).map(lambda rest: b"\x1f\x8b\x08\x00" + rest)
    | st.builds(lambda body, cut: gzip.compress(body * 40)[:cut], st.binary(max_size=30), st.integers(1, 200))
)
@settings(max_examples=200, deadline=None)
def test_any_bytes_as_gzip(body: bytes) -> None:
    try:
        assert len(inflate(body, 1000)) <= 1000
    except BodyError as error:
        assert error.code and error.detail
