"""Bodies of GA4's Measurement Protocol over HTTP."""

import time
from itertools import count
from typing import Any

import pytest
import requests

from tests.servers import RunningService
from tests.shops import counts_of, profile_of

_numbers = count()
LAMP = {"item_id": "lamp", "item_category": "Home", "item_category2": "Lamps", "price": 40, "index": 0}
SOFA = {"item_id": "sofa", "item_category": "Sofas", "index": 1}


@pytest.fixture
def client() -> str:
    """A browser nobody has heard of."""
    return f"ga4.{next(_numbers)}"


def send(service: RunningService, path: str, body: object) -> requests.Response:
    keys = {"measurement_id": "G-1", "api_secret": "secret"}
    return requests.post(f"{service.url}{path}", json=body, params=keys, timeout=10)


def event(name: str, /, **params: object) -> dict[str, Any]:
    return {"name": name, "params": params}


@pytest.mark.parametrize("path", ["/mp/collect", "/v1/mp/collect"])
def test_a_body_lands_as_canonical_events(service: RunningService, client: str, path: str) -> None:
    events = [
        event("page_view", page_location="https://shop.example/"),
        event("view_item_list", items=[LAMP, SOFA], item_list_id="summer"),
        event("select_item", items=[LAMP]),
        event("view_item", items=[LAMP]),
        event("search", search_term="lamp"),
        event("add_to_cart", items=[LAMP, SOFA], value=80, currency="EUR"),
        event("remove_from_cart", items=[SOFA]),
        event("add_to_wishlist", items=[SOFA]),
        event("generate_lead"),
        event("view_item"),
    ]
    answer = send(service, path, {"client_id": client, "events": events})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Set-Cookie" not in answer.headers
    profile = profile_of(service.url, f"anonymous/{client}")
    assert profile["counts"] == {
        "page": 1, "impression": 2, "click": 1, "view": 1, "search": 1, "add_to_cart": 2, "remove_from_cart": 1,
        "add_to_wishlist": 1, "form_submit": 1,
    }  # fmt: skip
    assert [met["product_id"] for met in profile["cart"]] == ["lamp"]
    assert profile["interests"]["category"][0]["name"] == "Home > Lamps"


def test_signing_in_and_an_order(service: RunningService, client: str) -> None:
    user, micros = f"user-{client}", int(time.time() * 1e6) - 60_000_000
    send(service, "/mp/collect", {"client_id": client, "events": [event("view_item", items=[LAMP])]})
    order = event("purchase", transaction_id="t1", value=40, currency="EUR", items=[LAMP])
    body = {"client_id": client, "user_id": user, "timestamp_micros": micros, "events": [event("login"), order]}
    for _ in range(2):  # the same order is counted once
        assert send(service, "/mp/collect", body).status_code == 204
    assert counts_of(service.url, f"users/{user}") == {"view": 1, "identify": 1, "purchase": 1}
    refund = event("refund", transaction_id="t1", items=[LAMP])
    assert send(service, "/mp/collect", {"client_id": client, "user_id": user, "events": [refund]}).status_code == 204
    profile = profile_of(service.url, f"users/{user}")
    assert (profile["counts"]["refund"], profile["purchases"]) == (1, [])


def test_validating_tells_what_is_wrong_and_stores_nothing(service: RunningService, client: str) -> None:
    good = {"client_id": client, "events": [event("view_item", items=[LAMP])]}
    answer = send(service, "/debug/mp/collect", good)
    assert (answer.status_code, answer.json()) == (200, {"validationMessages": []})
    answer = send(service, "/debug/mp/collect", {"events": [event("view_item", items=[LAMP]), event("search")]})
    assert answer.json() == {
        "validationMessages": [
            {
                "fieldPath": "client_id",
                "description": "an event needs a user_id or a client_id",
                "validationCode": "VALUE_REQUIRED",
            }
        ]
        * 2
    }
    answer = send(service, "/debug/mp/collect", {"client_id": client, "events": [event("search")]})
    assert answer.json()["validationMessages"][0]["fieldPath"] == "events[0].params.search_term"
    assert profile_of(service.url, f"anonymous/{client}") == {}


def test_what_cannot_be_read(service: RunningService) -> None:
    broken = requests.post(f"{service.url}/mp/collect", data="{broken", timeout=10)
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_json")
    broken = requests.post(f"{service.url}/debug/mp/collect", data="{broken", timeout=10)
    assert broken.status_code == 200
    (message,) = broken.json()["validationMessages"]
    assert (message["validationCode"], "not valid JSON" in message["description"]) == ("VALUE_INVALID", True)
