"""The answer right after an acknowledged event reflects it, whichever worker takes either request."""

import random
import re

import requests

from tests.servers import RunningService

ROUNDS = 1000
CATEGORIES = 40


def test_the_next_recommendation_reflects_the_event(service: RunningService) -> None:
    base = service.url
    products = [
        {"product_id": f"ryw-{n}", "category": f"RYW {n % CATEGORIES}", "popularity": 0.5, "name": f"Product {n}"}
        for n in range(2 * CATEGORIES)
    ]
    assert requests.post(f"{base}/v1/products/batch", json=products, timeout=10).status_code == 200
    _wait_until_listed(base)
    rng = random.Random(11)
    stale = []
    for number in range(ROUNDS):
        user, product = f"ryw-user-{rng.randrange(200)}", products[rng.randrange(len(products))]
        event = {"user_id": user, "product_id": product["product_id"], "event_type": "hide"}
        # New connections, so that the kernel spreads the requests over the workers.
        assert requests.post(f"{base}/track-event", json=event, timeout=10).json()["status"] == "ok"
        asked: dict[str, str | int] = {"user_id": user, "limit": 100, "category": product["category"]}
        hidden = _product_ids(requests.get(f"{base}/recommend", params=asked, timeout=10))
        view = {**event, "event_type": "unhide"}
        assert requests.post(f"{base}/track-event", json=view, timeout=10).json()["status"] == "ok"
        shown = _product_ids(requests.get(f"{base}/recommend", params=asked, timeout=10))
        if product["product_id"] in hidden or product["product_id"] not in shown:
            stale.append(number)
    assert stale == []
    assert _workers(base) >= 2


def test_the_next_recommendation_comes_from_the_viewed_category(service: RunningService) -> None:
    for number in range(50):
        event = {"user_id": f"ryw-fresh-{number}", "product_id": f"ryw-{number}", "event_type": "view"}
        requests.post(f"{service.url}/track-event", json=event, timeout=10)
        answer = requests.get(
            f"{service.url}/recommend", params={"user_id": event["user_id"], "limit": 2}, timeout=10
        ).json()
        assert {pick["reason"]["category"] for pick in answer["recommendations"]} == {f"RYW {number % CATEGORIES}"}


def _product_ids(answer: requests.Response) -> set[str]:
    assert answer.status_code == 200
    return {pick["product_id"] for pick in answer.json()["recommendations"]}


def _wait_until_listed(base: str) -> None:
    """Until several answers in a row, from any worker, know the last product."""
    in_a_row = 0
    for _ in range(2000):
        asked: dict[str, str | int] = {"category": f"RYW {CATEGORIES - 1}", "limit": 5}
        found = _product_ids(requests.get(f"{base}/recommend", params=asked, timeout=10))
        in_a_row = in_a_row + 1 if f"ryw-{2 * CATEGORIES - 1}" in found else 0
        if in_a_row == 30:
            return
    raise AssertionError("the products did not become visible")


def _workers(base: str) -> int:
    """Number of worker processes: each reports the size of its own catalogue."""
    text = requests.get(f"{base}/metrics", timeout=10).text
    return len(set(re.findall(r'shelflife_catalogue_products\{pid="(\d+)"\}', text)))
