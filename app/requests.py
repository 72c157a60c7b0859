"""Reading requests: bodies, flags, and who is asking. Raises domain errors only."""

import re

from flask import Request, request

from app.problems import UnsupportedMedia
from events.decode import BodyTooLarge, Limits, inflate
from events.event import Visitor
from events.values import FieldError

# sendBeacon sends text/plain; curl -d sends a form; both carry JSON here.
JSON_TYPES = frozenset(
    {"", "application/json", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"}
)
LINE_TYPES = frozenset({"application/x-ndjson", "application/jsonl", "application/ndjson"})
_COOKIE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_TRUE, _FALSE = frozenset({"1", "true", "yes", "on", ""}), frozenset({"0", "false", "no", "off"})


def current_request() -> Request:
    """The request itself: asking flask's stand-in for it a dozen times costs more than parsing an event."""
    return request._get_current_object()  # type: ignore[attr-defined, no-any-return]


def read_body(request: Request, limits: Limits) -> bytes:
    """The body, decompressed.

    Raises:
        BodyTooLarge: it is over the limit, also after decompression.
        UnsupportedMedia: its type or encoding is not understood.
    """
    kind = media_type(request)
    if kind not in JSON_TYPES and kind not in LINE_TYPES:
        raise UnsupportedMedia(f"send application/json, text/plain or application/x-ndjson, not {kind}")
    length = request.environ.get("CONTENT_LENGTH", "")
    if length.isdigit() and int(length) > limits.body_bytes:
        raise BodyTooLarge("body_too_large", f"the body is over {limits.body_bytes:,} bytes")
    # Werkzeug cuts a chunked body at this many bytes without a word, so it may read one more than is allowed.
    request.max_content_length = limits.body_bytes + 1
    body = request.get_data(cache=False)
    if len(body) > limits.body_bytes:
        raise BodyTooLarge("body_too_large", f"the body is over {limits.body_bytes:,} bytes")
    encoding = read_header(request, "HTTP_CONTENT_ENCODING").strip().lower() or "identity"
    if encoding == "gzip" or (encoding == "identity" and body.startswith(b"\x1f\x8b")):
        return inflate(body, limits.body_bytes)
    if encoding != "identity":
        raise UnsupportedMedia(f"Content-Encoding may be gzip, not {encoding[:40]}")
    return body


def is_lines(request: Request) -> bool:
    """Whether the body says it is NDJSON."""
    return media_type(request) in LINE_TYPES


def media_type(request: Request) -> str:
    """The body's type in lower case, without parameters; empty when there is none."""
    return str(request.environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def read_header(request: Request, key: str) -> str:
    """A header by its WSGI key, empty when it is absent: many times as fast as `Request.headers`."""
    return str(request.environ.get(key, ""))


def parse_flag(value: object, field: str) -> bool:
    """true/false, 1/0, yes/no, on/off; a name without a value (`?strict`) is true.

    Raises:
        FieldError: it is none of these.
    """
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise FieldError(f"invalid_{field}", field, f"{field} must be true or false")


def is_strict(request: Request) -> bool:
    """Whether the caller wants all events of the request, or none.

    Raises:
        FieldError: the flag is none.
    """
    flag = request.args.get("strict") if request.query_string else None
    flag = request.environ.get("HTTP_X_STRICT_MODE") if flag is None else flag
    return flag is not None and parse_flag(flag, "strict")


def cookie_visitor(request: Request, name: str) -> Visitor | None:
    """The anonymous visitor named by our cookie, None when there is none or it is not one of ours."""
    if "HTTP_COOKIE" not in request.environ:
        return None
    value = request.cookies.get(name, "")
    return Visitor("anonymous", value) if _COOKIE.fullmatch(value) else None


def parse_integer(value: object, field: str, bounds: tuple[int, int]) -> int:
    """A whole number, also as text; one above the upper bound is cut to it.

    Raises:
        FieldError: it is not a whole number, or below the lower bound.
    """
    low, high = bounds
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_text = isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,18}\s*", value, re.ASCII) is not None
    if isinstance(value, bool) or not (isinstance(value, int) or is_text) or int(str(value)[:19]) < low:
        raise FieldError(f"invalid_{field}", field, f"{field} must be a whole number of at least {low}")
    return min(int(value), high)  # type: ignore[call-overload, no-any-return]
