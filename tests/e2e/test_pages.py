"""The pages for people and machines: the description, its page, which needs nothing from outside, and the drawings."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from tests.servers import RunningService
from tests.shops import wait_on_every_worker


@pytest.fixture(scope="module")
def page(service: RunningService) -> requests.Response:
    """The page at /docs/."""
    answer = requests.get(f"{service.url}/docs/", timeout=10)
    assert answer.status_code == 200
    return answer


def test_the_page_and_its_files_come_from_the_service(service: RunningService, page: requests.Response) -> None:
    named = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
    assert {urlsplit(name).path.rpartition(".")[2] for name in named} >= {"js", "css", "png"}
    for name in named:
        answer = requests.get(urljoin(page.url, name), timeout=10)
        assert answer.url.startswith(service.url)
        assert (answer.status_code, bool(answer.content)) == (200, True), name
        if name.endswith(".css"):
            assert {*re.findall(r"""url\(["']?(.{5})""", answer.text)} <= {"data:"}
            assert "@import" not in answer.text


def test_the_page_asks_nobody_else(service: RunningService, page: requests.Response) -> None:
    outside = [url for url in re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]+[^\"']*", page.text) if service.url not in url]
    assert outside == []
    # The page's program would otherwise send the address of the description to a public validator.
    assert '"validatorUrl": null' in page.text
    assert '"url": "/openapi.json"' in page.text


def test_the_description_is_served(service: RunningService) -> None:
    answer = requests.get(f"{service.url}/openapi.json", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json()["openapi"].startswith("3.1.")
    assert {"/track-event", "/recommend"} <= answer.json()["paths"].keys()


def test_a_path_out_of_the_pages_folder_leads_nowhere(service: RunningService) -> None:
    for path in ("/docs/../../app/__init__.py", "/docs/%2e%2e/%2e%2e/config.py", "/docs//etc/passwd"):
        request = requests.Request("GET", service.url).prepare()
        request.url = service.url + path  # as it stands: a client would tidy it up
        with requests.Session() as session:
            assert session.send(request, timeout=10).status_code == 404, path


def test_a_drawing_is_an_image_that_stays_what_it_is(service: RunningService) -> None:
    product = {"product_id": "pages-drawn", "name": "Mug & <b>Lid</b>", "category": "Kitchen"}
    assert requests.put(f"{service.url}/v1/products/pages-drawn", json=product, timeout=10).ok
    address = f"{service.url}/sample/images/pages-drawn.svg"
    wait_on_every_worker(service.url, lambda: requests.get(address, timeout=10).ok)
    answer = requests.get(address, timeout=10)
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert "max-age" in answer.headers["Cache-Control"]
    assert "<b>" not in answer.text
    assert requests.get(f"{service.url}/sample/images/pages-none.svg", timeout=10).json()["code"] == "product_not_found"
