"""A browser becomes a known user: over HTTP, with the cookie that the service set."""

import pytest
import requests

from tests.servers import RunningService
from tests.shops import counts_of, profile_of, track

VIEW = {"event_type": "view", "product_id": "p1", "category": "Lamps"}


def test_identify_moves_what_the_cookie_did_to_the_user(service: RunningService) -> None:
    user = "identities-ann"
    track(service.url, {**VIEW, "user_id": user})
    with requests.Session() as browser:
        browser.post(f"{service.url}/track-event", json={**VIEW, "event_id": "v1"}, timeout=10)
        cookie = browser.cookies["shelflife_id"]
        body = {"user_id": user, "traits": {"plan": "gold"}}
        assert browser.post(f"{service.url}/v1/identify", json=body, timeout=10).json()["duplicate"] is False
        assert counts_of(service.url, f"users/{user}") == {"view": 2, "identify": 1}
        # From now on the browser is the user, and what it sent before is not counted again.
        browser.post(f"{service.url}/track-event", json={**VIEW, "event_id": "v1"}, timeout=10)
        browser.post(f"{service.url}/track-event", json={**VIEW, "event_id": "v2"}, timeout=10)
        asked = browser.get(f"{service.url}/recommend", timeout=10).json()
        assert (asked["user_id"], asked["anonymous_id"]) == (None, cookie)
    profile = profile_of(service.url, f"users/{user}")
    assert profile["counts"] == {"view": 3, "identify": 1}
    assert profile["traits"] == {"plan": "gold"}
    assert profile_of(service.url, f"anonymous/{cookie}")["counts"] == profile["counts"]


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/v1/alias", {"user_id": "identities-{n}", "previous_id": "identities-b{n}"}),
        ("/v1/identify", {"userId": "identities-{n}", "anonymousId": "identities-b{n}"}),
        ("/track-event", {"type": "identify", "user_id": "identities-{n}", "anonymous_id": "identities-b{n}"}),
    ],
)
def test_every_entrance_links(service: RunningService, path: str, link: dict[str, str]) -> None:
    number = f"{path.strip('/').replace('/', '-')}"
    body = {name: value.format(n=number) for name, value in link.items()}
    track(service.url, {**VIEW, "anonymous_id": f"identities-b{number}"})
    track(service.url, body, path)
    assert counts_of(service.url, f"users/identities-{number}")["view"] == 1


def test_linking_needs_a_user(service: RunningService) -> None:
    answer = requests.post(f"{service.url}/v1/identify", json={"anonymous_id": "identities-b"}, timeout=10)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "missing_user_id")
    answer = requests.post(f"{service.url}/v1/alias", json={"user_id": "identities-u"}, timeout=10)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "missing_previous_id")


def test_a_cookie_of_another_make_is_not_taken_over(service: RunningService) -> None:
    answer = requests.post(
        f"{service.url}/track-event", json=VIEW, headers={"Cookie": "shelflife_id=a b;evil"}, timeout=10
    )
    assert len(answer.cookies["shelflife_id"]) == 32
