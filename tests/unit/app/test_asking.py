"""Questions in all their shapes, and what they tell of the visitor."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.asking import MAX_INLINE, Asked, add_told, parse_asked
from app.container import Container
from app.tracking import understand
from config import Settings
from events.event import Visitor
from events.memory_log import MemoryEventLog
from events.normalise import Arrival
from events.values import FieldError
from profiles.memory_store import MemoryProfileStore
from profiles.profile import Bounds
from recommender.product import parse_product
from recommender.slate import Question
from tests.examples import COOKIE, NOW, SEVEN_PRODUCTS

BOUNDS = Bounds(interests=1000, marks=1000, recent=1000)


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """With the seven products in its catalogue, and no store at all."""
    nowhere = tmp_path_factory.mktemp("nowhere") / "no.sock"
    container = Container(Settings(redis_url=f"unix://{nowhere}", log_level="error"))
    container.catalogue.apply([parse_product(raw) for raw in SEVEN_PRODUCTS], (), NOW)
    container.refresher.loaded.set()
    yield container


def arrival(cookie: Visitor | None = None) -> Arrival:
    ids = count()
    return Arrival(NOW, lambda: f"id-{next(ids)}", cookie)


def ask(container: Container, **fields: object) -> Asked:
    """The question of a stranger, or of whom the fields name."""
    return parse_asked(fields, container, arrival())


def told(container: Container, session: object) -> list[tuple[str, str]]:
    """Types and products of what a question tells."""
    return [(event.type, event.product_id) for event in ask(container, session_data=session).told]


def test_a_question_may_say_nothing(container: Container) -> None:
    asked = ask(container)
    assert (asked.visitor, asked.told, asked.question.explain, asked.warnings) == (None, [], False, [])
    assert asked.question == Question(limit=10, strategy="hybrid", diversity=0.0)


@pytest.mark.parametrize(
    ("fields", "visitor"),
    [
        ({}, COOKIE),
        ({"anonymous_id": "b"}, Visitor("anonymous", "b")),
        ({"visitorId": "b", "uid": 7}, Visitor("user", "7")),
        ({"user_id": "undefined"}, COOKIE),
        ({"user_id": "", "anonymousId": "b"}, Visitor("anonymous", "b")),
    ],
)
def test_who_asks(container: Container, fields: dict[str, Any], visitor: Visitor) -> None:
    asked = parse_asked(fields, container, arrival(COOKIE))
    assert asked.visitor == visitor
    refused = fields.get("user_id") in ("undefined", "")
    assert [(w.code, w.field) for w in asked.warnings] == [("invalid_user_id", "user_id")] * refused


def test_what_is_asked(container: Container) -> None:
    asked = ask(
        container, top_n="500", excludeIds="a, b,,c", exclude_purchased="1", excludeSeen="no",
        category="Home", itemId=101, scenario=" cart ", explain="", logic=" Co_View ", diversity="high",
    )  # fmt: skip
    question = asked.question
    assert (question.limit, question.exclude) == (100, frozenset("abc"))
    assert (question.exclude_purchased, question.exclude_seen) == (True, False)
    assert (question.category, question.context) == ("Home", "101")
    assert (question.placement, asked.question.explain) == ("cart", True)
    assert (question.strategy, question.diversity) == ("co_view", 0.75)
    assert ask(container, exclude=[1, "b"]).question.exclude == {"1", "b"}
    assert ask(container, exclude=7).question.exclude == {"7"}
    assert ask(container, diversity="0.3").question.diversity == 0.3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", 0), ("limit", "many"), ("exclude", [[]]), ("exclude", ["x"] * 501), ("exclude_seen", "maybe"),
        ("exclude_purchased", 2), ("explain", []), ("category", {}), ("product_id", ""), ("placement", []),
        ("strategy", "best"), ("strategy", 7), ("diversity", 1.01), ("diversity", "HIGH"), ("diversity", "nan"),
        ("session_data", 7), ("session_data", "[1,"), ("session_data", list(range(MAX_INLINE + 1))),
        ("session_data", [{"type": "purchase", "items": list(range(MAX_INLINE + 1))}]),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(container: Container, field: str, value: object) -> None:
    with pytest.raises(FieldError) as error:
        ask(container, **{field: value})
    assert (error.value.code, error.value.field) == (f"invalid_{field}", field)


VIEWS = [("view", "105"), ("view", "106")]


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (None, []),
        ([], []),
        ({}, []),
        ("", []),
        ([105, "106"], VIEWS),
        ("105, 106", VIEWS),
        ("[105, 106]", VIEWS),
        ([{"productId": 105}, {"item_id": "106", "action_type": "view"}], VIEWS),
        ({"views": [105, 106]}, VIEWS),
        ({"anything": [105, {"sku": 106}]}, VIEWS),
        ('{"views": [105], "cart": [{"id": 1, "product_id": 106}]}', [VIEWS[0], ("add_to_cart", "106")]),
        ({"events": [{"type": "like", "product_id": 105}], "purchased": [106]}, [("like", "105"), ("purchase", "106")]),
        ({"event_type": "purchase", "items": [105, 106]}, [("purchase", "105"), ("purchase", "106")]),
        ({"product_id": 105}, VIEWS[:1]),
        ([{"event_type": "search", "query": "lamp"}], [("search", "")]),
    ],
)
def test_shapes_of_session_data(container: Container, session: object, expected: list[tuple[str, str]]) -> None:
    assert told(container, session) == expected
    assert told(container, json.dumps(session) if isinstance(session, list | dict) else session) == expected


def test_what_makes_no_sense_is_a_warning(container: Container) -> None:
    asked = ask(container, session_data=[105, {"type": "view"}, None, [106]])
    assert [event.product_id for event in asked.told] == ["105"]
    assert [(warning.index, warning.code) for warning in asked.warnings] == [
        (1, "missing_product_id"),
        (2, "missing_product_id"),
        (3, "invalid_product_id"),
    ]


def test_a_category_without_products_is_a_warning(container: Container) -> None:
    (warning,) = ask(container, category="Nope").warnings
    assert (warning.code, warning.field) == ("unknown_category", "category")
    assert "'Nope'" in warning.detail
    assert ask(container, category="Toys").warnings == []


def test_told_products_that_say_nothing_are_one_warning(container: Container) -> None:
    known = [105, {"product_id": "new", "category": "Toys"}, {"event_type": "search", "query": "lamp"}]
    assert ask(container, session_data=known).warnings == []
    (warning,) = ask(container, session_data=[105, *(f"x{n}" for n in range(7)), "x1"]).warnings
    assert (warning.index, warning.code, warning.field) == (1, "unknown_products", "session_data")
    assert "does not know x0, x1, x2, x3, x4 and 2 more;" in warning.detail


def test_a_catalogue_that_is_loading_may_know_them_yet(container: Container) -> None:
    container.refresher.loaded.clear()
    try:
        assert ask(container, category="Nope", session_data=["x0"]).warnings == []
    finally:
        container.refresher.loaded.set()


def test_what_is_told_is_completed_from_the_catalogue_and_in_order(container: Container) -> None:
    events = ask(container, session_data=[105, 106]).told
    assert [event.categories for event in events] == [("Toys",), ("Electronics",)]
    assert events[0].timestamp < events[1].timestamp == NOW


TYPES = ["view", "purchase", "hide", "unhide", "dislike", "add_to_cart", "refund", "my own"]
EVENTS = st.fixed_dictionaries(
    {"event_type": st.sampled_from(TYPES), "product_id": st.integers(100, 108)},
    optional={
        "timestamp": st.integers(1_700_000_000, int(NOW)),
        "quantity": st.integers(1, 9),
        "brand": st.text("ab", max_size=2),
    },
)


@given(st.lists(EVENTS, max_size=8), st.lists(EVENTS, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_told_counts_as_tracked_but_for_long_term_interests(
    container: Container, before: list[dict[str, Any]], session: list[dict[str, Any]]
) -> None:
    visitor = Visitor("user", "u")
    interpretation = (container.half_lives, container.rules.taxonomy)
    tracked, asked = (MemoryProfileStore(BOUNDS, *interpretation, MemoryEventLog(1, lambda: NOW)) for _ in range(2))
    for store in (tracked, asked):
        store.apply(understand(container, before, Arrival(NOW - 60, arrival().new_id, visitor)).events, NOW)
    stored = asked.read(visitor)
    events = understand(container, session, arrival(visitor)).events
    for number, event in enumerate(events):  # each is new: what was told is not looked up among the duplicates
        tracked.apply([msgspec.structs.replace(event, event_id=f"new-{number}", order_id="")], NOW)
    question = ask(container, user_id="u", session_data=session)
    profile = add_told(stored, question.told, container)
    assert profile.interests == stored.interests
    assert msgspec.structs.replace(profile, interests={}) == msgspec.structs.replace(
        tracked.read(visitor), interests={}
    )
    assert asked.read(visitor) == stored
