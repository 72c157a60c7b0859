"""Settings from an environment: what is taken, and what is said of what cannot be."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from config import Settings, SettingsError, env_name
from events.taxonomy import parse_weights

WEIGHTS_PATTERN = next(
    meta.pattern
    for meta in get_args(get_type_hints(Settings, include_extras=True)["event_weights"])
    if isinstance(meta, Meta) and meta.pattern
)

REDIS_URL_WORDS = "be like redis://host:6379/0, rediss://user:password@host:6379 or unix:///path"
BAD_REDIS_URLS = ["127.0.0.1:6379", "redis://host:abc", "redis://host:65536/0", "redis://host:6379/zero", "unix://"]


def error_of(**environment: str) -> str:
    """What is said of an environment that cannot be used."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environment)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SHELFLIFE_STORE_FSYNC", "sometimes", "must be always, everysec or no."),
        ("LOG_LEVEL", "INFO", "must be debug, info, warning or error."),
        ("SHELFLIFE_UNKNOWN_EVENT_POLICY", "drop", "must be accept or reject."),
        ("PORT", "abc", "must be a whole number from 1 to 65,535."),
        ("PORT", "0", "must be a whole number from 1 to 65,535."),
        ("SHELFLIFE_MAX_BODY_BYTES", "10", "must be a whole number of at least 1,024."),
        ("SHELFLIFE_INTEREST_EXPONENT", "nan", "must be a number from 0 to 10."),
        ("SHELFLIFE_LONG_HALF_LIFE_SECONDS", "inf", "must be a number over 0."),
        ("SHELFLIFE_POPULARITY_GAIN", "much", "must be a number of at least 0."),
        *(("REDIS_URL", url, f"must {REDIS_URL_WORDS}.") for url in BAD_REDIS_URLS),
        ("SHELFLIFE_KEY_PREFIX", "a b", "must be 1 to 32 letters, digits, _ or -."),
        ("SHELFLIFE_EVENT_WEIGHTS", "view", "must be type=number, with commas between several."),
    ],
)
def test_a_bad_value_is_named_with_what_would_be_right(name: str, value: str, words: str) -> None:
    assert error_of(**{name: value}).startswith(f"{name}={value!r}: {words} ")


@pytest.mark.parametrize(
    "url",
    ["redis://", "redis://host", "redis://:secret@host:65535/3", "rediss://[::1]:6379/0?ssl_cert_reqs=none"]
    + ["unix:///run/store.sock?db=1", "unix://./var/store.sock"],
)
def test_the_addresses_that_the_client_takes_are_taken(url: str) -> None:
    assert redis.Redis.from_url(Settings.from_env({"REDIS_URL": url}).redis_url)


def test_an_empty_file_does_not_stand_for_a_text_that_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "host").write_text("\n")
    assert error_of(HOST_FILE=str(tmp_path / "host")).startswith("HOST='': must not be empty. ")


@pytest.mark.parametrize(
    "text", ["view", "view=", "=1", "view=a", "view=nan", "view=1e999", "view=1;buy=2", "view=1 buy=2", " =1"]
)
def test_weights_that_cannot_be_read_are_an_error_of_the_setting(text: str) -> None:
    assert error_of(SHELFLIFE_EVENT_WEIGHTS=text).startswith(f"SHELFLIFE_EVENT_WEIGHTS={text!r}: ")


@pytest.mark.parametrize(
    "text", ["view=1", " view = 1.5 , quiz_completed=-.5,", "Product Added=3", "view=1e-3,,hide=-2.", "größe=+2E1", ","]
)
def test_weights_of_every_form_are_taken(text: str) -> None:
    assert Settings.from_env({"SHELFLIFE_EVENT_WEIGHTS": text}).event_weights == text


@given(st.from_regex(re.compile(WEIGHTS_PATTERN), fullmatch=True))
def test_all_weights_that_the_setting_takes_can_be_parsed(text: str) -> None:
    parse_weights(text)


@pytest.mark.parametrize("field", Settings.__struct_fields__)
def test_every_default_is_a_value_that_may_be_set(field: str) -> None:
    default = getattr(Settings(), field)
    assert getattr(Settings.from_env({env_name(field): str(default)}), field) == default
