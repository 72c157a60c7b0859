"""Segment's own libraries, from npm, pointed at the service: what they send lands as the right canonical events.

They are installed by `npm ci` in tests/browser; where they are not, these tests skip. With CI=true and
SHELFLIFE_NODE_TESTS=1 that is an error.
"""

import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.browsers import need_chromium, need_node, run_script
from tests.servers import PATIENT, RunningService, free_port
from tests.shops import profile_of, track

PORT = free_port()


@pytest.fixture(scope="module")
def service(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    """A service that pages of the shop's origin may call."""
    need_node()
    service = start_service(**PATIENT, SHELFLIFE_CORS_ORIGINS=f"http://127.0.0.1:{PORT}")
    yield service
    service.stop()


def test_analytics_node(service: RunningService) -> None:
    track(service.url, {"event_type": "view", "product_id": "vase", "anonymous_id": "node-phone"})
    assert run_script("segment_node.mjs", service.url, "node") == {"failures": []}
    profile = profile_of(service.url, "users/node-ann")
    assert profile["counts"] == {
        "page": 2, "view": 2, "impression": 2, "identify": 1, "group": 1, "add_to_cart": 1, "add_to_wishlist": 1,
        "rating": 1, "search": 1, "purchase": 2, "refund": 1, "promotion_view": 1, "Quiz Completed": 1, "alias": 1,
    }  # fmt: skip
    assert profile["traits"] == {"plan": "gold", "visits": 3, "createdAt": "1970-01-01T00:00:00.000Z"}
    assert [met["product_id"] for met in profile["wishlist"]] == ["sofa"]
    assert {met["product_id"]: met["value"] for met in profile["purchases"]} == {"lamp": 2.0}
    assert {met["product_id"]: met["value"] for met in profile["ratings"]} == {"lamp": 1.0}
    assert profile["cart"] == []
    # Said to be of the day before.
    assert abs(time.time() - 86_400 - profile["first_seen"]) < 120
    logged = requests.get(f"{service.url}/v1/events/recent", timeout=10)
    ids = [entry["event"]["event_id"] for entry in logged.json()["events"]]
    assert sum(found.startswith("node-next-") for found in ids) >= 15
    assert "node-quiz" in ids
    assert "192.0.2.7" not in logged.text and "write-key" not in logged.text


def test_analytics_js(service: RunningService) -> None:
    need_chromium()
    found = run_script("segment_browser.mjs", service.url, "page", str(PORT))
    anonymous = found["single"]["anonymousId"]
    assert found["single"] == found["batched"] == {"anonymousId": anonymous, "failures": []}
    assert {path for path, _ in found["answers"]} == {f"/v1/{name}" for name in "ptigsabm"}
    assert {status for _, status in found["answers"]} == {200}
    profile = profile_of(service.url, "users/page-bob")
    assert profile["counts"] == {
        "page": 2, "view": 2, "click": 1, "identify": 1, "add_to_cart": 1, "group": 1, "alias": 1, "purchase": 1,
        "view_cart": 1, "remove_from_cart": 1,
    }  # fmt: skip
    assert profile_of(service.url, f"anonymous/{anonymous}")["counts"] == profile["counts"]
    assert (profile["traits"], profile["cart"]) == ({"plan": "silver"}, [])
    assert [met["product_id"] for met in profile["purchases"]] == ["lamp"]
    # The browser's clock is three hours slow; its times are corrected by when it says that it sent them.
    assert abs(time.time() - profile["first_seen"]) < 120 and abs(time.time() - profile["last_seen"]) < 120
    assert "Chromium" not in requests.get(f"{service.url}/v1/events/recent", timeout=10).text
