"""Scalars from outside: what is taken, what it becomes, and that a refusal says what would be right."""

from collections.abc import Callable

import pytest

from events.values import (
    PLACEHOLDER_PRODUCTS,
    FieldError,
    check_time,
    parse_id,
    parse_number,
    parse_rating,
    parse_text,
    parse_timestamp,
)
from tests.examples import NOW, PLACEHOLDERS


@pytest.mark.parametrize(
    ("value", "expected"),
    [("p1", "p1"), (101, "101"), (101.0, "101"), ("  p 1 ", "p 1"), ("a/b", "a/b"), ("größe-✓", "größe-✓"),
     (0, "0"), (-1, "-1"), ("x" * 128, "x" * 128)],
)  # fmt: skip
def test_ids(value: object, expected: str) -> None:
    assert parse_id(value, "product_id") == expected


@pytest.mark.parametrize(
    "value",
    ["", "   ", "x" * 129, "a\nb", "a\x00b", "a\x7fb", "\ud800", True, 1.5, 2.0**60, 10**128, None, [], {}, ["p1"]],
)
def test_what_is_no_id(value: object) -> None:
    with pytest.raises(FieldError) as caught:
        parse_id(value, "product_id")
    assert (caught.value.code, caught.value.field) == ("invalid_product_id", "product_id")
    assert "product_id must" in caught.value.detail


@pytest.mark.parametrize(
    "value", ["undefined", "NULL", " null ", "[object Object]", 0, -1, "00000000-0000-0000-0000-000000000000"]
)
def test_placeholders_are_nobody(value: object) -> None:
    with pytest.raises(FieldError, match="stands for nobody; leave the field out"):
        parse_id(value, "user_id", PLACEHOLDERS)


def test_a_placeholder_of_a_product_is_told_what_to_send() -> None:
    with pytest.raises(FieldError, match="'null' is a placeholder that stands for no product; send the id"):
        parse_id("null", "product_id", PLACEHOLDER_PRODUCTS)


def test_a_product_may_have_an_id_that_no_user_may() -> None:
    assert [parse_id(value, "product_id", PLACEHOLDER_PRODUCTS) for value in (0, "none", "true")] == [
        "0",
        "none",
        "true",
    ]
    with pytest.raises(FieldError):
        parse_id("NaN", "product_id", PLACEHOLDER_PRODUCTS)


@pytest.mark.parametrize(
    ("value", "expected"), [(" a ", "a"), (5, "5"), (2.5, "2.5"), ("", ""), ("x" * 1024, "x" * 1024)]
)
def test_text(value: object, expected: str) -> None:
    assert parse_text(value, "query") == expected


@pytest.mark.parametrize("value", ["x" * 1025, "a\tb", True, None, ["a"], {"a": 1}, 10**200])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(FieldError, match="query"):
        parse_text(value, "query")


@pytest.mark.parametrize(("value", "expected"), [(1, 1.0), ("1.5", 1.5), (" 2 ", 2.0), (0, 0.0), (10, 10.0)])
def test_numbers(value: object, expected: float) -> None:
    assert parse_number(value, "price", 0.0, 10.0) == expected


@pytest.mark.parametrize(
    "value", [-0.1, 10.1, "nan", "inf", float("nan"), "ten", "", True, None, [1], 10**400, "1" * 400]
)
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(FieldError, match="price must be a") as caught:
        parse_number(value, "price", 0.0, 10.0)
    if isinstance(value, float):
        assert "between 0 and 10" in caught.value.detail


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, -1.0), (2, -0.5), (3, 0.0), (4, 0.5), (5, 1.0), (4.5, 0.75), ("4", 0.5),
     (0, 0.0), (0.5, 0.5), (-1, -1.0), (-0.25, -0.25)],
)  # fmt: skip
def test_ratings_are_stars_from_one_and_shares_below(value: object, expected: float) -> None:
    assert parse_rating(value) == expected


@pytest.mark.parametrize("value", [5.5, 10, -1.5, "good", "inf"])
def test_what_is_no_rating(value: object) -> None:
    with pytest.raises(FieldError, match="rating must be a finite number between -1 and 5"):
        parse_rating(value)


@pytest.mark.parametrize(
    "value",
    [NOW, int(NOW), f"{int(NOW)}", NOW * 1e3, NOW * 1e6, int(NOW) * 10**9, "2026-11-20T12:00:00Z",
     "2026-11-20 12:00:00 UTC", "2026-11-20T12:00:00", "2026-11-20T14:00:00+02:00", "20261120T120000Z",
     " 2026-11-20T12:00:00.000Z "],
)  # fmt: skip
def test_one_moment_in_every_notation(value: object) -> None:
    assert parse_timestamp(value) == NOW


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2026-13-01", "", "1.2.3", True, None, [], 0, -1, 5.0, "31535999", 1e30, 2e20, "0001-01-01T00:00:00Z",
     "1970-12-31T23:59:59Z", float("nan"), "Fri, 20 Nov 2026 12:00:00 GMT"],
)  # fmt: skip
def test_what_is_no_time(value: object) -> None:
    with pytest.raises(FieldError) as caught:
        parse_timestamp(value, "sent_at")
    assert (caught.value.code, caught.value.field) == ("invalid_sent_at", "sent_at")


@pytest.mark.parametrize(("ahead", "expected"), [(-1e8, NOW - 1e8), (0.0, NOW), (1.0, NOW), (3600.0, NOW)])
def test_a_clock_that_is_an_hour_fast_is_forgiven(ahead: float, expected: float) -> None:
    assert check_time(NOW + ahead, NOW) == expected


@pytest.mark.parametrize(("timestamp", "code"), [(NOW + 3601, "timestamp_in_future"), (-5.0, "invalid_timestamp")])
def test_times_that_cannot_be(timestamp: float, code: str) -> None:
    with pytest.raises(FieldError) as caught:
        check_time(timestamp, NOW)
    assert caught.value.code == code


@pytest.mark.parametrize("parse", [parse_id, parse_text, parse_number])
@pytest.mark.parametrize(
    ("value", "said"), [({}, "an object"), ([], "an array"), (None, "null"), (False, "true or false")]
)
def test_refusals_name_what_was_sent(parse: Callable[[object, str], object], value: object, said: str) -> None:
    with pytest.raises(FieldError, match=f"not {said}$"):
        parse(value, "field")
