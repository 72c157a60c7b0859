"""The answer right after an acknowledged event reflects it, whichever worker takes either request."""

import random
import re

import pytest
import requests

from tests.servers import RunningService

ROUNDS = 500  # of two events and two answers each
CATEGORIES = 40


@pytest.fixture(scope="module")
def base(service: RunningService) -> str:
    """The service's address, once every worker knows two products in each of this module's categories."""
    products = [{"product_id": _product(n), "category": _category(n), "popularity": 0.5} for n in range(2 * CATEGORIES)]
    answer = requests.post(f"{service.url}/v1/products/batch", json=products, timeout=10)
    assert answer.json()["accepted"] == len(products)
    in_a_row = 0
    for _ in range(2000):
        found = _recommended(service.url, category=_category(CATEGORIES - 1))
        in_a_row = in_a_row + 1 if _product(2 * CATEGORIES - 1) in found else 0
        if in_a_row == 30:
            return service.url
    raise AssertionError("the products did not become visible")


def test_the_next_recommendation_reflects_the_event(base: str) -> None:
    rng = random.Random(11)
    stale = []
    for number in range(ROUNDS):
        user, chosen = f"ryw-user-{rng.randrange(200)}", rng.randrange(2 * CATEGORIES)
        # Each request on a connection of its own, so that the kernel spreads them over the workers.
        _track(base, user, chosen, "hide")
        hidden = _recommended(base, user_id=user, category=_category(chosen))
        _track(base, user, chosen, "unhide")
        shown = _recommended(base, user_id=user, category=_category(chosen))
        if _product(chosen) in hidden or _product(chosen) not in shown:
            stale.append(number)
    assert stale == []
    assert _workers(base) >= 2


def test_the_next_recommendation_comes_from_the_viewed_category(base: str) -> None:
    for number in range(50):
        user = f"ryw-fresh-{number}"
        _track(base, user, number, "view")
        answer = requests.get(f"{base}/recommend", params={"user_id": user, "limit": "2"}, timeout=10).json()
        assert {pick["reason"]["category"] for pick in answer["recommendations"]} == {_category(number)}


def _product(number: int) -> str:
    return f"ryw-{number}"


def _category(number: int) -> str:
    return f"RYW {number % CATEGORIES}"


def _track(base: str, user: str, number: int, kind: str) -> None:
    event = {"user_id": user, "product_id": _product(number), "event_type": kind}
    answer = requests.post(f"{base}/track-event", json=event, timeout=10)
    assert (answer.status_code, answer.json()["duplicate"]) == (200, False)


def _recommended(base: str, **asked: str) -> set[str]:
    answer = requests.get(f"{base}/recommend", params={**asked, "limit": "100"}, timeout=10)
    assert answer.status_code == 200
    return {pick["product_id"] for pick in answer.json()["recommendations"]}


def _workers(base: str) -> int:
    """Number of worker processes: each reports the size of its own catalogue."""
    text = requests.get(f"{base}/metrics", timeout=10).text
    return len(set(re.findall(r'shelflife_catalogue_products\{pid="(\d+)"\}', text)))
