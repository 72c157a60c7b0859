"""POST /track-event in all its shapes, and what makes two requests the same."""

import gzip
import json
from itertools import count
from typing import Any

import pytest
import requests

from tests.servers import RunningService
from tests.shops import counts_of, profile_of, track

_numbers = count()
GOOD, BAD = {"event_type": "view", "product_id": "p1"}, {"event_type": "view"}


@pytest.fixture
def user() -> str:
    """A user nobody has heard of."""
    return f"tracking-{next(_numbers)}"


def post(service: RunningService, data: bytes, path: str = "/track-event", **headers: str) -> requests.Response:
    """POST bytes with exactly these headers; requests itself sets no content type for bytes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(f"{service.url}{path}", data=data, headers=named, timeout=10)


@pytest.mark.parametrize("path", ["/track-event", "/v1/events", "/events"])
@pytest.mark.parametrize(
    "media",
    [
        "",
        "application/json",
        "application/json; charset=utf-8",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
    ],
)
def test_a_single_event_under_any_content_type(service: RunningService, user: str, media: str, path: str) -> None:
    headers = {"Content_Type": media} if media else {}
    answer = post(service, json.dumps({**GOOD, "user_id": user, "event_id": "e1"}).encode(), path, **headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "event_id": "e1", "duplicate": False})
    assert answer.request.headers.get("Content-Type", "") == media
    assert counts_of(service.url, f"users/{user}") == {"view": 1}


def test_a_user_of_all_shapes(service: RunningService, user: str) -> None:
    events = [{**GOOD, "user_id": user}, {"eventType": "click", "productId": 2, "userId": user}]
    lines = b"\n".join(json.dumps(event).encode() for event in events)
    shapes: list[tuple[bytes, dict[str, str]]] = [
        (json.dumps(events).encode(), {}),
        (json.dumps({"events": events}).encode(), {}),
        (json.dumps({"batch": [GOOD, {"type": "click", "sku": 2}], "userId": user}).encode(), {}),
        (lines, {"Content_Type": "application/x-ndjson"}),
        (lines + b"\n", {}),
        (gzip.compress(json.dumps(events).encode()), {"Content_Encoding": "gzip"}),
        (gzip.compress(lines), {"Content_Type": "application/json"}),
    ]
    for number, (body, headers) in enumerate(shapes, 1):
        answer = post(service, body, **headers)
        assert answer.json() == {"accepted": 2, "duplicates": 0, "rejected": 0, "errors": []}, body
        assert counts_of(service.url, f"users/{user}") == {"view": number, "click": number}


@pytest.mark.parametrize("body", [[GOOD], {"events": [GOOD]}, {"batch": [GOOD]}])
def test_a_list_of_one_is_answered_as_a_list(service: RunningService, body: object) -> None:
    assert track(service.url, body) == {"accepted": 1, "duplicates": 0, "rejected": 0, "errors": []}


def test_good_events_are_kept_and_bad_ones_explained(service: RunningService, user: str) -> None:
    lines = b"\n".join([json.dumps({**GOOD, "user_id": user}).encode(), b"{broken", json.dumps(BAD).encode()])
    answer = post(service, lines).json()
    assert (answer["accepted"], answer["rejected"]) == (1, 2)
    assert [(error["index"], error["code"]) for error in answer["errors"]] == [
        (1, "invalid_json"),
        (2, "missing_product_id"),
    ]
    assert counts_of(service.url, f"users/{user}") == {"view": 1}


def test_an_event_that_is_too_large_does_not_cost_the_others(service: RunningService, user: str) -> None:
    large = {**GOOD, "user_id": user, "event_id": "large", "note": "x" * 40_000}
    answer = track(service.url, [large, {**GOOD, "user_id": user}])
    assert (answer["accepted"], answer["rejected"]) == (1, 1)
    (problem,) = answer["errors"]
    assert (problem["index"], problem["code"], problem["event_id"]) == (0, "event_too_large", "large")
    assert counts_of(service.url, f"users/{user}") == {"view": 1}


def test_addresses_and_browsers_do_not_reach_the_log(service: RunningService, user: str) -> None:
    context = {"ip": "192.0.2.7", "userAgent": "Browser/1", "locale": "de", "device": {"ip_address": "192.0.2.7"}}
    track(service.url, {**GOOD, "user_id": user, "context": context, "$ip": "192.0.2.7"})
    newest = requests.get(f"{service.url}/v1/events/recent", params={"limit": "1"}, timeout=10).json()["events"]
    assert newest[0]["event"]["visitor"]["id"] == user
    assert newest[0]["event"]["properties"] == {"locale": "de", "device": {}}


def test_whole_numbers_among_traits_stay_whole(service: RunningService, user: str) -> None:
    track(service.url, {"user_id": user, "traits": {"age": 33, "score": 1.5}}, "/v1/identify")
    answer = requests.get(f"{service.url}/v1/users/{user}", timeout=10)
    assert '"traits":{"age":33,"score":1.5}' in answer.text


@pytest.mark.parametrize("how", [{"path": "/track-event?strict=1"}, {"headers": {"X-Strict-Mode": "true"}}])
def test_strict_is_all_or_nothing(service: RunningService, user: str, how: dict[str, Any]) -> None:
    body = [{**GOOD, "user_id": user}, {**BAD, "user_id": user}]
    path, headers = how.get("path", "/track-event"), how.get("headers", {})
    answer = requests.post(f"{service.url}{path}", json=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (422, "events_rejected")
    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert profile_of(service.url, f"users/{user}") == {}
    assert track(service.url, body[:1], path, headers=headers)["accepted"] == 1


def test_an_event_id_counts_once_for_its_visitor(service: RunningService, user: str) -> None:
    event = {**GOOD, "user_id": user, "event_id": "same"}
    assert [track(service.url, event)["duplicate"] for _ in range(2)] == [False, True]
    assert track(service.url, [event, {**event, "messageId": "same"}, {**event, "user_id": user + "-b"}]) == {
        "accepted": 1, "duplicates": 2, "rejected": 0, "errors": []
    }  # fmt: skip
    assert counts_of(service.url, f"users/{user}") == {"view": 1}


def test_an_idempotency_key_is_the_id_of_an_event_without_one(service: RunningService, user: str) -> None:
    event = {**GOOD, "user_id": user}
    key = {"Idempotency-Key": f"key-{user}"}
    first, again = (track(service.url, event, headers=key) for _ in range(2))
    assert (first["event_id"], first["duplicate"], again["duplicate"]) == (f"key-{user}", False, True)
    assert track(service.url, {**event, "event_id": "own"}, headers=key)["event_id"] == "own"
    # Of many events it could only be the id of one.
    assert track(service.url, [event, event], headers=key)["accepted"] == 2


def test_an_order_counts_once_for_each_product_whoever_reports_it(service: RunningService, user: str) -> None:
    order = {"event_type": "purchase", "user_id": user, "order_id": "o1", "items": ["a", {"product_id": "b", "qty": 3}]}
    assert track(service.url, [order])["accepted"] == 2
    from_the_server = {"type": "Order Completed", "userId": user, "orderId": "o1", "product_id": "b", "event_id": "s1"}
    assert track(service.url, from_the_server)["duplicate"]
    assert not track(service.url, {**from_the_server, "orderId": "o2", "event_id": "s2"})["duplicate"]
    profile = profile_of(service.url, f"users/{user}")
    assert profile["counts"] == {"purchase": 3}
    assert {met["product_id"]: met["value"] for met in profile["purchases"]} == {"a": 1.0, "b": 1.0}


def test_the_newest_events_can_be_looked_at(service: RunningService, user: str) -> None:
    track(service.url, [{**GOOD, "user_id": user, "event_id": f"{user}-{number}"} for number in range(3)])
    newest = requests.get(f"{service.url}/v1/events/recent", params={"limit": "2"}, timeout=10).json()["events"]
    assert [entry["event"]["event_id"] for entry in newest] == [f"{user}-2", f"{user}-1"]
    assert newest[0]["event"]["visitor"] == {"kind": "user", "id": user}
    assert newest[0]["event"]["type"] == "view"


def test_validating_explains_and_stores_nothing(service: RunningService, user: str) -> None:
    body = [{"userId": user, "action": "Product Added", "item_id": "p-unknown", "qty": "2"}, BAD, {**GOOD}]
    answer = requests.post(f"{service.url}/v1/events/validate", json=body, timeout=10)
    found = answer.json()
    assert (found["valid"], found["invalid"]) == (2, 1)
    cart = found["events"][0]
    assert (cart["index"], cart["event"]["type"], cart["event"]["weight"]) == (0, "add_to_cart", 3.0)
    assert cart["event"]["quantity"] == 2.0
    assert any("p-unknown is not in the catalogue" in warning for warning in cart["warnings"])
    assert [error["index"] for error in found["errors"]] == [1]
    assert "Set-Cookie" not in answer.headers
    assert profile_of(service.url, f"users/{user}") == {}
    newest = requests.get(f"{service.url}/v1/events/recent", params={"limit": "20"}, timeout=10).json()["events"]
    assert user not in {entry["event"]["visitor"]["id"] for entry in newest}
