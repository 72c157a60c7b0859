"""Bodies to raw events: envelopes, lines, compression, limits."""

import gzip
import json

import pytest

from events.decode import BodyError, BodyTooLarge, Limits, decode_events, decode_json, inflate, is_envelope
from events.event import EventProblem

LIMITS = Limits(body_bytes=10_000, event_bytes=300, events=5)
# No time in it: test ids are made of it, and have to be the same in every process that shares the suite.
GZIPPED = gzip.compress(b"hello", mtime=0)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('[{"a": 1}, {"b": 2}]', [{"a": 1}, {"b": 2}]),
        ("[]", []),
        ('{"events": [{"a": 1}, {"user_id": "u2"}], "user_id": "u1"}', [{"a": 1, "user_id": "u1"}, {"user_id": "u2"}]),
        ('{"batch": [{"a": 1}], "sentAt": "t"}', [{"a": 1, "sentAt": "t"}]),
        ('{"events": [{"a": 1}]}', [{"a": 1}]),
        ('{"events": [1, "x"], "user_id": 1}', [1, "x"]),
        ('{"events": "none", "batch": [{"a": 1}]}', [{"events": "none", "a": 1}]),
        ('{"eventList": [{"sentAt": 5}], "userId": "u"}', [{"timestamp": 5, "userId": "u"}]),
        ('{"eventList": [{"sentAt": 5, "timestamp": 4}]}', [{"sentAt": 5, "timestamp": 4}]),
        ('{"events": [{"sentAt": 5}]}', [{"sentAt": 5}]),
        ("5", [5]),
        ("null", [None]),
    ],
)  # fmt: skip
def test_json(body: str, expected: list[object]) -> None:
    assert decode_events(body.encode(), LIMITS) == expected


@pytest.mark.parametrize("says_lines", [True, False])
def test_lines_with_a_bad_one(says_lines: bool) -> None:
    events = decode_events(b'{"a": 1}\n\n{"broken\r\n{"b": 2}\n', LIMITS, lines=says_lines)
    assert events[::2] == [{"a": 1}, {"b": 2}]
    problem = events[1]
    assert isinstance(problem, EventProblem)
    assert (problem.index, problem.code) == (1, "invalid_json")
    assert problem.detail.startswith("line 3 is not valid JSON: ")


def test_one_object_over_several_lines_is_one_event() -> None:
    assert decode_events(b'{\n  "a": 1\n}', LIMITS) == [{"a": 1}]


def test_a_line_may_be_an_array_only_where_lines_are_promised() -> None:
    assert decode_events(b"[1]\n[2]", LIMITS, lines=True) == [[1], [2]]
    with pytest.raises(BodyError):
        decode_events(b"[1]\n[2]", LIMITS)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "empty_body"), (b" \n\t", "empty_body"), (b"{", "invalid_json"), (b"{\n}{", "invalid_json"),
     (b"view=1", "invalid_json"), (b"\xff\xfe", "invalid_json"), (b'{"a": 1e999}', "invalid_json"),
     (b'{"a": "\\ud800"}', "invalid_json"), (b"[" * 100_000, "invalid_json"), (b"1" * 5000, "invalid_json")],
)  # fmt: skip
def test_bodies_that_cannot_be_read(body: bytes, code: str) -> None:
    with pytest.raises(BodyError) as caught:
        decode_events(body, LIMITS)
    assert caught.value.code == code
    assert caught.value.detail


@pytest.mark.parametrize(
    ("body", "lines", "code"),
    [
        (json.dumps([{}] * 6), False, "too_many_events"),
        ("{}\n" * 6, True, "too_many_events"),
        (json.dumps({"a": "x" * 300}), False, "event_too_large"),
        (json.dumps({"a": "x" * 300}), True, "event_too_large"),
        (json.dumps([{"a": "x" * 300}]), False, "event_too_large"),
    ],
)
def test_limits(body: str, lines: bool, code: str) -> None:
    with pytest.raises(BodyTooLarge) as caught:
        decode_events(body.encode(), LIMITS, lines=lines)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ('{"events": [{"a": 1}, {"messageId": "m", "a": "%s"}, 7]}', False),
        ('[{"a": 1}, {"messageId": "m", "a": "%s"}, 7]', False),
        ('{"a": 1}\n\n{"messageId": "m", "a": "%s"}\n7', True),
    ],
)
def test_an_event_that_is_too_large_leaves_the_others_alone(body: str, lines: bool) -> None:
    first, problem, last = decode_events((body % ("x" * 300)).encode(), LIMITS, lines=lines)
    assert (first, last) == ({"a": 1}, 7)
    assert isinstance(problem, EventProblem)
    assert (problem.index, problem.code, problem.event_id) == (1, "event_too_large", "m")
    assert problem.detail == "the event has 324 bytes as JSON; at most 300 are taken"


def test_a_list_of_products_may_be_larger_than_one_of_them_and_its_limit_is_of_products() -> None:
    limits = Limits(body_bytes=100_000, event_bytes=300, events=1000, noun="product")
    products = [{"id": n} for n in range(1000)]
    body = {"products": products, "name": "all"}
    assert decode_events(json.dumps(body).encode(), limits) == products
    with pytest.raises(BodyTooLarge, match="at most 1,000 products"):
        decode_events(json.dumps({"products": [*products, {}]}).encode(), limits)
    assert decode_events(b'{"products": [1]}', LIMITS) == [{"products": [1]}]


def test_just_within_the_limits() -> None:
    events = [{"a": "x" * 280}] * 5
    assert decode_events(json.dumps(events).encode(), LIMITS) == events


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_gzip_may_be_several_files_in_a_row(parts: int) -> None:
    body = b"".join(gzip.compress(b"part %d\n" % part) for part in range(parts))
    assert inflate(body, 1000) == b"".join(b"part %d\n" % part for part in range(parts))


def test_gzip_stops_at_its_limit() -> None:
    assert inflate(gzip.compress(b"x" * 1000), 1000) == b"x" * 1000
    with pytest.raises(BodyTooLarge, match="over 1,000 bytes after decompression"):
        inflate(gzip.compress(b"x" * 1001), 1000)
    with pytest.raises(BodyTooLarge):
        inflate(gzip.compress(b"x" * 600) * 2, 1000)


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip",
        b"\x1f\x8b",
        GZIPPED[:-3],
        GZIPPED[:15],
        GZIPPED + b"rest",
        GZIPPED[:-5] + b"\x00" * 5,
    ],
)
def test_gzip_that_is_none(body: bytes) -> None:
    with pytest.raises(BodyError) as caught:
        inflate(body, 1000)
    assert caught.value.code == "invalid_gzip"


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b'{"events": []}', True), (b'{"batch": [1]}', True), (b'{"eventList": []}', True), (b"[]", False),
     (b'{"events": {}}', False), (b'{"product_id": "events"}', False)],
)  # fmt: skip
def test_envelopes(body: bytes, expected: bool) -> None:
    assert is_envelope(decode_json(body)) is expected
