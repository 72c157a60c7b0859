"""SDK and widget on a page of another origin, under `default-src 'none'` and the documented directives alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browsers import need_chromium, run_script
from tests.listeners import StreamProcess
from tests.servers import RunningService, free_port
from tests.shops import open_shop, profile_of


@pytest.fixture(scope="module")
def page_port() -> int:
    """Where the page will be."""
    return free_port()


@pytest.fixture(scope="module")
def shop(start_service: Callable[..., RunningService], page_port: int) -> Iterator[RunningService]:
    """A service that pages of `page_port` may ask, with lamps and mugs."""
    port = free_port()
    products = [
        {
            "product_id": f"{kind.lower()}-{n}",
            "name": f"{kind} {n}",
            "category": f"{kind}s",
            "price": n,
            "image_url": f"http://127.0.0.1:{port}/shop/mark.svg",
        }
        for kind in ("Lamp", "Mug")
        for n in range(1, 8)
    ]
    origin = f"http://127.0.0.1:{page_port}"
    yield from open_shop(start_service, products, PORT=str(port), SHELFLIFE_CORS_ORIGINS=origin)


@pytest.fixture(scope="module")
def found(shop: RunningService, page_port: int) -> Any:
    """What tests/browser/strict_page.mjs saw, and what the service has of the page's visitor since."""
    need_chromium()
    stream = StreamProcess(shop)
    stream.start()
    try:
        seen = run_script("strict_page.mjs", shop.url, str(page_port))
    finally:
        stream.stop()
    return seen | {"profile": profile_of(shop.url, f"anonymous/{seen['visitor']}")}


def test_nothing_is_blocked_but_what_has_no_nonce(found: Any) -> None:
    assert (found["blocked"], found["isForbidden"]) == (["script-src-elem"], False)


def test_what_the_visitor_does_arrives(found: Any) -> None:
    counts = found["profile"]["counts"]
    assert (counts["view"], counts["click"], counts["add_to_cart"]) == (1, 1, 3)
    assert found["refused"] == []


def test_what_is_seen_and_clicked_names_its_recommendation(found: Any) -> None:
    told = [event for event in found["events"] if event["event_type"] in ("impression", "click")]
    assert {event["event_type"] for event in told} == {"impression", "click"}
    assert all(event["recommendation_id"].startswith("rec_") for event in told)


def test_what_the_visitor_does_elsewhere_is_pushed(found: Any) -> None:
    before, after = (sum(pick.startswith("mug") for pick in found[name]) for name in ("before", "after"))
    assert before < after
    assert "/recommend" not in found["asked"]


def test_products_are_shown_with_price_reason_and_picture(found: Any) -> None:
    name, price, reason = found["text"].split("\n")
    assert name.startswith(("Lamp ", "Mug "))
    assert price.startswith("€")
    assert reason
    assert found["pictures"] > 0


def test_a_link_is_named_by_what_it_shows(found: Any) -> None:
    assert found["heard"] == '- button "{}"'.format(found["text"].replace("\n", " "))


def test_no_errors_and_no_barriers(found: Any) -> None:
    assert found["errors"] == found["barriers"] == []
