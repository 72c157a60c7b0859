"""Reading requests: bodies within their limits, flags, numbers, and the cookie."""

import gzip

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from app.problems import UnsupportedMedia
from app.requests import cookie_visitor, is_lines, is_strict, parse_flag, parse_integer, read_body
from events.decode import BodyError, BodyTooLarge, Limits
from events.event import Visitor
from events.values import FieldError

LIMITS = Limits(body_bytes=100, event_bytes=50, events=5)


def request(data: bytes = b"", path: str = "/", **headers: str) -> Request:
    """A POST of `data`; keywords are headers."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(EnvironBuilder(path=path, method="POST", data=data, headers=named).get_environ())


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "application/x-ndjson",
    ],
)
def test_a_body_is_read_under_any_type_that_may_carry_json(media: str) -> None:
    assert read_body(request(b'{"a": 1}', Content_Type=media), LIMITS) == b'{"a": 1}'


def test_a_body_without_a_type_is_read() -> None:
    assert read_body(request(b"{}"), LIMITS) == b"{}"
    assert read_body(request(), LIMITS) == b""


@pytest.mark.parametrize("media", ["text/html", "multipart/form-data", "application/xml", "image/png"])
def test_other_types_are_refused_by_name(media: str) -> None:
    with pytest.raises(UnsupportedMedia, match=media):
        read_body(request(b"{}", Content_Type=media), LIMITS)


def test_a_body_may_be_as_large_as_the_limit() -> None:
    assert len(read_body(request(b"x" * 100), LIMITS)) == 100
    with pytest.raises(BodyTooLarge, match="100 bytes"):
        read_body(request(b"x" * 101), LIMITS)


@pytest.mark.parametrize("size", [100, 101])
def test_a_body_of_untold_length_is_held_to_the_limit(size: int) -> None:
    chunked = request(b"x" * size)
    del chunked.environ["CONTENT_LENGTH"]
    chunked.environ["wsgi.input_terminated"] = True
    if size > 100:
        with pytest.raises(BodyTooLarge):
            read_body(chunked, LIMITS)
    else:
        assert len(read_body(chunked, LIMITS)) == 100


@pytest.mark.parametrize("headers", [{}, {"Content_Encoding": "gzip"}, {"Content_Encoding": " GZIP "}])
def test_gzip_is_inflated_also_when_it_does_not_say_so(headers: dict[str, str]) -> None:
    assert read_body(request(gzip.compress(b"[1, 2]"), **headers), LIMITS) == b"[1, 2]"
    with pytest.raises(BodyTooLarge):
        read_body(request(gzip.compress(b" " * 101), **headers), LIMITS)


def test_what_says_gzip_and_is_not_is_an_error() -> None:
    with pytest.raises(BodyError, match="gzip"):
        read_body(request(b"{}", Content_Encoding="gzip"), LIMITS)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(UnsupportedMedia, match=encoding):
        read_body(request(b"{}", Content_Encoding=encoding), LIMITS)


def test_lines_are_known_by_their_type() -> None:
    types = ["application/x-ndjson", "application/jsonl", "application/ndjson; x=y", "application/json", "text/plain"]
    assert [is_lines(request(Content_Type=media)) for media in types] == [True, True, True, False, False]


@pytest.mark.parametrize("meant", [True, False])
def test_flags(meant: bool) -> None:
    spellings = (True, 1, "1", "TRUE", " yes ", "on", "") if meant else (False, 0, "0", "False", "no", "OFF")
    assert [parse_flag(value, "strict") for value in spellings] == [meant] * len(spellings)


@pytest.mark.parametrize("value", ["maybe", 2, None, [], "tru", "null"])
def test_what_is_no_flag_is_refused_by_its_name(value: object) -> None:
    with pytest.raises(FieldError) as error:
        parse_flag(value, "explain")
    assert (error.value.code, error.value.field) == ("invalid_explain", "explain")


def test_strictness_is_asked_in_the_address_or_a_header() -> None:
    assert not is_strict(request())
    assert is_strict(request(path="/?strict=1"))
    assert is_strict(request(path="/?strict"))
    assert is_strict(request(X_Strict_Mode="on"))
    assert not is_strict(request(path="/?strict=0", X_Strict_Mode="1"))


@pytest.mark.parametrize(
    ("cookie", "known"),
    [("a1B2-_xyz", True), ("0" * 32, True), ("short", False), ("x" * 65, False), ("evil<script>x", False), ("", False)],
)
def test_only_a_cookie_of_our_make_names_a_visitor(cookie: str, known: bool) -> None:
    found = cookie_visitor(request(Cookie=f"other=1; id={cookie}"), "id")
    assert found == (Visitor("anonymous", cookie) if known else None)
    assert cookie_visitor(request(), "id") is None


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1), ("7", 7), (" +7 ", 7), (3.0, 3), (100, 100), (101, 100), ("9" * 18, 100), (10**40, 100)],
)
def test_whole_numbers_are_cut_to_the_upper_bound(value: object, number: int) -> None:
    assert parse_integer(value, "limit", (1, 100)) == number


@pytest.mark.parametrize(
    "value", [0, -1, "0", 1.5, "1.5", "", "x", True, None, [1], "٣", float("nan"), float("inf"), "9" * 19, -(10**40)]
)
def test_what_is_no_such_number_is_refused(value: object) -> None:
    with pytest.raises(FieldError) as error:
        parse_integer(value, "limit", (1, 100))
    assert error.value.code == "invalid_limit"
