"""(i) Pushing: from the 200 of an event to the message, and what listeners who wait cost `/recommend`."""

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from app.supervisor import say
from bench.freshness import Caller
from bench.listeners import Listeners
from bench.measure import say_ratio, summarise
from bench.servers import Lab, Variant
from bench.shop import Shop
from bench.synthetic import CATEGORIES, build_products
from bench.wrk import Load, Outcome, describe, press, require_wrk, upper_quartile

TARGET_MS = 300.0
TARGET_SHARE = 0.8
SENDERS = 2
PATIENCE_SECONDS = 5.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of one run: each of `listeners` users has an event now and then, `rate` a second in all."""

    products: int = 20_000
    others: int = 2000
    listeners: int = 1000
    rate: int = 200
    seconds: int = 30
    rounds: int = 8


class Sent(msgspec.Struct, frozen=True):
    """An event that was acknowledged: whose, and when the 200 was there."""

    user: int
    at: float


def run(plan: Plan | None = None) -> None:
    """Delays first, then throughput with and without listeners."""
    plan = plan or Plan()
    require_wrk()
    say(f"(i) push: {plan.listeners:,} listeners, {plan.rate} events/s, {plan.products:,} products")
    with Lab("always") as lab:
        shop = Shop(lab.settings, build_products(plan.products), CATEGORIES)
        shop.warm_model(range(plan.listeners, plan.listeners + plan.others), 50)
        shop.warm_profiles(plan.listeners, 20)
        url = lab.start_server(Variant())
        lab.start_learner()
        stream = lab.start_stream(url)
        with Listeners(url, plan.listeners) as listeners:
            listeners.wait_until_quiet()
            say(f"  the stream process has {_own_memory_mb(stream):.0f} MB of its own")
            sent = _press(url, plan)
            time.sleep(PATIENCE_SECONDS)
            _report_delays(sent, listeners.heard_at, plan)
        _compare(url, plan)


def _press(url: str, plan: Plan) -> list[Sent]:
    """Events of random listeners at the plan's rate, from so many connections."""
    sent: list[list[Sent]] = [[] for _ in range(SENDERS)]
    senders = [threading.Thread(target=_send, args=(url, plan, n, sent[n])) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return [one for part in sent for one in part]


def _send(url: str, plan: Plan, number: int, sent: list[Sent]) -> None:
    caller, rng = Caller(url), random.Random(number)
    started = time.monotonic()
    for position in range(plan.rate * plan.seconds // SENDERS):
        due = started + position * SENDERS / plan.rate
        time.sleep(max(0.0, due - time.monotonic()))
        user, product = rng.randrange(plan.listeners), rng.randrange(plan.products) + 1
        # What is put into the cart is new to the visit, so the list is another one.
        event = {"user_id": f"u{user:06d}", "event_type": "add_to_cart", "product_id": f"p{product:04d}"}
        sent.append(Sent(user, caller.post(event)))


def _report_delays(sent: Sequence[Sent], heard_at: Sequence[Sequence[float]], plan: Plan) -> None:
    delays = [delay for one in sent if (delay := _delay(one, heard_at[one.user])) is not None]
    if not delays:
        raise RuntimeError("nobody heard anything")
    span = max(one.at for one in sent) - min(one.at for one in sent)
    figure = summarise([1000 * delay for delay in delays])
    say(f"  {len(sent) / span:,.0f} events/s were sent; {len(sent) - len(delays)} of {len(sent):,} changed no list")
    late = sum(delay > TARGET_MS / 1000 for delay in delays)
    say(f"  from the 200 to the message: p50 {figure.p50:.0f} ms, p99 {figure.p99:.0f} ms; {late} over the limit")
    say_ratio("p99 in ms", figure.p99, f"under {TARGET_MS:g}")


def _delay(one: Sent, heard_at: Sequence[float]) -> float | None:
    """Seconds until the listener heard something next; None when they did not, as the list stayed the same."""
    return next((at - one.at for at in heard_at if 0 <= at - one.at < PATIENCE_SECONDS), None)


def _compare(url: str, plan: Plan) -> None:
    """Throughput of `/recommend` with and without listeners who wait, in turns."""
    load = Load(kind="recommend", users=plan.listeners, products=plan.products, categories=CATEGORIES, seconds=4)
    press(url, load)
    results: dict[str, list[Outcome]] = {"with": [], "without": []}
    for _ in range(plan.rounds):
        with Listeners(url, plan.listeners) as listeners:
            listeners.wait_until_quiet()
            results["with"].append(press(url, load))
        time.sleep(0.5)  # until the stream process has forgotten them
        results["without"].append(press(url, load))
    best = {name: upper_quartile(outcomes) for name, outcomes in results.items()}
    for name, outcome in best.items():
        say(f"  /recommend {name} {plan.listeners:,} listeners who wait: {describe(outcome)}")
    say_ratio("with listeners / without", best["with"].rate / best["without"].rate, f"at least {TARGET_SHARE}")


def _own_memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


if __name__ == "__main__":
    run()
