"""The normaliser's rules: time, weight, custom types, identity, and what is refused."""

from typing import Any

import pytest

from events.event import EventProblem, Visitor
from events.normalise import Arrival, Rules, normalise
from events.taxonomy import load_taxonomy
from tests.examples import ARRIVAL, COOKIE, NOW, PLACEHOLDERS, RULES, TAXONOMY, problem_of, understand_one

VIEW: dict[str, Any] = {"event_type": "view", "product_id": "p1"}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({}, NOW),
        ({"timestamp": NOW - 100}, NOW - 100),
        ({"timestamp": "2026-11-20T11:58:20Z"}, NOW - 100),
        ({"timestamp": NOW - 50, "sent_at": NOW}, NOW - 50),
        # A clock an hour and a half fast: received - (sent - original).
        ({"originalTimestamp": NOW + 5390, "sentAt": NOW + 5400}, NOW - 10),
        ({"timestamp": NOW - 86410, "sentAt": NOW - 86400}, NOW - 10),
        ({"timestamp": NOW + 20, "sentAt": NOW + 10}, NOW),
        ({"sentAt": NOW - 86400}, NOW),
        ({"timestamp": NOW + 3600}, NOW),
    ],
)
def test_the_time_of_an_event(times: dict[str, object], expected: float) -> None:
    assert understand_one({**VIEW, **times}).timestamp == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"timestamp": NOW + 3601}, "timestamp_in_future"),
        ({"timestamp": "soon"}, "invalid_timestamp"),
        ({"timestamp": NOW, "sentAt": "soon"}, "invalid_sent_at"),
        ({"timestamp": "1971-06-01", "sentAt": "9999-01-01"}, "invalid_timestamp"),
    ],
)
def test_times_that_cannot_be(times: dict[str, object], code: str) -> None:
    assert problem_of({**VIEW, **times}).code == code


def test_an_event_with_a_time_can_be_sent_twice() -> None:
    raw = {**VIEW, "timestamp": NOW - 5}
    assert understand_one(raw) == understand_one(dict(reversed(raw.items())))
    assert understand_one(raw).event_id != understand_one({**raw, "timestamp": NOW - 6}).event_id


@pytest.mark.parametrize(
    ("raw", "weight"),
    [
        ({"event_type": "rating", "stars": 5}, 4.0),
        ({"event_type": "rating", "rating": 1}, -4.0),
        ({"event_type": "rating", "rating": "-0.5"}, -2.0),
        ({"event_type": "dwell", "duration": 30}, 0.5),
        ({"event_type": "user_engagement", "engagement_time_msec": 15000}, 0.25),
        ({"event_type": "scroll", "percent_scrolled": 50}, 0.25),
        ({"event_type": "hover", "duration_ms": 3000}, 0.1),
        ({"event_type": "hover"}, 0.01),
        ({"event_type": "quiz"}, 0.0),
    ],
)
def test_engagement_and_ratings_weigh(raw: dict[str, object], weight: float) -> None:
    assert understand_one({**raw, "product_id": "p1"}).weight == pytest.approx(weight)


def test_custom_types_are_kept_as_they_are_called() -> None:
    event = understand_one({"event_type": "Quiz Completed", "score": 4, "answers": {"colour": "red"}})
    assert (event.type, event.weight, event.properties) == ("Quiz Completed", 0.0, {"answers": {"colour": "red"}})


def test_operators_may_weigh_or_refuse_custom_types() -> None:
    quiz = {"event_type": "quiz", "product_id": "p1"}
    weighing = Rules(load_taxonomy({"quiz": 0.5, "view": 2.0}))
    assert understand_one(quiz, rules=weighing).weight == 0.5
    assert understand_one(VIEW, rules=weighing).weight == 2.0
    refusing = Rules(TAXONOMY, reject_unknown_types=True)
    assert problem_of(quiz, rules=refusing).code == "unknown_type"
    assert understand_one(VIEW, rules=refusing).weight == 1.0


@pytest.mark.parametrize(
    ("raw", "visitor"),
    [
        ({}, COOKIE),
        ({"anonymous_id": "b1"}, Visitor("anonymous", "b1")),
        ({"user_id": "u1", "anonymous_id": "b1"}, Visitor("user", "u1")),
        ({"user_id": 5}, Visitor("user", "5")),
        ({"userInfo": {"userId": "u2"}}, Visitor("user", "u2")),
    ],
)
def test_whose_event_it_is(raw: dict[str, object], visitor: Visitor) -> None:
    event = understand_one({**VIEW, **raw})
    assert (event.visitor, event.previous) == (visitor, None)


@pytest.mark.parametrize("user", sorted(PLACEHOLDERS))
def test_placeholder_users_are_refused(user: str) -> None:
    problem = problem_of({**VIEW, "user_id": user.upper()})
    assert (problem.code, problem.field) == ("invalid_user_id", "user_id")


@pytest.mark.parametrize(
    ("raw", "previous"),
    [
        ({"type": "identify", "userId": "u1"}, COOKIE),
        ({"type": "identify", "userId": "u1", "anonymousId": "b1"}, Visitor("anonymous", "b1")),
        ({"type": "alias", "userId": "u1", "previousId": "b1"}, Visitor("anonymous", "b1")),
        ({"type": "alias", "userId": "u1", "anonymousId": "b1"}, Visitor("anonymous", "b1")),
        ({"type": "merge", "user_id": "u1", "previous_id": "b1", "anonymous_id": "x"}, Visitor("anonymous", "b1")),
    ],
)
def test_linking_identities(raw: dict[str, object], previous: Visitor) -> None:
    event = understand_one(raw)
    assert (event.visitor, event.previous) == (Visitor("user", "u1"), previous)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"type": "identify", "anonymousId": "b1"}, "missing_user_id"),
        ({"type": "alias", "previousId": "b1"}, "missing_user_id"),
        ({"type": "alias", "userId": "u1"}, "missing_previous_id"),
        ({"type": "alias", "userId": "u1", "previousId": "anonymous"}, "invalid_previous_id"),
        ({"type": "identify", "userId": "u1", "traits": ["vip"]}, "invalid_traits"),
        ({"type": "identify", "userId": "u1", "traits": {"address": {"city": "X"}}}, "invalid_traits"),
    ],
)
def test_links_that_lack_an_end(raw: dict[str, object], code: str) -> None:
    assert problem_of(raw).code == code


def test_traits() -> None:
    event = understand_one({"type": "identify", "userId": "u1", "traits": {"plan": "gold", "age": 40, "vip": True}})
    assert event.traits == {"plan": "gold", "age": 40, "vip": True}
    numbers = {"age": 33, "score": 33.0, "long": 10**30}
    traits = understand_one({"type": "identify", "userId": "u1", "traits": numbers}).traits
    assert [repr(trait) for trait in traits.values()] == ["33", "33.0", "1e+30"]
    assert event.properties == {}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "invalid_event"), ([], "invalid_event"), ("view", "invalid_event"), ({}, "missing_type"),
        ({"event_type": ""}, "invalid_event_type"), ({"event_type": 5}, "invalid_type"), ({"type": []}, "invalid_type"),
        ({"event_type": "view"}, "missing_product_id"), ({"event_type": "search"}, "missing_query"),
        ({"event_type": "view_category"}, "missing_category"), ({**VIEW, "event_type": "rating"}, "missing_rating"),
        ({**VIEW, "product_id": "NaN"}, "invalid_product_id"), ({**VIEW, "product_id": 1.5}, "invalid_product_id"),
        ({**VIEW, "price": "cheap"}, "invalid_price"), ({**VIEW, "quantity": -1}, "invalid_quantity"),
        ({**VIEW, "rating": 9}, "invalid_rating"), ({**VIEW, "portion": 2}, "invalid_portion"),
        ({**VIEW, "duration_ms": -1}, "invalid_duration_ms"), ({**VIEW, "position": "first"}, "invalid_position"),
        ({**VIEW, "category": ["a"] * 17}, "invalid_category"), ({**VIEW, "category": "x" * 201}, "invalid_category"),
        ({**VIEW, "order_id": "x" * 129}, "invalid_order_id"), ({**VIEW, "event_id": ""}, "invalid_event_id"),
        ({**VIEW, "x": [[[[]]]]}, "properties_too_deep"), ({**VIEW, "items": ["p"] * 201}, "too_many_items"),
        ({**VIEW, "items": [{}]}, "missing_product_id"),
    ],
)  # fmt: skip
def test_what_is_refused(raw: object, code: str) -> None:
    problem = problem_of(raw)
    assert problem.code == code
    assert problem.detail


def test_a_visitor_is_needed_where_there_is_no_cookie() -> None:
    assert problem_of(VIEW, Arrival(NOW, lambda: "x")).code == "missing_visitor"


def test_problems_stand_beside_the_good_events() -> None:
    broken_line = EventProblem(index=1, code="invalid_json", detail="line 2")
    result = normalise([VIEW, broken_line, {}, {**VIEW, "items": ["a", "b"]}], ARRIVAL, RULES)
    assert [problem.index for problem in result.problems] == [1, 2]
    assert [event.product_id for event in result.events] == ["p1", "a", "b"]
    assert result.sources == [0, 3, 3]


def test_products_of_a_request_are_bounded() -> None:
    rules = Rules(TAXONOMY, max_events=3)
    result = normalise([{**VIEW, "items": ["a", "b"]}, {**VIEW, "items": ["c", "d"]}, VIEW], ARRIVAL, rules)
    assert [event.product_id for event in result.events] == ["a", "b", "c", "d"]
    assert [(problem.index, problem.code) for problem in result.problems] == [(2, "too_many_products")]
