"""Bodies of the Measurement Protocol mean what Google's documentation says, and are explained in its words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import Visitor
from events.ga4 import explain, translate
from events.normalise import Arrival
from tests.examples import NOW, problem_of, understand, understand_one
from tests.raw_events import JSON, NAMES, OBJECTS, assert_understood

ITEM = {
    "item_id": "lamp",
    "item_name": "Lamp",
    "item_brand": "Lumo",
    "item_category": "Home",
    "item_category2": "Lamps",
    "item_category3": "Reading",
    "price": 40,
    "quantity": 2,
    "index": 0,
    "item_list_id": "summer",
}
SOFA = {"item_id": "sofa", "item_category": "Sofas", "index": 1}


def event(name: object, /, who: str = "client_id", **params: object) -> dict[str, Any]:
    """An event with what stands beside the list already in it, as `decode_events` gives it."""
    beside = {who: "c.1", "timestamp_micros": int(NOW * 1e6) - 5_000_000, "user_properties": {"plan": {"value": "x"}}}
    return {**beside, "ip_override": "192.0.2.7", "name": name, "params": {"engagement_time_msec": "100", **params}}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("view_item", "view"),
        ("select_item", "click"),
        ("view_item_list", "impression"),
        ("add_to_cart", "add_to_cart"),
        ("remove_from_cart", "remove_from_cart"),
        ("add_to_wishlist", "add_to_wishlist"),
        ("view_cart", "view_cart"),
        ("begin_checkout", "begin_checkout"),
        ("refund", "refund"),
    ],
)
def test_events_on_items(name: str, kind: str) -> None:
    lamp, sofa = understand(translate(event(name, items=[ITEM, SOFA], currency="EUR", session_id=17)))
    assert (lamp.type, lamp.product_id, sofa.product_id) == (kind, "lamp", "sofa")
    assert (lamp.categories, sofa.categories) == (("Home > Lamps > Reading",), ("Sofas",))
    assert (lamp.brand, lamp.price, lamp.quantity, lamp.position, sofa.position) == ("Lumo", 40.0, 2.0, 1, 2)
    assert (lamp.placement, lamp.session_id, lamp.currency) == ("summer", "17", "EUR")
    assert (lamp.visitor, lamp.timestamp, lamp.duration_ms) == (Visitor("anonymous", "c.1"), NOW - 5, None)
    assert lamp.properties == {}


def test_a_purchase_has_its_order() -> None:
    bought = event("purchase", transaction_id="t1", value=80.0, currency="EUR", items=[ITEM], item_list_id="cart")
    purchase = understand_one(translate({**bought, "user_id": 7}))
    assert (purchase.type, purchase.order_id, purchase.value) == ("purchase", "t1", 80.0)
    assert (purchase.visitor, purchase.placement) == (Visitor("user", "7"), "cart")


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (event("search", search_term="lamp"), "search"),
        (event("view_search_results", search_term="lamp"), "search"),
        (event("generate_lead", value=3, currency="EUR"), "form_submit"),
        (event("form_submit", form_id="f"), "form_submit"),
        (event("page_view", page_location="https://shop.example/"), "page"),
        (event("screen_view", who="app_instance_id"), "page"),
        (event("select_content", content_type="product", content_id="lamp"), "click"),
        (event("select_content", content_type="article", content_id="a1"), "select_content"),
        (event("share", content_type="product", item_id="lamp"), "share"),
        (event("user_engagement", items=[ITEM]), "dwell"),
        (event("tutorial_begin"), "tutorial_begin"),
        (event("login", method="mail"), "login"),
    ],
)
def test_other_events(raw: dict[str, Any], kind: str) -> None:
    found = understand_one(translate(raw))
    assert (found.type, found.visitor) == (kind, Visitor("anonymous", "c.1"))
    assert found.duration_ms == (100.0 if kind == "dwell" else None)


@pytest.mark.parametrize("name", ["login", "sign_up"])
def test_signing_in_says_who_is_behind_the_browser(name: str) -> None:
    found = understand_one(translate({**event(name, method="mail"), "user_id": "ann"}))
    assert (found.type, found.visitor, found.previous) == (
        "identify",
        Visitor("user", "ann"),
        Visitor("anonymous", "c.1"),
    )


def test_crawlers_are_known_by_the_visitors_agent() -> None:
    found = understand_one(translate({**event("page_view"), "user_agent": "Googlebot/2.1"}))
    assert (found.robot, found.properties) == (True, {})


def test_params_do_not_say_whose_event_it_is() -> None:
    found = understand_one(translate(event("view_item", item_id="lamp", user="seller", time="soon", traits={"a": 1})))
    assert (found.visitor, found.timestamp, found.traits) == (Visitor("anonymous", "c.1"), NOW - 5, {})


@pytest.mark.parametrize(
    ("raw", "path", "code"),
    [
        ({"name": "view_item", "params": {"items": [ITEM]}}, "client_id", "VALUE_REQUIRED"),
        (event("view_item"), "events[0].params.items", "VALUE_REQUIRED"),
        (event("view_item", items=[{"item_name": "Lamp"}]), "events[0].params.items", "VALUE_REQUIRED"),
        (event("view_item", items=[ITEM] * 201), "events[0].params.items", "EXCEEDED_MAX_ENTITIES"),
        (event("search"), "events[0].params.search_term", "VALUE_REQUIRED"),
        (event(None), "events[0].name", "VALUE_REQUIRED"),
        (event(7), "events[0].name", "NAME_INVALID"),
        (event("purchase", items=[ITEM], transaction_id={}), "events[0].params.transaction_id", "VALUE_INVALID"),
        (event("purchase", items=[ITEM], value="much"), "events[0].params.value", "VALUE_INVALID"),
        ({**event("page_view"), "client_id": {"id": 1}}, "client_id", "VALUE_INVALID"),
        ({**event("page_view"), "timestamp_micros": "soon"}, "timestamp_micros", "VALUE_INVALID"),
        ({**event("page_view"), "timestamp_micros": int(NOW * 2e6)}, "timestamp_micros", "VALUE_OUT_OF_BOUNDS"),
        (["page_view"], "events[0]", "VALUE_INVALID"),
    ],
)
def test_problems_are_told_as_the_validator_does(raw: object, path: str, code: str) -> None:
    problem = problem_of(translate(raw), Arrival(NOW, str))
    message = explain(problem)
    assert (message.field_path, message.validation_code) == (path, code)
    assert message.description and "anonymous_id" not in message.description


NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["view_item", "purchase", "login", "select_content", "user_engagement"]) | JSON,
        "params": st.dictionaries(NAMES | st.just("content_type"), OBJECTS, max_size=6)
        | st.fixed_dictionaries({"items": st.lists(st.just(ITEM) | st.dictionaries(NAMES, OBJECTS) | JSON, max_size=3)})
        | JSON,
        "client_id": st.just("c.1") | JSON,
        "user_id": st.just("ann") | JSON,
        "timestamp_micros": st.just(int(NOW * 1e6)) | JSON,
    },
)


@given(st.lists(NEARLY | JSON, max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_event(events: list[object]) -> None:
    assert_understood([translate(event) for event in events])
