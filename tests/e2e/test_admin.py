"""The figures for operators over HTTP, from web workers and learner as real processes."""

from typing import Any

import pytest
import requests

from app.factory import create_app
from app.page_headers import HEADERS
from config import Settings
from tests.processes import wait_until
from tests.servers import RunningService
from tests.shops import recommend, track

PRODUCTS = [{"product_id": f"overview-{n}", "name": f"Kettle {n}", "category": "Kettles"} for n in range(4)]


def overview_of(service: RunningService) -> dict[str, Any]:
    answer = requests.get(f"{service.url}/v1/admin/overview", timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def requests_of(overview: dict[str, Any], route: str) -> int:
    return sum(row["count"] for row in overview["traffic"]["requests"] if row["route"] == route)


def events_of(overview: dict[str, Any], kind: str) -> int:
    rows = overview["traffic"]["events"]
    return sum(row["count"] for row in rows if (row["type"], row["result"]) == (kind, "applied"))


def test_counters_grow_by_what_all_workers_answered(service: RunningService) -> None:
    before = overview_of(service)
    for _ in range(20):  # each on a connection of its own, so that both workers get some
        recommend(service.url, user_id="overview-ann", limit=1)
    track(service.url, [{"user_id": "overview-ann", "event_type": "wishlist", "product_id": "overview-1"}] * 3)
    after = overview_of(service)
    assert requests_of(after, "/recommend") - requests_of(before, "/recommend") == 20
    assert events_of(after, "add_to_wishlist") - events_of(before, "add_to_wishlist") == 3
    for durations in after["traffic"]["durations"]:
        assert durations["buckets"] == sorted(durations["buckets"])
        assert len(durations["buckets"]) == len(after["traffic"]["bounds"]) + 1
    (asked,) = [one for one in after["traffic"]["durations"] if one["route"] == "/recommend"]
    assert asked["buckets"][-1] == requests_of(after, "/recommend")
    assert len(after["workers"]) == 2


def test_learner_model_and_outcomes(service: RunningService) -> None:
    assert track(service.url, PRODUCTS, "/v1/products/batch")["accepted"] == len(PRODUCTS)
    before = {(row["placement"], row["source"]): row["shown"] for row in overview_of(service)["outcomes"]}
    answer = recommend(service.url, user_id="overview-bob", placement="checkout", limit=3)
    shown = [
        {"user_id": "overview-bob", "product_id": pick["product_id"], "recommendation_id": answer["recommendation_id"]}
        for pick in answer["recommendations"]
    ]
    track(service.url, [{**one, "event_type": "impression"} for one in shown])
    track(service.url, {**shown[0], "event_type": "click"})

    def grown() -> float:
        rows = [row for row in overview_of(service)["outcomes"] if row["placement"] == "checkout"]
        return float(sum(row["shown"] - before.get(("checkout", row["source"]), 0.0) for row in rows))

    wait_until(lambda: grown() == pytest.approx(len(shown), abs=0.1))
    wait_until(lambda: overview_of(service)["learner"]["learnt"] > 0)  # it speaks once a second
    overview = overview_of(service)
    assert overview["learner"]["running"]
    assert overview["model"]["version"] == 0 and overview["model"]["created"] is None
    assert {table["name"] for table in overview["model"]["tables"]} >= {"sessions", "factors", "orders"}
    checkout = [row for row in overview["outcomes"] if row["placement"] == "checkout"]
    assert any(row["clicked"] > 0.9 and row["click_through"] > 0 for row in checkout)


def test_page_and_files_are_served_under_the_policy(service: RunningService) -> None:
    for path, kind in {
        "/admin": "text/html",
        "/admin/": "text/html",
        "/admin/main.js": "javascript",
        "/admin/admin.css": "text/css",
        "/admin/vendor/uPlot.iife.min.js": "javascript",
    }.items():
        answer = requests.get(f"{service.url}{path}", timeout=10)
        assert (answer.status_code, kind in answer.headers["Content-Type"]) == (200, True), path
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        again = requests.get(f"{service.url}{path}", headers={"If-None-Match": answer.headers["ETag"]}, timeout=10)
        assert again.status_code == 304
    for path in ("/admin/none.js", "/admin/../page_headers.py", "/admin/%2e%2e/%2e%2e/__init__.py"):
        request = requests.Request("GET", service.url).prepare()
        request.url = service.url + path  # as it stands: a client would tidy it up
        with requests.Session() as session:
            assert session.send(request, timeout=10).status_code == 404, path


def test_switched_off_there_is_neither(service: RunningService) -> None:
    """In the process's own application: another service would take seconds to start."""
    client = create_app(Settings.from_env({**service.env, "SHELFLIFE_ADMIN": "off"})).test_client()
    for path in ("/admin", "/admin/main.js", "/v1/admin/overview"):
        answer = client.get(path)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found"), path
