"""Messages of Segment's libraries mean the events that Segment's Spec says."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import Visitor
from events.segment import KINDS, is_message, translate
from tests.examples import NOW, problem_of, understand, understand_one
from tests.raw_events import JSON, NAMES, OBJECTS, assert_understood

WHO = {"userId": "ann", "anonymousId": "b1", "messageId": "m1"}
LAMP = {"product_id": "lamp", "sku": "L-1", "name": "Lamp", "category": "Lamps", "brand": "Lumo", "price": 40}
# What analytics.js 1.84 sends of a browser: nested deeper than properties may be.
CONTEXT = {
    "page": {"path": "/", "url": "https://shop.example/", "title": "Shop"},
    "userAgent": "Browser/1",
    "userAgentData": {"brands": [{"brand": "Browser", "version": "1"}], "mobile": False},
    "ip": "192.0.2.7",
    "locale": "en",
    "traits": {"plan": "not said by identify"},
    "library": {"name": "analytics.js", "version": "next-1.84.3"},
}


def track(event: object, /, **properties: object) -> dict[str, Any]:
    return {"type": "track", "event": event, "properties": properties, "context": CONTEXT, **WHO}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Product Viewed", "view"),
        ("Product Clicked", "click"),
        ("Product Added", "add_to_cart"),
        ("Wishlist Product Added to Cart", "add_to_cart"),
        ("Product Removed", "remove_from_cart"),
        ("Product Added to Wishlist", "add_to_wishlist"),
        ("Product Removed from Wishlist", "remove_from_wishlist"),
        ("Product Shared", "share"),
    ],
)
def test_events_on_a_product(name: str, kind: str) -> None:
    event = understand_one(translate(track(name, **LAMP, position=3)))
    assert (event.type, event.product_id, event.categories, event.brand) == (kind, "lamp", ("Lamps",), "Lumo")
    assert (event.position, event.price, event.event_id, event.visitor) == (3, 40.0, "m1", Visitor("user", "ann"))


def test_an_order_is_one_event_for_each_product() -> None:
    products = [{**LAMP, "quantity": 2}, {"product_id": "sofa", "price": 900}]
    order = track("Order Completed", order_id="o1", total=980, currency="EUR", products=products)
    events = understand(translate(order))
    assert [(event.type, event.product_id, event.quantity) for event in events] == [
        ("purchase", "lamp", 2.0),
        ("purchase", "sofa", 1.0),
    ]
    assert {(event.order_id, event.value, event.currency) for event in events} == {("o1", 980.0, "EUR")}
    assert {
        event.type for event in understand(translate(track("Order Refunded", order_id="o1", products=products)))
    } == {"refund"}
    assert problem_of(translate(track("Order Refunded", order_id="o1"))).code == "missing_product_id"


def test_a_list_is_impressions_with_positions() -> None:
    products = [{**LAMP, "position": 1}, {"product_id": "sofa", "position": "two"}]
    events = understand(translate(track("Product List Viewed", list_id="summer", products=products)))
    assert [(event.type, event.placement, event.position) for event in events] == [
        ("impression", "summer", 1),
        ("impression", "summer", None),
    ]


def test_other_events_of_a_shop() -> None:
    assert understand_one(translate(track("Products Searched", query="lamp"))).query == "lamp"
    reviewed = understand_one(translate(track("Product Reviewed", product_id="lamp", review_id="r1", rating="5")))
    assert (reviewed.type, reviewed.rating) == ("rating", 1.0)
    assert understand_one(translate(track("Cart Viewed", products=[LAMP]))).type == "view_cart"
    promotion = understand_one(translate(track("Promotion Viewed", promotion_id="p1", position="home_top")))
    assert (promotion.type, promotion.placement, promotion.position) == ("promotion_view", "home_top", None)
    filters = [{"type": "colour", "value": "red"}]
    assert understand_one(translate(track("Product List Filtered", category="Lamps", filters=filters))).type == "filter"
    assert understand_one(translate(track("Quiz Completed", answers=3))).type == "Quiz Completed"


def test_the_first_version_of_the_spec_calls_the_product_id() -> None:
    assert understand_one(translate(track("Viewed Product", id="lamp", sku="L-1"))).product_id == "lamp"
    products = [{"id": "lamp", "sku": "L-1"}]
    assert understand_one(translate(track("Completed Order", orderId="o1", products=products))).product_id == "lamp"


def test_properties_do_not_say_whose_event_it_is() -> None:
    properties = {**LAMP, "user": "seller", "uid": "x", "time": "soon", "traits": {"plan": "gold"}, "event_id": "other"}
    message = {"type": "track", "event": "Product Viewed", "anonymousId": "b1", "properties": properties}
    event = understand_one(translate(message))
    assert (event.visitor, event.traits, event.timestamp) == (Visitor("anonymous", "b1"), {}, NOW)


def test_of_the_context_only_page_campaign_and_language_are_kept() -> None:
    event = understand_one(translate(track("Product Viewed", **LAMP)))
    assert event.properties == {"sku": "L-1", "name": "Lamp", "page": CONTEXT["page"], "locale": "en"}
    assert event.traits == {}


def test_crawlers_are_known_by_the_visitors_agent() -> None:
    message = {**track("Product Viewed", **LAMP), "context": {"userAgent": "Googlebot/2.1"}}
    event = understand_one(translate(message))
    assert (event.robot, "Googlebot" in str(event.properties)) == (True, False)


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_pages_and_screens(kind: str) -> None:
    message = {"type": kind, "name": "Home", "category": "Docs", "properties": {"path": "/", "name": "Home"}, **WHO}
    event = understand_one(translate(message))
    assert (event.type, event.categories) == ("page", ())
    assert event.properties == {"path": "/", "page_category": "Docs", "page_name": "Home"}


def test_identify_links_and_keeps_what_can_be_kept() -> None:
    traits = {"plan": "gold", "age": 33, "address": {"city": "Ghent"}, "tags": ["a"], "bio": "x" * 2000, "phone": None}
    event = understand_one(translate({"type": "identify", "traits": traits, **WHO}))
    assert (event.type, event.visitor, event.previous) == (
        "identify",
        Visitor("user", "ann"),
        Visitor("anonymous", "b1"),
    )
    assert event.traits == {"plan": "gold", "age": 33}
    assert problem_of(translate({"type": "identify", "anonymousId": "b1", "userId": ""})).code == "missing_user_id"


def test_alias_and_group() -> None:
    alias = understand_one(translate({"type": "alias", "userId": "ann", "previousId": "b2", "anonymousId": "b1"}))
    assert (alias.type, alias.previous) == ("alias", Visitor("anonymous", "b2"))
    group = understand_one(translate({"type": "group", "groupId": "family", "traits": {"plan": "gold"}, **WHO}))
    assert (group.type, group.traits, group.properties) == ("group", {}, {"group_id": "family"})


def test_the_address_says_the_kind_where_the_message_does_not() -> None:
    assert understand_one(translate({"event": "Product Viewed", "properties": LAMP, **WHO}, "track")).type == "view"
    assert understand_one(translate({"event": "Product Viewed", "properties": LAMP, **WHO})).type == "view"
    assert understand_one(translate({"name": "Product Viewed", **WHO}, "page")).type == "page"
    assert problem_of(translate({**WHO}, "track")).code == "missing_type"
    assert problem_of(translate({**WHO})).code == "missing_type"


SENT, MADE = "2026-11-20T09:00:10Z", "2026-11-20T09:00:00Z"  # by a clock that is three hours slow


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"timestamp": MADE, "sentAt": SENT}, NOW - 10),
        ({"originalTimestamp": MADE, "sentAt": SENT}, NOW - 10),
        ({"originalTimestamp": MADE, "timestamp": "2020-01-01T00:00:00Z", "sentAt": SENT}, NOW - 10),
        ({"timestamp": MADE}, NOW - 3 * 3600),
        ({"timestamp": MADE, "sentAt": None}, NOW - 3 * 3600),
        # Handed on by Segment, which has corrected it.
        ({"timestamp": MADE, "originalTimestamp": SENT, "sentAt": SENT, "receivedAt": SENT}, NOW - 3 * 3600),
        ({}, NOW),
    ],
)
def test_the_senders_clock_is_corrected(times: dict[str, object], expected: float) -> None:
    assert understand_one(translate({**track("Product Viewed", **LAMP), **times})).timestamp == expected


def test_which_bodies_are_a_librarys() -> None:
    assert is_message({"writeKey": "k", "userId": "ann"})
    assert is_message({"userId": "ann", "context": CONTEXT})
    assert not is_message({"userId": "ann", "messageId": "m1", "context": {"locale": "en"}})
    assert not is_message([])


NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(sorted(KINDS)) | JSON,
        "event": st.sampled_from(["Product Viewed", "Order Completed", "Viewed Product", "Promotion Viewed"]) | JSON,
        "properties": st.dictionaries(NAMES | st.just("position"), OBJECTS, max_size=6) | JSON,
        "traits": st.dictionaries(st.text(max_size=5), JSON, max_size=4) | JSON,
        "context": st.dictionaries(st.sampled_from(["page", "campaign", "locale", "sessionId"]), OBJECTS) | JSON,
        "userId": st.just("ann") | JSON,
        "anonymousId": st.just("b1") | JSON,
        "previousId": JSON,
        "messageId": JSON,
        "timestamp": st.just(MADE) | JSON,
        "originalTimestamp": st.just(MADE) | JSON,
        "sentAt": st.just(SENT) | JSON,
        "receivedAt": JSON,
        "groupId": JSON,
    },
)


@given(st.lists(NEARLY | JSON, max_size=3), st.sampled_from(["", *sorted(KINDS)]))
@settings(max_examples=200, deadline=None)
def test_any_message(messages: list[object], kind: str) -> None:
    assert_understood([translate(message, kind) for message in messages])


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5))
@settings(max_examples=100, deadline=None)
def test_no_trait_costs_an_identify(traits: dict[str, object]) -> None:
    event = understand_one(translate({"type": "identify", "traits": traits, **WHO}))
    assert event.traits.keys() <= {name.strip() for name in traits}


@given(st.integers(-(10**8), 10**8), st.integers(0, 10**6))
@settings(max_examples=100, deadline=None)
def test_a_wrong_clock_does_not_matter(wrong_by: int, ago: int) -> None:
    made, sent = (int((NOW + wrong_by) * 1000) - before for before in (ago, 0))
    message = {**track("Product Viewed", **LAMP), "timestamp": made, "sentAt": sent}
    assert understand_one(translate(message)).timestamp == pytest.approx(NOW - ago / 1000, abs=0.002)
