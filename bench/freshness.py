"""(h) From the 200 of one visitor's event to its effect in another's answers, under a load of events over HTTP."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import msgspec

from app.supervisor import say
from bench.measure import say_ratio, summarise
from bench.servers import Lab, Variant
from bench.shop import Shop
from bench.synthetic import CATEGORIES, build_products
from recommender.product import Product

TARGET_SECONDS = 1.0
BATCH = 10
SENDERS = 2
BUCKET_MS = 50
PATIENCE_SECONDS = 10.0
WARM_SECONDS = 20.0
Ask = Callable[[str], list[str]]
# What fills an answer up where the model says nothing, and so proves nothing.
FILLING = frozenset({"popular", "category_popularity", "similar_content", "category_top"})


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of one run: `rate` events a second from `users`, and so many probes beside them."""

    products: int = 20_000
    users: int = 2000
    rate: int = 1000
    probes: int = 300


class Caller:
    """A kept-alive connection that posts and asks."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_SECONDS)

    def post(self, events: object) -> float:
        """Track events; returns when the 200 was there, by the monotonic clock."""
        self._connection.request("POST", "/track-event", json.dumps(events), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"/track-event answered {answer.status}: {body.decode()}")
        return time.monotonic()

    def ask(self, path: str) -> list[str]:
        """Ids of the products that an address answers because of what visitors did."""
        self._connection.request("GET", path)
        answer = json.loads(self._connection.getresponse().read())
        return [pick["product_id"] for pick in answer["recommendations"] if not FILLING.issuperset(pick["sources"])]


def run(plan: Plan | None = None) -> None:
    """Start everything, let the load run, and probe."""
    plan = plan or Plan()
    say(f"(h) freshness: {plan.probes} probes under {plan.rate:,} events/s of {plan.users:,} users")
    probes = build_probes(plan.probes)
    with Lab("always") as lab:
        Shop(lab.settings, [*build_products(plan.products), *probes], CATEGORIES)
        lab.start_learner()
        url = lab.start_server(Variant())
        ending = threading.Event()
        sent = [0] * SENDERS
        senders = [threading.Thread(target=_press, args=(url, plan, ending, sent, n)) for n in range(SENDERS)]
        started = time.monotonic()
        for sender in senders:
            sender.start()
        try:
            time.sleep(WARM_SECONDS)  # until the tables have grown to the size of the catalogue
            waits = _probe(url, probes)
        finally:
            ending.set()
            for sender in senders:
                sender.join()
        say(f"  {sum(sent) / (time.monotonic() - started):,.0f} events/s were sent")
    for effect, seconds in waits.items():
        _report(effect, seconds)


def build_probes(count: int) -> list[Product]:
    """Two products for each probe, in a category of their own, which nobody else looks at."""
    return [
        Product(product_id=f"probe-{n}-{which}", name=f"Probe {n} {which}", categories=(f"Probes > Probe {n}",))
        for n in range(count)
        for which in "ab"
    ]


def _press(url: str, plan: Plan, ending: threading.Event, sent: list[int], number: int) -> None:
    """Send a sender's share of the load until the end, a batch at a time, in step with the clock."""
    caller, rng, due = Caller(url), random.Random(number), time.monotonic()
    while not ending.is_set():
        due += BATCH * SENDERS / plan.rate
        caller.post([_event(rng, plan) for _ in range(BATCH)])
        sent[number] += BATCH
        ending.wait(max(due - time.monotonic(), 0.0))


def _event(rng: random.Random, plan: Plan) -> dict[str, object]:
    product = int(plan.products * rng.random() ** 2) + 1
    return {"user_id": f"u{rng.randrange(plan.users)}", "event_type": "view", "product_id": f"p{product:04d}"}


def _probe(url: str, probes: Sequence[Product]) -> dict[str, list[float]]:
    """For each effect, seconds from the 200 of an event to the first answer of somebody else that shows it."""
    caller = Caller(url)
    waits: dict[str, list[float]] = {"similar": [], "trending": [], "session_knn": []}
    for n in range(0, len(probes), 2):
        one, other = probes[n].product_id, probes[n + 1].product_id
        visitor = f"prober-{n}"
        caller.post({"user_id": visitor, "event_type": "view", "product_id": one})
        since = caller.post({"user_id": visitor, "event_type": "view", "product_id": other})
        category = probes[n].categories[0].replace(" ", "%20").replace(">", "%3E")
        left = {
            "similar": f"/v1/products/{one}/similar?limit=20",
            "trending": f"/v1/trending?category={category}&limit=20",
            "session_knn": f"/recommend?strategy=session_knn&user_id=asker-{n}&session_data={one}&limit=20",
        }
        _wait_for(caller.ask, left, (other, since), waits)
    return waits


def _wait_for(ask: Ask, left: dict[str, str], shown: tuple[str, float], waits: dict[str, list[float]]) -> None:
    product, since = shown
    while left:
        for effect, path in [*left.items()]:
            if product in ask(path):
                waits[effect].append(time.monotonic() - since)
                del left[effect]
        if time.monotonic() - since > PATIENCE_SECONDS:
            raise RuntimeError(f"after {PATIENCE_SECONDS:g} s {product} was still not in {[*left]}")


def _report(effect: str, seconds: Sequence[float]) -> None:
    figure = summarise(seconds)
    say(
        f"  {effect}: p50 {figure.p50 * 1000:.0f} ms, p99 {figure.p99 * 1000:.0f} ms, most {max(seconds) * 1000:.0f} ms"
    )
    counts: dict[int, int] = {}
    for wait in seconds:
        bucket = int(wait * 1000) // BUCKET_MS
        counts[bucket] = counts.get(bucket, 0) + 1
    for bucket in range(max(counts) + 1):
        count = counts.get(bucket, 0)
        say(f"    {bucket * BUCKET_MS:>4} ms {'#' * round(60 * count / len(seconds))} {count}")
    say_ratio(f"{effect}, p99 / {TARGET_SECONDS:g} s", figure.p99 / TARGET_SECONDS, "under 1")


if __name__ == "__main__":
    run()
