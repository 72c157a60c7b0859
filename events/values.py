"""Untrusted scalars to typed ones. Every function raises `FieldError`, which says what would be right."""

import math
from datetime import UTC, datetime
from typing import NoReturn

FUTURE_TOLERANCE_SECONDS = 3600.0
OLDEST_TIMESTAMP = 31_536_000.0  # 1971-01-01: anything before it is a unit mistake
MAX_ID_LENGTH = 128
MAX_TEXT_LENGTH = 1024
# Sentinels that broken front ends send where a product id should be.
PLACEHOLDER_PRODUCTS = frozenset({"null", "undefined", "nan", "[object object]"})
_INSTEAD = {"product_id": "stands for no product; send the id that the catalogue has for it"}


class FieldError(ValueError):
    """Raised when a value cannot be used: a stable `code`, the canonical `field`, a sentence for people."""

    def __init__(self, code: str, field: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.field, self.detail = code, field, detail


def parse_id(value: object, field: str, placeholders: frozenset[str] = frozenset()) -> str:
    """An id of 1 to 128 characters; whole numbers become text (`101` -> `"101"`)."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        _refuse_id(field, f"{field} must be text or a whole number, not {_name(value)}")
    if isinstance(value, int) and abs(value) >= 10**MAX_ID_LENGTH:
        _refuse_id(field, f"{field} must have 1 to {MAX_ID_LENGTH} characters")
    text = str(value).strip()
    if not 1 <= len(text) <= MAX_ID_LENGTH or not _is_clean(text):
        _refuse_id(field, f"{field} must have 1 to {MAX_ID_LENGTH} characters and no control characters")
    if text.lower() in placeholders:
        instead = _INSTEAD.get(field, "stands for nobody; leave the field out instead")
        _refuse_id(field, f"{field} {text!r} is a placeholder that {instead}")
    return text


def _refuse_id(field: str, detail: str) -> NoReturn:
    raise FieldError(f"invalid_{field}", field, detail)


def parse_text(value: object, field: str) -> str:
    """Free text of up to 1,024 characters, without control characters."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FieldError(f"invalid_{field}", field, f"{field} must be text, not {_name(value)}")
    if isinstance(value, int) and abs(value) >= 10**MAX_ID_LENGTH:
        raise FieldError(f"invalid_{field}", field, f"{field} is too long a number")
    text = str(value).strip()
    if len(text) > MAX_TEXT_LENGTH or not _is_clean(text):
        raise FieldError(
            f"invalid_{field}",
            field,
            f"{field} must have at most {MAX_TEXT_LENGTH} characters and no control characters",
        )
    return text


def parse_number(value: object, field: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number between `low` and `high`, also when it comes as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FieldError(f"invalid_{field}", field, f"{field} must be a number, not {_name(value)}")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and low <= number <= high):
        bounds = f" between {low:g} and {high:g}" if math.isfinite(low) and math.isfinite(high) else ""
        bounds = bounds or (f" of at least {low:g}" if math.isfinite(low) else "")
        raise FieldError(f"invalid_{field}", field, f"{field} must be a finite number{bounds}")
    return number


def parse_rating(value: object) -> float:
    """A rating as -1..1. Whole numbers 1 to 5, and all above 1, are stars: (stars - 3) / 2."""
    number = parse_number(value, "rating", -1.0, 5.0)
    return (number - 3.0) / 2.0 if number >= 1.0 else number


def parse_timestamp(value: object, field: str = "timestamp") -> float:
    """Seconds since 1970, UTC, from RFC 3339 text or a number in s, ms, us or ns (told apart by size)."""
    if isinstance(value, str) and not _is_numeric(value):
        return _parse_rfc3339(value, field)
    number = parse_number(value, field)
    for unit in (1e16, 1e13, 1e10):
        if abs(number) >= unit:
            number /= unit / 1e7
            break
    if not OLDEST_TIMESTAMP <= number < 1e11:
        raise FieldError(f"invalid_{field}", field, f"{field} is before 1971; send RFC 3339, or Unix s, ms or us")
    return number


def check_time(timestamp: float, now: float) -> float:
    """The time in whole milliseconds; up to an hour ahead means `now`, later and before 1971 is refused."""
    if timestamp < OLDEST_TIMESTAMP:
        raise FieldError("invalid_timestamp", "timestamp", "timestamp is before 1971 when corrected by sent_at")
    if timestamp > now + FUTURE_TOLERANCE_SECONDS:
        raise FieldError("timestamp_in_future", "timestamp", "timestamp is more than an hour in the future")
    return round(min(timestamp, now), 3)


def _parse_rfc3339(value: str, field: str) -> float:
    try:
        moment = datetime.fromisoformat(value.strip().removesuffix(" UTC"))
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise FieldError(
            f"invalid_{field}",
            field,
            f"{field} must be RFC 3339 such as 2026-11-20T12:00:00Z, or a Unix time",
        ) from None
    if seconds < OLDEST_TIMESTAMP:
        raise FieldError(f"invalid_{field}", field, f"{field} is before 1971")
    return seconds


def _is_numeric(text: str) -> bool:
    return text.strip().replace(".", "", 1).removeprefix("-").isdecimal()


def _is_clean(text: str) -> bool:
    """No control characters, and encodable (JSON can smuggle in lone surrogates)."""
    return text.isprintable() or not any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 for c in text)


def _name(value: object) -> str:
    names = {dict: "an object", list: "an array", bool: "true or false", type(None): "null", str: "text"}
    return names.get(type(value), "a number")
