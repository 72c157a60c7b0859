"""The bodies and the example of the documents that the service implements, as they stand, over HTTP."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.examples import DOCUMENTS, SEVEN_PRODUCTS
from tests.servers import RunningService
from tests.shops import counts_of, open_shop, profile_of, recommend, recommended, track

SESSION = [105, 106, 107]
BY_POPULARITY = ["101", "106", "102", "104", "105"]


@pytest.fixture(scope="module")
def plain(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    """The seven products, ranked by popularity alone within the interested categories (g = 0)."""
    yield from open_shop(start_service, SEVEN_PRODUCTS, SHELFLIFE_INTEREST_EXPONENT="0")


@pytest.fixture(scope="module")
def weighted(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    """The seven products with the default g."""
    yield from open_shop(start_service, SEVEN_PRODUCTS)


@pytest.mark.parametrize("body", DOCUMENTS[:2], ids=str)
def test_an_event_without_a_user_is_that_of_a_browser_with_a_cookie(
    service: RunningService, body: dict[str, Any]
) -> None:
    with requests.Session() as browser:
        first = browser.post(f"{service.url}/track-event", json=body, timeout=10)
        assert (first.status_code, first.json()["duplicate"]) == (200, False)
        attributes = {part.strip().partition("=")[0] for part in first.headers["Set-Cookie"].split(";")}
        assert {"shelflife_id", "HttpOnly", "Max-Age", "Path", "SameSite"} <= attributes
        visitor = f"anonymous/{browser.cookies['shelflife_id']}"
        assert counts_of(service.url, visitor) == {body["eventType"]: 1}
        second = browser.post(f"{service.url}/track-event", json=body, timeout=10)
        assert "Set-Cookie" not in second.headers
    assert counts_of(service.url, visitor) == {body["eventType"]: 2}


def test_visitors_without_a_cookie_are_different_ones(service: RunningService) -> None:
    answers = [requests.post(f"{service.url}/track-event", json=DOCUMENTS[0], timeout=10) for _ in range(2)]
    assert len({answer.cookies["shelflife_id"] for answer in answers}) == 2


@pytest.mark.parametrize("body", DOCUMENTS[2:], ids=str)
def test_an_event_of_a_user_is_in_their_profile(service: RunningService, body: dict[str, Any]) -> None:
    product, kind = str(body.get("product_id", body.get("item_id"))), body.get("interaction_type", "rating")
    before = counts_of(service.url, "users/1")
    answer = requests.post(f"{service.url}/track-event", json=body, timeout=10)
    assert (answer.status_code, answer.json()["status"], "Set-Cookie" in answer.headers) == (200, "ok", False)
    profile = profile_of(service.url, "users/1")
    assert profile["counts"] == {**before, kind: before.get(kind, 0) + 1}
    assert (product, kind) in {(met["product_id"], met["type"]) for met in profile["recent"]}


def test_the_rating_is_kept_with_its_time(service: RunningService) -> None:
    track(service.url, {**DOCUMENTS[3], "user_id": "documents-rater"})
    (rating,) = profile_of(service.url, "users/documents-rater")["ratings"]
    assert rating == {"product_id": "101", "timestamp": 1_795_176_000.0, "value": 0.5}


@pytest.mark.parametrize(
    "session",
    [
        SESSION,
        [str(product) for product in SESSION],
        "105,106,107",
        [{"eventType": "view", "productId": product} for product in SESSION],
        [{"product_id": product, "interaction_type": "view"} for product in SESSION],
        [{"user_id": 1, "item_id": product, "action_type": "view"} for product in SESSION],
        {"views": SESSION},
        {"viewed_products": SESSION},
        {"events": [{"event_type": "view", "product_id": product} for product in SESSION]},
    ],
    ids=str,
)
def test_session_data_gives_the_order_of_the_documents(plain: RunningService, session: object) -> None:
    assert recommended(plain.url, user_id=2, session_data=session, limit=5) == BY_POPULARITY
    query = {"user_id": "2", "limit": "5", "session_data": session if isinstance(session, str) else json.dumps(session)}
    answer = requests.get(f"{plain.url}/recommend", params=query, timeout=10).json()
    assert [pick["product_id"] for pick in answer["recommendations"]] == BY_POPULARITY


def test_a_tracked_view_joins_the_interests(plain: RunningService, weighted: RunningService) -> None:
    for shop in (plain, weighted):
        assert "Clothing" not in shares(recommend(shop.url, user_id=1, session_data=SESSION, limit=7))
        track(shop.url, DOCUMENTS[2])
        assert "Clothing" in shares(recommend(shop.url, user_id=1, session_data=SESSION, limit=7, explain=True))
    assert recommended(plain.url, user_id=1, session_data=SESSION, limit=5) == BY_POPULARITY


@pytest.mark.parametrize("how", ["all told", "all tracked", "the last tracked"])
def test_after_a_view_of_103_it_enters_the_five(weighted: RunningService, how: str) -> None:
    user = f"documents {how}"
    views = {"all told": [], "all tracked": [*SESSION, 103], "the last tracked": [103]}[how]
    session = {"all told": [*SESSION, 103], "all tracked": [], "the last tracked": SESSION}[how]
    for product in views:
        track(weighted.url, {"user_id": user, "product_id": product, "interaction_type": "view"})
    assert "103" in recommended(weighted.url, user_id=user, limit=5, session_data=session)


def test_the_shares_are_those_of_the_worked_example(weighted: RunningService) -> None:
    """docs/recommendations.md."""

    def shares_of(user: str, session: list[int]) -> dict[str, float]:
        return shares(recommend(weighted.url, user_id=user, session_data=session, limit=7, explain=True))

    three = {"Home": 0.3950, "Electronics": 0.3265, "Toys": 0.2785}
    assert shares_of("documents-worked", SESSION) == pytest.approx(three, abs=1e-4)
    track(weighted.url, {"user_id": "documents-worked", "product_id": 103, "interaction_type": "view"})
    assert shares_of("documents-worked", SESSION)["Clothing"] == pytest.approx(0.4618, abs=0.002)


def test_a_stranger_gets_popular_products(plain: RunningService) -> None:
    answer = recommend(plain.url, user_id="documents-nobody", limit=5)
    assert answer["fallback"] == "popular"
    assert [pick["product_id"] for pick in answer["recommendations"]] == BY_POPULARITY


def shares(answer: dict[str, Any]) -> dict[str, float]:
    """The interests that the answer is because of, with their shares where it explains them."""
    picks = [pick for pick in answer["recommendations"] if pick["reason"]["code"] == "category_affinity"]
    return {pick["reason"]["category"]: pick.get("explanation", {}).get("interest_share", 0.0) for pick in picks}
