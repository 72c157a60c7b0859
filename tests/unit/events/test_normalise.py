"""The normaliser on the shapes that are in use: the documents', other services', and events of several products."""

import math
from itertools import count
from typing import Any

import msgspec
import pytest

from events.event import Event, Visitor
from events.normalise import Arrival
from tests.examples import COOKIE, DOCUMENTS, NOW, problem_of, understand, understand_one

USER = Visitor("user", "1")
VIEW: dict[str, Any] = {"event_type": "view", "product_id": "p1"}


UNDERSTOOD = (
    Event(event_id="new-id", type="view", timestamp=NOW, visitor=COOKIE, weight=1.0, product_id="101"),
    Event(event_id="new-id", type="purchase", timestamp=NOW, visitor=COOKIE, weight=5.0, product_id="101"),
    Event(event_id="new-id", type="view", timestamp=NOW, visitor=USER, weight=1.0, product_id="103"),
    Event(event_id="h", type="rating", timestamp=NOW, visitor=USER, weight=2.0, product_id="101", rating=0.5),
)


@pytest.mark.parametrize(("body", "expected"), list(zip(DOCUMENTS, UNDERSTOOD, strict=True)))
def test_the_documents_bodies(body: dict[str, Any], expected: Event) -> None:
    event = understand_one(body)
    if "timestamp" in body:
        event = msgspec.structs.replace(event, event_id=event.event_id[:1])
    assert event == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(
            {"type": "track", "userId": "u1", "anonymousId": "a1", "event": "Product Added", "messageId": "m1",
             "properties": {"product_id": "p1", "price": 19, "quantity": 2, "position": 3, "name": "Espresso"},
             "timestamp": "2026-11-20T11:00:00Z", "writeKey": "K"},
            {"type": "add_to_cart", "visitor": Visitor("user", "u1"), "product_id": "p1", "price": 19.0,
             "quantity": 2.0, "position": 3, "event_id": "m1", "timestamp": NOW - 3600, "weight": 3.0,
             "properties": {"writeKey": "K", "name": "Espresso"}},
            id="segment",
        ),
        pytest.param(
            {"name": "view_item", "client_id": "c.1", "timestamp_micros": (NOW - 60) * 1e6,
             "params": {"currency": "USD", "value": 19.0, "session_id": "s1", "items": [
                 {"item_id": "p1", "item_name": "X", "price": 19, "index": 0, "item_category": "A",
                  "item_brand": "b", "item_list_id": "related"}]}},
            {"type": "view", "visitor": Visitor("anonymous", "c.1"), "product_id": "p1", "price": 19.0,
             "currency": "USD", "value": 19.0, "session_id": "s1", "categories": ("A",), "brand": "b",
             "timestamp": NOW - 60},
            id="ga4",
        ),
        pytest.param(
            {"event": "View", "properties": {"time": (NOW - 1) * 1e3, "distinct_id": "u1", "$insert_id": "i-1",
                                             "$device_id": "d1", "product_id": 7}},
            {"type": "view", "visitor": Visitor("user", "u1"), "event_id": "i-1", "product_id": "7",
             "timestamp": NOW - 1},
            id="mixpanel",
        ),
        pytest.param(
            {"trackingId": "T", "userId": "u1", "sessionId": "s1", "eventId": "e1", "eventType": "click",
             "itemId": "p1", "timestamp": NOW - 9, "recommendationId": "R", "impression": ["p1", "p2"],
             "eventValue": 5.0},
            {"type": "click", "product_id": "p1", "recommendation_id": "R", "session_id": "s1", "value": 5.0,
             "event_id": "e1", "timestamp": NOW - 9},
            id="personalize",
        ),
        pytest.param(
            {"eventType": "purchase-complete", "visitorId": "v1", "attributionToken": "T",
             "productDetails": [{"product": {"id": "p1"}, "quantity": 2}],
             "purchaseTransaction": {"id": "o1", "revenue": 38, "currencyCode": "USD"}},
            {"type": "purchase", "visitor": Visitor("anonymous", "v1"), "product_id": "p1", "quantity": 2.0,
             "order_id": "o1", "value": 38.0, "currency": "USD", "recommendation_id": "T"},
            id="google-retail",
        ),
        pytest.param(
            {"eventType": "conversion", "eventSubtype": "addToCart", "eventName": "Cart", "index": "prod",
             "userToken": "a1", "objectIDs": ["p1"], "queryID": "Q", "timestamp": NOW * 1e3},
            {"type": "add_to_cart", "visitor": Visitor("anonymous", "a1"), "product_id": "p1",
             "recommendation_id": "Q", "position": None},
            id="algolia",
        ),
        pytest.param(
            {"userId": "u1", "itemId": "p1", "timestamp": NOW - 2, "amount": 2, "price": 38, "profit": 9,
             "recommId": "ce52", "event_type": "AddPurchase", "cascadeCreate": True},
            {"type": "purchase", "quantity": 2.0, "price": 38.0, "recommendation_id": "ce52",
             "properties": {"profit": 9, "cascadeCreate": True}},
            id="recombee",
        ),
        pytest.param(
            {"FeedbackType": "read", "UserId": "u", "ItemId": "10086", "Value": 1,
             "Timestamp": "2026-11-20T06:42:20.207Z"},
            {"type": "view", "visitor": Visitor("user", "u"), "product_id": "10086", "value": 1.0,
             "timestamp": pytest.approx(NOW - 19059.793)},
            id="gorse",
        ),
        pytest.param(
            {"event": "AddToCart", "eventID": "e1", "uid": 5, "content_ids": ["p1"], "content_type": "product",
             "value": 19, "currency": "USD"},
            {"type": "add_to_cart", "product_id": "p1", "event_id": "e1", "visitor": Visitor("user", "5")},
            id="meta-pixel",
        ),
    ],
)  # fmt: skip
def test_what_other_services_send(raw: dict[str, Any], expected: dict[str, Any]) -> None:
    event = understand_one(raw)
    assert {name: getattr(event, name) for name in expected} == expected


def test_an_order_becomes_one_event_for_each_product() -> None:
    order = {
        "event": "Order Completed", "userId": "u1", "messageId": "m1",
        "properties": {"order_id": "o1", "total": 40, "currency": "EUR", "products": [
            {"product_id": "p1", "price": 10, "quantity": 2, "category": "A", "brand": "x"},
            {"sku": "p2", "price": 20},
            "p3",
        ]},
    }  # fmt: skip
    events = understand(order)
    assert [(e.event_id, e.product_id, e.price, e.quantity) for e in events] == [
        ("m1", "p1", 10.0, 2.0),
        ("m1:1", "p2", 20.0, 1.0),
        ("m1:2", "p3", None, 1.0),
    ]
    assert {(e.order_id, e.value, e.currency, e.type) for e in events} == {("o1", 40.0, "EUR", "purchase")}
    assert [e.weight for e in events] == [5.0 * math.sqrt(2), 5.0, 5.0]
    assert [e.categories for e in events] == [("A",), (), ()]


def test_what_is_said_of_all_products_is_said_of_each() -> None:
    raw = {**VIEW, "items": [{"id": "a"}, {"id": "b", "category": "B"}], "category": "A", "quantity": 3}
    assert [(e.product_id, e.categories, e.quantity) for e in understand(raw)] == [
        ("a", ("A",), 3.0),
        ("b", ("B",), 3.0),
    ]


def test_shown_products_are_items_only_of_an_impression() -> None:
    shown = {"impression": ["p1", "p2"]}
    assert [e.product_id for e in understand({"event_type": "impression", **shown})] == ["p1", "p2"]
    assert [e.product_id for e in understand({**VIEW, **shown})] == ["p1"]


def test_products_of_one_event_get_ids_of_their_own() -> None:
    ids = (f"random-{number}" for number in count())
    arrival = Arrival(NOW, lambda: next(ids), COOKIE)
    events = understand({"event_type": "view", "items": ["a", "b"]}, arrival)
    assert len({event.event_id for event in events}) == 2


@pytest.mark.parametrize(
    "items",
    [["p1", {"price": 5}], [None], ["undefined"], [{}], ["p"] * 201, [{"id": "p1", "quantity": -1}], "", [{"id": []}]],
)
def test_an_item_that_names_no_product_spoils_the_event(items: object) -> None:
    assert problem_of({"event_type": "purchase", "items": items, "event_id": "e9"}).event_id == "e9"


@pytest.mark.parametrize("product", [{"id": "p1", "category": "A"}, {"product_id": "p1", "category": ["A"]}])
def test_a_product_may_be_an_object(product: object) -> None:
    event = understand_one({"event_type": "view", "product": product})
    assert (event.product_id, event.categories) == ("p1", ("A",))
