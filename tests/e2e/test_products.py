"""Products over HTTP, and how soon every worker knows of a change."""

import time
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.servers import RunningService
from tests.shops import profile_of, recommend, recommended, track, wait_on_every_worker


def shown(url: str, product: str, category: str) -> dict[str, Any]:
    """What an answer shows of a product, empty when it is not in it."""
    picks = recommend(url, category=category, limit=10)["recommendations"]
    found: list[dict[str, Any]] = [pick["product"] for pick in picks if pick["product_id"] == product]
    return found[0] if found else {}


def wait_for_every_worker(url: str, product: str, category: str, expected: dict[str, Any]) -> None:
    """Wait until all workers show a product so; `{}` means not at all."""
    wait_on_every_worker(url, lambda: shown(url, product, category) == expected)


def test_a_product_lives_and_dies_in_every_worker(service: RunningService) -> None:
    address, one, other = f"{service.url}/v1/products/products-1", "Products A", "Products B > C"
    body = {"name": "Kettle", "category": one, "popularity": 0.5, "colour": "red"}
    created = requests.put(address, json=body, timeout=10)
    expected = {"product_id": "products-1", "name": "Kettle", "categories": [one], "popularity": 0.5}
    assert (created.status_code, created.json()) == (201, {**expected, "attributes": {"colour": "red"}})
    wait_for_every_worker(service.url, "products-1", one, {"name": "Kettle", "categories": [one]})

    added = requests.get(address, timeout=10).json()["added"]
    assert abs(added - time.time()) < 60.0
    patched = requests.patch(address, json={"price": "12.50", "categories": [other], "size": 2}, timeout=10)
    expected = {**expected, "categories": [other], "price": 12.5, "attributes": {"colour": "red", "size": 2.0}}
    expected["added"] = added
    assert (patched.status_code, patched.json()) == (200, expected)
    assert requests.get(address, timeout=10).json() == expected
    wait_for_every_worker(service.url, "products-1", one, {})
    changed = {"name": "Kettle", "categories": [other], "price": 12.5}
    for category in (other, "Products B"):
        wait_for_every_worker(service.url, "products-1", category, changed)

    replaced = requests.put(address, json={"name": "Pot", "category": other}, timeout=10)
    assert (replaced.status_code, "price" in replaced.json(), "attributes" in replaced.json()) == (200, False, False)
    wait_for_every_worker(service.url, "products-1", other, {"name": "Pot", "categories": [other]})

    deleted = requests.delete(address, timeout=10)
    assert (deleted.status_code, deleted.content) == (204, b"")
    wait_for_every_worker(service.url, "products-1", other, {})
    assert [requests.request(method, address, timeout=10).status_code for method in ("GET", "DELETE")] == [404, 404]


def test_a_product_that_is_not_available_is_kept_and_not_shown(service: RunningService) -> None:
    address, category = f"{service.url}/v1/products/products-2", "Products D"
    requests.put(address, json={"name": "Cup", "category": category}, timeout=10)
    wait_for_every_worker(service.url, "products-2", category, {"name": "Cup", "categories": [category]})
    requests.patch(address, json={"in_stock": "out of stock"}, timeout=10)
    wait_for_every_worker(service.url, "products-2", category, {})
    assert requests.get(address, timeout=10).json()["available"] is False
    requests.patch(address, json={"available": True}, timeout=10)
    wait_for_every_worker(service.url, "products-2", category, {"name": "Cup", "categories": [category]})


def test_names_with_commas_stay_apart_in_a_summary(service: RunningService) -> None:
    category = "Products E"
    for number, name in enumerate(["Kettle, red", "Pot, blue"]):
        address = f"{service.url}/v1/products/products-e{number}"
        assert requests.put(address, json={"name": name, "category": category}, timeout=10).status_code == 201
        wait_for_every_worker(service.url, f"products-e{number}", category, {"name": name, "categories": [category]})
    track(service.url, [{"user_id": "products-u", "type": "view", "product_id": f"products-e{n}"} for n in (1, 0)])
    summary = profile_of(service.url, "users/products-u")["summary"]
    assert summary == [f"100% of the interest is in {category}, because of Kettle, red; Pot, blue"]


@pytest.mark.parametrize("name", ["products/with/slashes", "products with ünï & ?", "products%2F"])
def test_an_id_may_hold_anything_that_prints(service: RunningService, name: str) -> None:
    address = f"{service.url}/v1/products/{quote(name, safe='')}"
    assert requests.put(address, json={"name": "N"}, timeout=10).json()["product_id"] == name
    assert requests.get(address, timeout=10).json()["name"] == "N"
    assert requests.delete(address, timeout=10).status_code == 204


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
def test_good_products_of_a_batch_are_kept(service: RunningService, media: str) -> None:
    lines = [f'{{"id": "products-{media}", "category": "X"}}', '{"name": "no id"}', '{"id": "q", "price": -1}']
    body = "\n".join(lines) if "nd" in media else f"[{','.join(lines)}]"
    headers = {"Content-Type": media}
    answer = requests.post(f"{service.url}/v1/products/batch", data=body, headers=headers, timeout=10).json()
    assert (answer["accepted"], answer["created"], answer["rejected"]) == (1, 1, 2)
    assert [(error["index"], error["code"]) for error in answer["errors"]] == [
        (1, "missing_product_id"),
        (2, "invalid_price"),
    ]
    again = requests.post(f"{service.url}/v1/products/batch", data=body, headers=headers, timeout=10).json()
    assert (again["accepted"], again["created"]) == (1, 0)


def test_a_change_that_cannot_be_used_changes_nothing(service: RunningService) -> None:
    address = f"{service.url}/v1/products/products-3"
    requests.put(address, json={"name": "Bowl", "price": 3}, timeout=10)
    before = requests.get(address, timeout=10).json()
    bodies: list[dict[str, object]] = [{"price": -1, "name": "Dish"}, {"product_id": "other"}, {"tags": [[]]}]
    for body in bodies:
        assert requests.patch(address, json=body, timeout=10).status_code == 422
    assert requests.get(address, timeout=10).json() == before


def test_events_move_a_product_up(service: RunningService) -> None:
    category = "Products F"
    products = [{"product_id": f"products-f{n}", "category": category, "popularity": 0.5 + n / 1e6} for n in range(2)]
    assert requests.post(f"{service.url}/v1/products/batch", json=products, timeout=10).json()["accepted"] == 2
    order = ["products-f1", "products-f0"]
    wait_on_every_worker(service.url, lambda: recommended(service.url, category=category) == order)
    event = {"event_type": "purchase", "user_id": "products-buyer", "product_id": "products-f0"}
    assert requests.post(f"{service.url}/track-event", json=event, timeout=10).ok
    wait_on_every_worker(service.url, lambda: recommended(service.url, category=category) == order[::-1])
