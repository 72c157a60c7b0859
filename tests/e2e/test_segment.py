"""What Segment's libraries post, over HTTP; the libraries themselves are in test_segment_libraries.py."""

import re
from itertools import count
from typing import Any

import pytest
import requests

from tests.servers import RunningService
from tests.shops import counts_of, profile_of, track

_numbers = count()
LAMP = {"product_id": "lamp", "category": "Lamps", "price": 40}
KEY = ("write-key", "")


@pytest.fixture
def user() -> str:
    """A user nobody has heard of."""
    return f"segment-{next(_numbers)}"


def send(service: RunningService, path: str, body: object, **options: Any) -> requests.Response:
    return requests.post(f"{service.url}/v1/{path}", json=body, timeout=10, **options)


def rejected_of(service: RunningService) -> float:
    """Number of events that were refused so far."""
    text = requests.get(f"{service.url}/metrics", timeout=10).text
    found = re.search(r'^shelflife_events_total\{result="rejected",type="unknown"\} (\S+)$', text, re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize(
    ("paths", "message", "kind"),
    [
        (("track", "t"), {"event": "Product Viewed", "properties": LAMP}, "view"),
        (("page", "p"), {"name": "Home", "properties": {"path": "/"}}, "page"),
        (("screen", "s"), {"name": "Home"}, "page"),
        (("group", "g"), {"groupId": "family", "traits": {"plan": "gold"}}, "group"),
        (("identify", "i"), {"traits": {"plan": "gold"}}, "identify"),
        (("alias", "a"), {"previousId": "segment-phone"}, "alias"),
    ],
)
def test_every_address(service: RunningService, user: str, paths: tuple[str, str], message: Any, kind: str) -> None:
    for number, path in enumerate(paths, 1):
        body = {
            **message,
            "userId": user,
            "messageId": f"{path}-{user}",
            "writeKey": "k",
            "integrations": {"All": True},
        }
        for _ in range(2):  # a message sent again is the same message
            answer = send(service, path, body, auth=KEY)
            assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert counts_of(service.url, f"users/{user}") == {kind: number}
    assert profile_of(service.url, f"users/{user}")["traits"] == ({"plan": "gold"} if kind == "identify" else {})


@pytest.mark.parametrize("path", ["batch", "b"])
def test_a_batch_has_messages_of_all_kinds(service: RunningService, user: str, path: str) -> None:
    batch = [
        {"type": "track", "event": "Product Viewed", "anonymousId": f"{user}-b", "properties": LAMP},
        {"type": "identify", "userId": user, "anonymousId": f"{user}-b"},
        {"type": "track", "event": "Order Completed", "userId": user, "properties": {"products": [LAMP, {"sku": "x"}]}},
        {"type": "track", "event": "Product Viewed", "userId": user, "properties": {}},
        {"type": "track", "event": "Product Viewed", "properties": LAMP},
        "nonsense",
    ]
    before = rejected_of(service)
    answer = send(service, path, {"batch": batch, "writeKey": "k", "sentAt": "2026-11-20T12:00:00Z"})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert "Set-Cookie" not in answer.headers
    assert counts_of(service.url, f"users/{user}") == {"view": 1, "identify": 1, "purchase": 2}
    # Refused: no product, nobody, no message.
    assert rejected_of(service) == before + 3
    strict = send(service, path, {"batch": batch}, headers={"X-Strict-Mode": "1"})
    assert (strict.status_code, len(strict.json()["errors"])) == (422, 3)


def test_own_bodies_of_identify_and_alias_are_answered_as_before(service: RunningService, user: str) -> None:
    own = {"userId": user, "anonymousId": f"{user}-b", "messageId": "m", "traits": {"plan": "gold"}}
    assert track(service.url, own, "/v1/identify") == {"status": "ok", "event_id": "m", "duplicate": False}
    alias = {"user_id": user, "previous_id": f"{user}-c", "event_id": "n"}
    assert track(service.url, alias, "/v1/alias")["event_id"] == "n"
    nested = {**own, "messageId": "o", "traits": {"address": {"city": "Ghent"}}}
    assert send(service, "identify", nested).status_code == 422
    # The same from one of Segment's libraries.
    assert send(service, "identify", nested, auth=KEY).json() == {"success": True}
    assert send(service, "identify", {**nested, "context": {"library": {"name": "x"}}}).json() == {"success": True}
    assert counts_of(service.url, f"users/{user}") == {"identify": 2, "alias": 1}


def test_what_is_not_kept(service: RunningService, user: str) -> None:
    context = {"ip": "192.0.2.7", "userAgent": "Browser/1", "userAgentData": {"brands": [{"brand": "Browser"}]}}
    body = {"event": "Product Viewed", "userId": user, "properties": LAMP, "context": context, "writeKey": "secret"}
    assert send(service, "track", body).json() == {"success": True}
    newest = requests.get(f"{service.url}/v1/events/recent", params={"limit": "1"}, timeout=10)
    assert newest.json()["events"][0]["event"]["visitor"]["id"] == user
    assert not {"192.0.2.7", "Browser", "secret"} & set(re.findall(r'[^"]+', newest.text))


def test_metrics_of_the_library_are_taken_and_forgotten(service: RunningService) -> None:
    answer = requests.post(
        f"{service.url}/v1/m", data='{"series":[]}', headers={"Content-Type": "text/plain"}, timeout=10
    )
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_what_cannot_be_read_is_an_error(service: RunningService) -> None:
    answer = requests.post(f"{service.url}/v1/batch", data="{broken", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
    too_many = send(service, "batch", {"batch": [{"type": "track"}] * 1001})
    assert (too_many.status_code, too_many.json()["code"]) == (413, "too_many_events")
