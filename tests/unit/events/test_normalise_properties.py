"""Fuzz: whatever comes in, out come canonical events that can be stored, or problems; never an exception."""

from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.normalise import Arrival, Rules, normalise
from tests.examples import ARRIVAL, PLACEHOLDERS, RULES, TAXONOMY
from tests.raw_events import EVENTS, JSON, NAMES, OBJECTS, ODD_EVENTS, assert_understood

STRICT = Rules(TAXONOMY, PLACEHOLDERS, reject_unknown_types=True, max_events=2)
NOBODY = msgspec.structs.replace(ARRIVAL, cookie=None)


@given(st.lists(JSON, max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_json(raw: list[object]) -> None:
    assert_understood(raw)


@given(st.lists(st.dictionaries(NAMES, OBJECTS, max_size=8) | ODD_EVENTS, min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_values_under_known_names(raw: list[object]) -> None:
    assert_understood(raw)


@given(st.lists(EVENTS, min_size=1, max_size=3))
@example([{"event_type": "scroll", "product_id": "p", "portion": 1e-323, "categories": ["a", "b", "c"]}])
@settings(max_examples=200, deadline=None)
def test_nearly_right_events(raw: list[object]) -> None:
    assert_understood(raw)


@given(st.lists(EVENTS | ODD_EVENTS, max_size=4), st.sampled_from([ARRIVAL, NOBODY]), st.sampled_from([RULES, STRICT]))
@settings(max_examples=50, deadline=None)
def test_any_rules_and_no_cookie(raw: list[object], arrival: Arrival, rules: Rules) -> None:
    assert_understood(raw, arrival, rules)


@pytest.mark.parametrize("strategy", [EVENTS, ODD_EVENTS], ids=["nearly right", "odd"])
def test_the_events_above_are_not_all_refused(strategy: st.SearchStrategy[dict[str, Any]]) -> None:
    outcomes: list[bool] = []

    @given(strategy)
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    def try_one(raw: object) -> None:
        outcomes.append(bool(normalise([raw], ARRIVAL, RULES).events))

    try_one()
    assert 0.05 < sum(outcomes) / len(outcomes) < 0.95


@given(EVENTS, EVENTS)
@settings(max_examples=50, deadline=None)
def test_an_event_means_the_same_alone_and_among_others(one: object, other: object) -> None:
    alone, both = normalise([one], ARRIVAL, RULES), normalise([other, one], ARRIVAL, RULES)
    assert both.events[len(both.events) - len(alone.events) :] == alone.events
