"""The learner beside the web workers, all of them real processes: what one visitor does changes what others see."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from app import processes
from app.serve import FLASK
from learner.model import SNAPSHOTS
from profiles.keys import Keyspace
from recommender.from_sessions import ENOUGH_SESSIONS
from recommender.learner_status import load_status
from recommender.model_reader import ModelReader
from recommender.popularity_tables import VIEWS
from tests.processes import children_of, is_alive, wait_until
from tests.servers import ROOT, RunningService
from tests.shops import open_shop, recommend, track, wait_on_every_worker

SHELVES = ("Tents", "Lamps", "Stoves", "Mats")
PRODUCTS = [
    {"product_id": f"{shelf[0].lower()}{n}", "category": shelf, "popularity": (n + 1) / 100}
    for shelf in SHELVES
    for n in range(8)
]
VISITORS = count()


@pytest.fixture(scope="module")
def new_shop(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    """Products on four shelves, and nobody who looked at any."""
    yield from open_shop(start_service, PRODUCTS)


@pytest.fixture(scope="module")
def shop(new_shop: RunningService) -> RunningService:
    """Enough visitors went from tent t0 to lamp l0 for the index to be asked."""
    for _ in range(ENOUGH_SESSIONS):
        visit(new_shop.url, "t0", "l0")
    visit(new_shop.url, "s0", "s1")
    wait_on_every_worker(new_shop.url, lambda: "l0" in sources_by_product(similar(new_shop.url, "t0")))
    return new_shop


@pytest.fixture
def own_shop(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    """A service of the test's own, to do harm to."""
    yield from open_shop(start_service, PRODUCTS)


def visit(url: str, *products: str, kind: str = "view") -> None:
    """A new visitor who does that with these products."""
    user = f"learner-{next(VISITORS)}"
    track(url, [{"user_id": user, "event_type": kind, "product_id": product} for product in products])


def read(url: str, path: str, **query: object) -> dict[str, Any]:
    answer = requests.get(f"{url}{path}", params={key: str(value) for key, value in query.items()}, timeout=10)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def similar(url: str, product: str) -> dict[str, Any]:
    return read(url, f"/v1/products/{product}/similar", limit=20)


def sources_by_product(answer: dict[str, Any]) -> dict[str, set[str]]:
    """Products that the sessions of others speak for, with all that does."""
    personal = {"popular", "category_popularity", "category_top", "similar_content"}
    picks = {pick["product_id"]: {*pick["sources"]} for pick in answer["recommendations"]}
    return {product: sources for product, sources in picks.items() if not sources <= personal}


def learnt(service: RunningService) -> int:
    """Entries that the learner has learnt from since it started."""
    status = load_status(model_of(service))
    return 0 if status is None else status.learnt


def model_of(service: RunningService) -> Path:
    return service.folder / "model" / service.settings.key_prefix


def views_of(service: RunningService, product: str) -> int:
    """How often the model has seen a product viewed."""
    reader = ModelReader(model_of(service))
    reader.follow()
    if reader.view is None:  # the learner is still making it
        return 0
    number = reader.view.products.find(product)
    return int(reader.view.tables.popularity.counts[number, VIEWS]) if number >= 0 else 0


def metrics_of(service: RunningService) -> str:
    return requests.get(f"{service.url}/metrics", timeout=10).text


def end_learner(service: RunningService, number: signal.Signals) -> int:
    """Its exit code."""
    learner = service.children.pop(0)
    learner.send_signal(number)
    return learner.wait(60)


def start_learner(service: RunningService) -> None:
    (model_of(service) / "learner.json").unlink(missing_ok=True)  # what the one before it said
    with (service.folder / "service.log").open("ab") as log:
        learner = processes.spawn([*FLASK, "learn"], env=service.env, output=log, cwd=ROOT)
    service.children.insert(0, learner)
    wait_until(lambda: load_status(model_of(service)) is not None)


def test_what_goes_with_a_product_is_learnt_from_one_visitor(shop: RunningService) -> None:
    assert "l1" not in sources_by_product(similar(shop.url, "t0"))
    visit(shop.url, "t0", "l1")
    wait_on_every_worker(shop.url, lambda: "l1" in sources_by_product(similar(shop.url, "t0")))
    answer = similar(shop.url, "t0")
    assert (answer["strategy"], answer["user_id"], answer["fallback"]) == ("similar", None, None)
    reason = next(pick["reason"] for pick in answer["recommendations"] if pick["product_id"] == "l1")
    assert reason["because"] == ["t0"]


@pytest.mark.parametrize(("strategy", "product"), [("hybrid", "l2"), ("session_knn", "l3"), ("co_view", "l4")])
def test_another_visitor_is_shown_it(shop: RunningService, strategy: str, product: str) -> None:
    asked = {"user_id": f"learner-asks-{strategy}", "session_data": ["t0"], "strategy": strategy, "limit": 20}
    assert product not in sources_by_product(recommend(shop.url, **asked))
    visit(shop.url, "t0", product)
    wait_on_every_worker(shop.url, lambda: product in sources_by_product(recommend(shop.url, **asked)))
    answer = recommend(shop.url, **asked)
    assert (answer["strategy"], answer["degraded"], answer["fallback"]) == (strategy, False, None)
    if strategy != "hybrid":
        assert sources_by_product(answer)[product] == {strategy}


def test_what_is_wanted_just_now_is_trending(shop: RunningService) -> None:
    def hot(**query: object) -> list[str]:
        picks = read(shop.url, "/v1/trending", limit=20, **query)["recommendations"]
        return [pick["product_id"] for pick in picks if pick["sources"] == ["trending"]]

    assert "s5" not in hot()
    for _ in range(20):
        visit(shop.url, "s5")
    wait_on_every_worker(shop.url, lambda: hot(category="Stoves")[:1] == ["s5"])
    assert "s5" in hot()
    assert "s5" not in hot(category="Lamps")


def test_popularity_moves_with_events(shop: RunningService) -> None:
    def best() -> str:
        return str(read(shop.url, "/v1/popular", category="Mats")["recommendations"][0]["product_id"])

    assert best() == "m7"
    for _ in range(20):
        visit(shop.url, "m5", kind="purchase")
    wait_on_every_worker(shop.url, lambda: best() == "m5")


def test_what_is_bought_together(shop: RunningService) -> None:
    def together() -> dict[str, set[str]]:
        return sources_by_product(read(shop.url, "/v1/products/m1/bought-together"))

    assert "m2" not in together()
    for _ in range(3):
        visit(shop.url, "m1", "m2", kind="purchase")
    wait_on_every_worker(shop.url, lambda: together().get("m2") == {"bought_together"})


def test_shelves_may_be_cached_for_a_moment(shop: RunningService) -> None:
    for path in ("/v1/trending", "/v1/popular", "/v1/new", "/v1/products/t0/similar"):
        answer = requests.get(f"{shop.url}{path}", timeout=10)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=2")
    (warning,) = read(shop.url, "/v1/new", category="Nope")["warnings"]
    assert warning["code"] == "unknown_category"


def test_metrics_tell_of_the_learner(shop: RunningService) -> None:
    def gauges() -> dict[str, float]:
        found = re.findall(r"^shelflife_((?:learner|model)_\S+) (\S+)$", metrics_of(shop), re.M)
        return {name: float(value) for name, value in found}

    wait_until(lambda: gauges().get('learner_entries{result="learnt"}', 0.0) == learnt(shop) > 2 * ENOUGH_SESSIONS)
    found = gauges()
    assert found["model_products"] >= 3.0
    assert found["model_sessions"] > ENOUGH_SESSIONS
    assert found["model_version"] == 0.0
    assert 0.0 <= found["learner_lag_seconds"] < 60.0


def test_nobody_notices_that_a_web_worker_is_killed(own_shop: RunningService) -> None:
    url, (learner, server) = own_shop.url, own_shop.children
    visit(url, "t0", "l0")
    before = children_of(server.pid)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    for _ in range(30):
        visit(url, "t0", "l1")
        assert recommend(url, user_id="learner-nobody")["degraded"] is False
    wait_until(lambda: len(children_of(server.pid)) == len(before) and not is_alive(killed))
    wait_on_every_worker(url, lambda: "l1" in sources_by_product(similar(url, "t0")))
    wait_until(lambda: views_of(own_shop, "t0") == 31)
    assert learner.poll() is None


def test_told_to_end_it_keeps_the_model_and_goes_on_from_there(own_shop: RunningService) -> None:
    for _ in range(ENOUGH_SESSIONS):
        visit(own_shop.url, "t0", "l0")
    wait_until(lambda: learnt(own_shop) == 2 * ENOUGH_SESSIONS)
    assert not (model_of(own_shop) / SNAPSHOTS).exists()
    assert end_learner(own_shop, signal.SIGTERM) == 0
    assert [path.name for path in (model_of(own_shop) / SNAPSHOTS).iterdir()] == ["snapshot-000000001"]
    # Without it what is learnt stays, and events are taken.
    visit(own_shop.url, "t0", "l1")
    assert "l0" in sources_by_product(similar(own_shop.url, "t0"))
    assert requests.get(f"{own_shop.url}/readyz", timeout=10).status_code == 200
    start_learner(own_shop)
    wait_until(lambda: views_of(own_shop, "l1") == 1)
    assert (learnt(own_shop), views_of(own_shop, "t0")) == (2, ENOUGH_SESSIONS + 1)
    wait_on_every_worker(own_shop.url, lambda: "l1" in sources_by_product(similar(own_shop.url, "t0")))


def test_killed_it_learns_again_what_came_since_its_snapshot(own_shop: RunningService) -> None:
    visit(own_shop.url, "t0", "l0")
    wait_until(lambda: learnt(own_shop) == 2)
    assert end_learner(own_shop, signal.SIGTERM) == 0
    start_learner(own_shop)
    for _ in range(ENOUGH_SESSIONS):
        visit(own_shop.url, "t0", "l1")
    wait_until(lambda: learnt(own_shop) == 2 * ENOUGH_SESSIONS)
    assert end_learner(own_shop, signal.SIGKILL) == -signal.SIGKILL
    start_learner(own_shop)
    wait_until(lambda: learnt(own_shop) == 2 * ENOUGH_SESSIONS)
    assert [views_of(own_shop, product) for product in ("t0", "l0", "l1")] == [1 + ENOUGH_SESSIONS, 1, ENOUGH_SESSIONS]


def test_an_entry_that_nobody_can_read_is_buried_and_the_rest_learnt(own_shop: RunningService) -> None:
    settings = own_shop.settings
    keys = Keyspace(settings.key_prefix, settings.partitions, settings.dedupe_seconds)
    client = redis.Redis.from_url(own_shop.store_url)
    user = "learner-behind"
    partition = keys.partition(f"u:{user}")
    entry = client.xadd(keys.log_key(partition), {"e": b'{"event_id": 7'})
    track(own_shop.url, {"user_id": user, "event_type": "view", "product_id": "t3"})
    wait_until(lambda: views_of(own_shop, "t3") == 1)
    letters: Any = client.xrange(keys.dead_key(partition))
    ((_, letter),) = letters
    assert (letter[b"id"], letter[b"raw"]) == (entry, b'{"event_id": 7')
    wait_until(lambda: 'shelflife_learner_entries{result="buried"} 1.0' in metrics_of(own_shop))
    assert '"event":"entries_buried"' in own_shop.log.replace(" ", "")
    newest = read(own_shop.url, "/v1/events/recent")["events"]
    assert [found["event"]["product_id"] for found in newest] == ["t3"]
