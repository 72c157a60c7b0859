"""(b) `/recommend` and `/track-event` under load, against the ceiling app on the same store."""

import urllib.request
from functools import partial

import msgspec

from app.supervisor import say
from bench.measure import alternate, say_ratio
from bench.servers import Fsync, Lab, Variant
from bench.shop import Shop
from bench.synthetic import CATEGORIES, build_products
from bench.wrk import Kind, Load, Outcome, describe, press, require_wrk, upper_quartile

# Shares of the ceiling that are wanted.
TARGETS: dict[Kind, float] = {"recommend": 0.5, "track": 0.6}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of one run. Sessions of `others` are in the model from the start, so that it has something to say."""

    products: int = 100_000
    users: int = 1000
    others: int = 10_000
    events: int = 50
    rounds: int = 12
    seconds: int = 3
    connections: int = 16

    def load(self, kind: Kind) -> Load:
        """What wrk sends."""
        return Load(
            kind=kind,
            users=self.users,
            products=self.products,
            categories=CATEGORIES,
            connections=self.connections,
            seconds=self.seconds,
        )


def run(plan: Plan | None = None) -> None:
    """Reads and writes with every write flushed; writes again with a flush a second."""
    plan = plan or Plan()
    require_wrk()
    users = f"{plan.users:,} users with {plan.events} events"
    say(f"(b) load: {plan.products:,} products, {users}, {plan.connections} connections")
    compare(plan, "always", ("recommend", "track"))
    compare(plan, "everysec", ("track",))


def compare(plan: Plan, fsync: Fsync, kinds: tuple[Kind, ...]) -> None:
    """Service and ceiling on one store, taking turns."""
    with Lab(fsync) as lab:
        products = build_products(plan.products)
        shop = Shop(lab.settings, products, CATEGORIES)
        shop.warm_model(range(plan.users, plan.users + plan.others), plan.events)
        shop.warm_profiles(plan.users, plan.events)
        service = lab.start_server(Variant())
        sizes = answer_sizes(service)
        ceiling = lab.start_server(ceiling_variant(sizes))
        lab.start_learner()
        for kind in kinds:
            load = plan.load(kind)
            _warm_up(load, service, ceiling)
            results = alternate(
                {"service": partial(press, service, load), "ceiling": partial(press, ceiling, load)}, plan.rounds
            )
            _report(f"{kind}, fsync {fsync}", results, TARGETS[kind])


def answer_sizes(service: str) -> tuple[int, int]:
    """Bytes of the service's own answers to both kinds of request."""
    with urllib.request.urlopen(f"{service}/recommend?user_id=u000000") as answer:
        read = len(answer.read())
    body = b'{"user_id":"u000000","event_type":"view","product_id":"p0001"}'
    asked = urllib.request.Request(f"{service}/track-event", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        return read, len(answer.read())


def ceiling_variant(sizes: tuple[int, int]) -> Variant:
    """The ceiling app under gunicorn.conf.py, less the hook that is about the service's own application."""
    return Variant(app=f"bench.ceiling:build_app({sizes[0]}, {sizes[1]})", without=("post_worker_init",))


def _warm_up(load: Load, *urls: str) -> None:
    for url in urls:
        press(url, msgspec.structs.replace(load, seconds=2))


def _report(title: str, results: dict[str, list[Outcome]], target: float) -> None:
    service, ceiling = upper_quartile(results["service"]), upper_quartile(results["ceiling"])
    say(f"  {title}")
    say(f"    service {describe(service)}")
    say(f"    ceiling {describe(ceiling)}")
    say_ratio(f"{title}, service / ceiling", service.rate / ceiling.rate, f"at least {target}")


if __name__ == "__main__":
    run()
