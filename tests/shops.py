"""Services with a catalogue of the test's own, and short ways of asking them."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import requests

from tests.processes import wait_until
from tests.servers import PATIENT, RunningService

VISIBLE_SECONDS = 5.0


def open_shop(
    start_service: Callable[..., RunningService], products: Sequence[dict[str, Any]], **env: str
) -> Iterator[RunningService]:
    """For a fixture: a service whose workers all know these products, stopped after its last test."""
    service = start_service(**{**PATIENT, **env})
    assert track(service.url, products, "/v1/products/batch")["accepted"] == len(products)
    wait_until(lambda: catalogue_sizes(service.url) == [len(products)] * 2)
    yield service
    service.stop()


def catalogue_sizes(url: str) -> list[int]:
    """Number of available products that each worker knows."""
    text = requests.get(f"{url}/metrics", timeout=10).text
    return [int(float(size)) for size in re.findall(r"^shelflife_catalogue_products\{pid=\S+ (\S+)$", text, re.M)]


def recommend(url: str, **fields: Any) -> dict[str, Any]:
    """The answer of `POST /recommend`."""
    answer = requests.post(f"{url}/recommend", json=fields, timeout=10)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def recommended(url: str, **fields: Any) -> list[str]:
    """The ids of the recommended products, best first."""
    return [pick["product_id"] for pick in recommend(url, **fields)["recommendations"]]


def track(url: str, body: object, path: str = "/track-event", **options: Any) -> dict[str, Any]:
    """The answer to events, or what else `path` takes, that are accepted."""
    answer = requests.post(f"{url}{path}", json=body, timeout=10, **options)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def profile_of(url: str, visitor: str) -> dict[str, Any]:
    """What is known of `users/ann` or `anonymous/b1`; empty for a stranger."""
    answer = requests.get(f"{url}/v1/{visitor}", timeout=10)
    assert answer.status_code in (200, 404), answer.text
    return answer.json() if answer.status_code == 200 else {}


def counts_of(url: str, visitor: str) -> dict[str, int]:
    """Number of events by type in a profile."""
    found: dict[str, int] = profile_of(url, visitor).get("counts", {})
    return found


def wait_for_workers(url: str) -> None:
    """Wait until both workers run: a service is ready as soon as the first one is."""
    wait_until(lambda: len(catalogue_sizes(url)) == 2)


def wait_on_every_worker(url: str, ask: Callable[[], bool]) -> None:
    """Wait until `ask` is true, whichever worker answers. Each request is on a connection of its own."""
    wait_for_workers(url)
    # One worker alone may answer some in a row, but hardly so many.
    wait_until(lambda: all(ask() for _ in range(60)), VISIBLE_SECONDS)
