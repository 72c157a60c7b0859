"""Bytes of a request to raw events: JSON object, array, envelope or NDJSON, plain or gzipped."""

import gzip
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Literal

import msgspec

from events.event import EventProblem
from events.fields import claimed_id

ENVELOPES = ("events", "batch", "eventList")


class BodyError(ValueError):
    """Raised when a body cannot be read at all; `code` is stable, the text is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class BodyTooLarge(BodyError):
    """Raised when a body, an event, or a batch is over its limit."""


class Limits(msgspec.Struct, frozen=True):
    """Bounds of one request: bytes after decompression, bytes of one event, number of events; and what these are."""

    body_bytes: int
    event_bytes: int
    events: int
    noun: Literal["event", "product"] = "event"


def inflate(body: bytes, limit: int) -> bytes:
    """Gunzip `body`, which may be several gzip files one after the other, stopping at `limit` bytes.

    Raises:
        BodyError: it is not gzip.
        BodyTooLarge: it inflates to more than `limit` bytes.
    """
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as inflater:
            data = inflater.read(limit + 1)
    except EOFError:
        raise BodyError("invalid_gzip", "the gzip body is cut off") from None
    except (OSError, zlib.error):
        raise BodyError("invalid_gzip", "the body is not valid gzip") from None
    if len(data) > limit:
        raise BodyTooLarge("body_too_large", f"the body is over {limit:,} bytes after decompression")
    return data


def decode_json(body: bytes, name: str = "the body") -> object:
    """Any JSON value; errors call it `name`.

    Raises:
        BodyError: it is not JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BodyError("invalid_json", f"{name} is not valid JSON: {error}") from None


def decode_events(body: bytes, limits: Limits, *, lines: bool = False) -> list[object]:
    """Raw events of a body; with `lines`, or when it reads so, as NDJSON.

    A bad line stands as an EventProblem, and so does an event that is too large, unless it is the only one.

    Raises:
        BodyError: the body is empty or not JSON.
        BodyTooLarge: there are too many events, or the only one is too large.
    """
    noun = limits.noun
    if not body.strip():
        raise BodyError("empty_body", f"the body is empty; send one {noun}, a list of {noun}s, or one {noun} a line")
    if lines:
        events = list(_decode_lines(body))
    else:
        try:
            events = _unwrap(decode_json(body), noun)
        except BodyError:
            if b"\n" not in body.strip() or body.lstrip()[:1] != b"{":
                raise
            events = list(_decode_lines(body))
            if all(isinstance(event, EventProblem) for event in events):
                raise
    if len(events) > limits.events:
        raise BodyTooLarge("too_many_events", f"a request may carry at most {limits.events:,} {noun}s")
    return events if len(body) <= limits.event_bytes else _check_sizes(events, limits)


def is_envelope(value: object) -> bool:
    """Whether a JSON value is a list of events with shared fields around it, rather than an event."""
    return isinstance(value, dict) and any(isinstance(value.get(name), list) for name in ENVELOPES)


def _unwrap(value: object, noun: str) -> list[object]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        products = value.get("products") if noun == "product" else None
        if isinstance(products, list):
            return products
        for name in ENVELOPES:
            inner = value.get(name)
            if isinstance(inner, list):
                shared = {key: item for key, item in value.items() if key != name}
                return [_merge(shared, event, name) for event in inner]
    return [value]


def _merge(shared: dict[str, object], event: object, envelope: str) -> object:
    """Fields beside the list belong to every event in it. Amazon Personalize's `sentAt` is the event's time."""
    if not isinstance(event, dict):
        return event
    if envelope == "eventList" and "sentAt" in event and "timestamp" not in event:
        event = {**event, "timestamp": event["sentAt"]}
        del event["sentAt"]
    return {**shared, **event} if shared else event


def _decode_lines(body: bytes) -> Iterator[object]:
    lines = ((number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip())
    for index, (number, line) in enumerate(lines):
        try:
            yield decode_json(line, f"line {number}")
        except BodyError as error:
            yield EventProblem(index=index, code=error.code, detail=error.detail)


def _check_sizes(events: list[object], limits: Limits) -> list[object]:
    checked: list[object] = []
    for index, event in enumerate(events):
        size = 0 if isinstance(event, EventProblem) else len(msgspec.json.encode(event))
        if size <= limits.event_bytes:
            checked.append(event)
            continue
        detail = f"the {limits.noun} has {size:,} bytes as JSON; at most {limits.event_bytes:,} are taken"
        if len(events) == 1:
            raise BodyTooLarge("event_too_large", detail)
        checked.append(EventProblem(index=index, code="event_too_large", detail=detail, event_id=claimed_id(event)))
    return checked
