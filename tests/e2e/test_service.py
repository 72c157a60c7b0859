"""What all routes have in common: request ids, problems, health, metrics, logs, and who may call from elsewhere."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
import requests

from app.version import VERSION
from tests.servers import PATIENT, RunningService
from tests.shops import wait_for_workers, wait_on_every_worker

SHOP = "https://www.shop.example"
TRACK, RECOMMEND = "/track-event", "/recommend"
BIG = {"event_type": "view", "user_id": "service-u", "product_id": "p", "note": "x" * 40_000}
DEEP = b'{"a":' * 10_000 + b"1" + b"}" * 10_000


@pytest.fixture(scope="module")
def strict_shop(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    """A service that pages of one other origin may call, and that logs every request."""
    service = start_service(**PATIENT, SHELFLIFE_CORS_ORIGINS=f"{SHOP}, https://two.example", LOG_LEVEL="debug")
    yield service
    service.stop()


def chunks(size: int) -> Iterator[bytes]:
    """A body whose length is not told beforehand."""
    yield b'{"note":"'
    yield from (b"x" * 10_000 for _ in range(size // 10_000))
    yield b'"}'


PROBLEMS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("POST", TRACK, {"data": b"{"}, 400, "invalid_json"),
    ("POST", TRACK, {"data": b"\xff\xfe"}, 400, "invalid_json"),
    ("POST", TRACK, {"data": DEEP}, 400, "invalid_json"),
    ("POST", TRACK, {"data": b"  "}, 400, "empty_body"),
    ("POST", TRACK, {"data": b"x", "headers": {"Content-Encoding": "gzip"}}, 400, "invalid_gzip"),
    ("POST", RECOMMEND, {"data": b"nonsense"}, 400, "invalid_json"),
    ("PUT", "/v1/products/service-p", {"data": b""}, 400, "invalid_json"),
    ("GET", "/nowhere", {}, 404, "not_found"),
    ("GET", "/v1/users/service-nobody", {}, 404, "visitor_not_found"),
    ("GET", "/v1/anonymous/service-nobody", {}, 404, "visitor_not_found"),
    ("GET", "/v1/products/service-none", {}, 404, "product_not_found"),
    ("PATCH", "/v1/products/service-none", {"json": {"price": 1}}, 404, "product_not_found"),
    ("DELETE", "/v1/products/service-none", {}, 404, "product_not_found"),
    ("GET", TRACK, {}, 405, "method_not_allowed"),
    ("DELETE", RECOMMEND, {}, 405, "method_not_allowed"),
    ("PUT", "/v1/products/service-p/similar", {"json": {}}, 405, "method_not_allowed"),
    ("DELETE", "/v1/products/service-p/bought-together", {}, 405, "method_not_allowed"),
    ("POST", "/v1/trending", {}, 405, "method_not_allowed"),
    ("POST", TRACK, {"data": b"x" * 1_000_001}, 413, "body_too_large"),
    ("POST", TRACK, {"data": gzip.compress(b" " * 1_000_001, mtime=0)}, 413, "body_too_large"),
    ("POST", RECOMMEND, {"data": b"x" * 1_000_001}, 413, "body_too_large"),
    ("POST", TRACK, {"json": BIG}, 413, "event_too_large"),
    ("POST", TRACK, {"json": [{}] * 1001}, 413, "too_many_events"),
    ("POST", TRACK, {"data": b"<a/>", "headers": {"Content-Type": "text/xml"}}, 415, "unsupported_media_type"),
    ("POST", TRACK, {"data": b"{}", "headers": {"Content-Encoding": "br"}}, 415, "unsupported_media_type"),
    ("POST", TRACK, {"json": {"event_type": "view"}}, 422, "events_rejected"),
    ("POST", TRACK, {"json": 7}, 422, "events_rejected"),
    ("POST", f"{TRACK}?strict=perhaps", {"json": [{}]}, 422, "invalid_strict"),
    ("POST", f"{TRACK}?strict=perhaps", {"json": []}, 422, "invalid_strict"),
    ("POST", RECOMMEND, {"json": []}, 422, "invalid_body"),
    ("GET", f"{RECOMMEND}?limit=0", {}, 422, "invalid_limit"),
    ("GET", f"{RECOMMEND}?explain=perhaps", {}, 422, "invalid_explain"),
    ("GET", f"{RECOMMEND}?strategy=best", {}, 422, "invalid_strategy"),
    ("POST", RECOMMEND, {"json": {"diversity": 2}}, 422, "invalid_diversity"),
    ("GET", "/v1/products/service-none/similar", {}, 404, "product_not_found"),
    ("GET", "/v1/products/service-none/bought-together", {}, 404, "product_not_found"),
    ("GET", "/v1/trending?limit=0", {}, 422, "invalid_limit"),
    ("GET", "/v1/popular?limit=", {}, 422, "invalid_limit"),
    ("GET", "/v1/new?explain=perhaps", {}, 422, "invalid_explain"),
    ("GET", f"/v1/trending?category={'x' * 2000}", {}, 422, "invalid_category"),
    ("GET", "/v1/events/recent?limit=some", {}, 422, "invalid_limit"),
    ("GET", "/v1/users/service-nobody?at=yesterday", {}, 422, "invalid_at"),
    ("PUT", "/v1/products/service-p", {"json": {"price": "much"}}, 422, "invalid_price"),
    ("PUT", "/v1/products/service-p", {"json": {"product_id": "q"}}, 422, "product_id_mismatch"),
    ("POST", "/v1/products/batch", {"json": [{"name": "no id"}]}, 422, "events_rejected"),
]


@pytest.mark.parametrize(("method", "path", "options", "status", "code"), PROBLEMS, ids=lambda v: str(v)[:40])
def test_problems_have_one_shape(
    service: RunningService, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    answer = requests.request(method, f"{service.url}{path}", timeout=10, **options)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"urn:shelflife:problem:{code}"
    assert (problem["title"], problem["status"]) == (HTTPStatus(status).phrase, status)
    assert problem["instance"] == path.partition("?")[0]
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert problem["detail"]
    assert ("Allow" in answer.headers) == (status == 405)
    assert ("field" in problem) == (
        code.startswith("invalid_") and status == 422 and code != "invalid_body" or "mismatch" in code
    )


def test_a_body_of_unknown_length_is_held_to_the_limit(service: RunningService) -> None:
    answer = requests.post(f"{service.url}{TRACK}", data=chunks(1_100_000), timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    answer = requests.post(f"{service.url}{RECOMMEND}", data=chunks(10_000), timeout=10)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("given", "kept"), [("a.B:c_d-9", True), ("x" * 128, True), ("x" * 129, False), ("a b", False)]
)
def test_a_request_id_is_taken_over_or_made(service: RunningService, given: str, kept: bool) -> None:
    answers = [
        requests.get(f"{service.url}{path}", headers={"X-Request-ID": given}, timeout=10)
        for path in ("/livez", "/nowhere", RECOMMEND)
    ]
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert (ids == [given] * 3) == kept
    assert len(set(ids)) == (1 if kept else 3)
    assert answers[1].json()["request_id"] == ids[1]


def test_health_and_version(service: RunningService) -> None:
    def knows_the_model() -> bool:
        return bool(requests.get(f"{service.url}/readyz", timeout=10).json()["checks"]["model"] == "ok")

    wait_on_every_worker(service.url, knows_the_model)
    bodies = {
        path: requests.get(f"{service.url}{path}", timeout=10).json() for path in ("/livez", "/readyz", "/healthz")
    }
    everything = {"status": "ok", "checks": {"catalogue": "ok", "kernels": "ok", "model": "ok", "store": "ok"}}
    assert bodies == {"/livez": {"status": "ok"}, "/readyz": everything, "/healthz": everything}
    version = requests.get(f"{service.url}/version", timeout=10)
    assert version.json() == {"name": "shelflife", "version": VERSION}
    assert version.headers["Cache-Control"] == "no-store"


def test_metrics_are_those_of_all_workers(service: RunningService) -> None:
    def answered() -> float:
        text = requests.get(f"{service.url}/metrics", timeout=10).text
        found = re.search(r'^shelflife_http_requests_total\{.*route="/version",status="200"\} (\S+)$', text, re.M)
        return float(found[1]) if found else 0.0

    wait_for_workers(service.url)
    before = answered()
    for _ in range(40):  # each on a connection of its own, so that the kernel spreads them over the workers
        requests.get(f"{service.url}/version", timeout=10)
    assert {answered() for _ in range(20)} == {before + 40}
    text = requests.get(f"{service.url}/metrics", timeout=10)
    assert text.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert len(set(re.findall(r'shelflife_catalogue_products\{pid="(\d+)"\}', text.text))) == 2
    assert f'shelflife_build_info{{version="{VERSION}"}} 1.0' in text.text


def test_a_page_of_a_named_origin_may_call(strict_shop: RunningService) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = requests.options(f"{strict_shop.url}{TRACK}", headers=asked, timeout=10)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == SHOP
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"].lower() == "content-type"
    for body, status in (({"event_type": "page"}, 200), ({}, 422)):
        answer = requests.post(f"{strict_shop.url}{TRACK}", json=body, headers={"Origin": SHOP}, timeout=10)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, SHOP)
        assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
        assert "Origin" in answer.headers["Vary"]


def test_what_the_sdk_does_from_another_origin_needs_no_preflight(strict_shop: RunningService) -> None:
    told = {"events": [{"event_type": "view", "product_id": "service-cors", "anonymous_id": "service-cors"}]}
    asked = {"anonymous_id": "service-cors", "limit": 2}
    plain = {"Origin": SHOP, "Content-Type": "text/plain;charset=UTF-8"}
    for path, body in ((TRACK, told), (RECOMMEND, asked), ("/v1/popular?limit=2", None)):
        answer = requests.request(
            "POST" if body else "GET",
            strict_shop.url + path,
            data=json.dumps(body) if body else None,
            headers=plain if body else {"Origin": SHOP},
            timeout=10,
        )
        assert answer.status_code == 200, path
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    seen = requests.get(f"{strict_shop.url}/v1/anonymous/service-cors", timeout=10).json()
    assert [item["product_id"] for item in seen["profile"]["recent"]] == ["service-cors"]


@pytest.mark.parametrize("path", [RECOMMEND, "/v1/identify", "/v1/alias"])
def test_json_from_another_origin_is_let_through_by_its_preflight(strict_shop: RunningService, path: str) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = requests.options(strict_shop.url + path, headers=asked, timeout=10)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (200, SHOP)
    assert preflight.headers["Access-Control-Allow-Headers"].lower() == "content-type"


def test_the_sdk_is_for_pages_of_every_origin(strict_shop: RunningService) -> None:
    for origin in (SHOP, "https://evil.example"):
        answer = requests.get(f"{strict_shop.url}/sdk/v1/shelflife.min.js", headers={"Origin": origin}, timeout=10)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")


@pytest.mark.parametrize("origin", ["https://evil.example", f"{SHOP}.evil.example", "http://www.shop.example", "null"])
def test_other_origins_are_not_named(strict_shop: RunningService, service: RunningService, origin: str) -> None:
    for url in (strict_shop.url, service.url):
        answer = requests.get(f"{url}{RECOMMEND}", headers={"Origin": origin}, timeout=10)
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_every_request_is_a_line_of_json_with_its_id(strict_shop: RunningService) -> None:
    for path, status in (("/version", 200), ("/nowhere", 404)):
        requests.get(f"{strict_shop.url}{path}", headers={"X-Request-ID": f"log{status}"}, timeout=10)
        (line,) = [json.loads(text) for text in strict_shop.log.splitlines() if f'"log{status}"' in text]
        assert (line["event"], line["status"], line["request_id"]) == ("request", status, f"log{status}")
        assert (line["method"], line["route"]) == ("GET", path if status == 200 else "unmatched")
        assert line["level"] == ("debug" if status == 200 else "info")
        assert line["ms"] >= 0 and line["timestamp"].endswith("Z")
