"""Lists of products and categories over HTTP, as pages ask for them, and the addresses of the shop's own page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.servers import RunningService
from tests.shops import open_shop, wait_on_every_worker

MUGS = "Kitchen > Mugs"
PRODUCTS = [
    {"product_id": "mug-1", "name": "Crème Mug", "category": MUGS, "brand": "One", "price": 9, "score": 0.9},
    {"product_id": "mug-2", "name": "Blue Mug", "category": MUGS, "brand": "Two", "price": 5, "score": 0.5},
    {"product_id": "pan-1", "name": "Iron Pan", "category": "Kitchen > Pans", "brand": "Two", "popularity": 0.7},
    {"product_id": "ball-1", "name": "Ball", "category": "Sports", "price": 20, "popularity": 0.1},
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    yield from open_shop(start_service, PRODUCTS)


def listed(shop: RunningService, **query: Any) -> tuple[int, list[str]]:
    """How many there are, and the ids of those that are shown."""
    answer = requests.get(f"{shop.url}/v1/products", params=query, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()["total"], [product["product_id"] for product in answer.json()["products"]]


@pytest.mark.parametrize(
    ("query", "total", "ids"),
    [
        ({}, 4, ["mug-1", "pan-1", "mug-2", "ball-1"]),
        ({"limit": 2, "offset": 1}, 4, ["pan-1", "mug-2"]),
        ({"offset": 9}, 4, []),
        ({"category": "Kitchen", "sort": "price"}, 3, ["mug-2", "mug-1", "pan-1"]),
        ({"category": "Kitchen", "sort": "-price"}, 3, ["mug-1", "mug-2", "pan-1"]),
        ({"sort": "name"}, 4, ["ball-1", "mug-2", "mug-1", "pan-1"]),
        ({"brand": ["One", "None such"]}, 1, ["mug-1"]),
        ({"brand": "Two", "category": "Kitchen > Mugs"}, 1, ["mug-2"]),
        ({"min_price": 6, "max_price": "20"}, 2, ["mug-1", "ball-1"]),
        ({"ids": "ball-1,none,mug-2"}, 2, ["ball-1", "mug-2"]),
    ],
)
def test_a_list_is_of_what_is_asked(shop: RunningService, query: dict[str, Any], total: int, ids: list[str]) -> None:
    assert listed(shop, **query) == (total, ids)


def test_words_find_what_has_all_of_them_or_begins_so(shop: RunningService) -> None:
    expected = {"MUG": ["mug-1", "mug-2"], "creme": ["mug-1"], "ir pan two": ["pan-1"], "iron mug": []}
    wait_on_every_worker(shop.url, lambda: {words: listed(shop, q=words)[1] for words in expected} == expected)


def test_a_product_is_shown_as_the_catalogue_has_it(shop: RunningService) -> None:
    answer = requests.get(f"{shop.url}/v1/products", params={"category": "Kitchen > Mugs", "facets": "1"}, timeout=10)
    body = answer.json()
    shown = {"product_id": "mug-1", "name": "Crème Mug", "categories": ["Kitchen > Mugs"], "brand": "One", "price": 9.0}
    assert body["products"][0] == shown
    brands = [{"name": "One", "products": 1}, {"name": "Two", "products": 1}]
    assert {**body["facets"], "brands": sorted(body["facets"]["brands"], key=lambda brand: brand["name"])} == {
        "brands": brands,
        "min_price": 5.0,
        "max_price": 9.0,
    }
    assert answer.headers["Cache-Control"] == "public, max-age=2"


def test_categories_are_counted_with_what_is_below_them(shop: RunningService) -> None:
    categories = requests.get(f"{shop.url}/v1/categories", timeout=10).json()["categories"]
    counts = {"Kitchen": 3, "Kitchen > Mugs": 2, "Kitchen > Pans": 1, "Sports": 1}
    assert categories == [{"name": name, "products": count} for name, count in counts.items()]


def test_a_category_that_there_is_not_is_an_empty_list_and_a_warning(shop: RunningService) -> None:
    body = requests.get(f"{shop.url}/v1/products?category=Kitchens", timeout=10).json()
    assert (body["total"], body["products"], body["warnings"][0]["code"]) == (0, [], "unknown_category")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("sort=cheap", "invalid_sort"),
        ("min_price=-1", "invalid_min_price"),
        ("max_price=many", "invalid_max_price"),
        ("min_price=3&max_price=2", "invalid_max_price"),
        ("limit=0", "invalid_limit"),
        ("offset=-1", "invalid_offset"),
        ("facets=perhaps", "invalid_facets"),
        ("q=" + "x" * 1025, "invalid_q"),
        ("&".join(["brand=a"] * 21), "invalid_brand"),
        ("ids=" + ",".join(["a"] * 101), "invalid_ids"),
    ],
)
def test_what_cannot_be_used_is_refused(shop: RunningService, query: str, code: str) -> None:
    answer = requests.get(f"{shop.url}/v1/products?{query}", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_single_products_are_where_they_were(shop: RunningService) -> None:
    assert requests.get(f"{shop.url}/v1/products/mug-1", timeout=10).json()["name"] == "Crème Mug"
    assert requests.post(f"{shop.url}/v1/products/batch", json=[PRODUCTS[0]], timeout=10).json()["accepted"] == 1


@pytest.mark.parametrize("path", ["/", "/c/Kitchen/Mugs", "/p/mug-1", "/p/a%2Fb", "/cart", "/checkout", "/wishlist"])
def test_every_address_of_the_shop_is_its_page(shop: RunningService, path: str) -> None:
    answer = requests.get(shop.url + path, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert 'src="/sdk/v1/shelflife.min.js"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;")
    assert "unsafe" not in policy


def test_a_file_that_a_browser_has_is_not_sent_again(shop: RunningService) -> None:
    address = f"{shop.url}/shop/main.js"
    first = requests.get(address, timeout=10)
    assert (first.status_code, first.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    again = requests.get(address, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")


def test_no_path_leads_out_of_the_shops_folder(shop: RunningService) -> None:
    for path in ("/shop/../../config.py", "/shop/%2e%2e/sdk/version.json", "/shop//etc/passwd", "/shop/none.js"):
        request = requests.Request("GET", shop.url).prepare()
        request.url = shop.url + path  # as it stands: a client would tidy it up
        with requests.Session() as session:
            assert session.send(request, timeout=10).status_code == 404, path


def test_addresses_of_the_samples_products_lead_to_the_shop(shop: RunningService) -> None:
    answer = requests.get(f"{shop.url}/products/p0001", timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/p/p0001")
