"""(d) Events a second through batches of 100 over HTTP, load generator included."""

from functools import partial

import msgspec

from app.supervisor import say
from bench.measure import alternate, say_ratio
from bench.servers import Lab, Variant
from bench.shop import Shop
from bench.synthetic import CATEGORIES, build_products
from bench.wrk import Load, press, require_wrk, upper_quartile

TARGET = 5000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of one run. Events are spread evenly over `users`, so most of a batch are of different visitors."""

    products: int = 2000
    users: int = 10_000
    batch: int = 100
    rounds: int = 6
    seconds: int = 4
    clients: tuple[int, ...] = (4, 8)


def run(plan: Plan | None = None) -> None:
    """The same service with two stores, taking turns: every write flushed, and a flush a second."""
    plan = plan or Plan()
    require_wrk()
    say(f"(d) batches of {plan.batch} events of {plan.users:,} users")
    products = build_products(plan.products)
    with Lab("always") as strict, Lab("everysec") as relaxed:
        subjects = {}
        for fsync, lab in (("always", strict), ("everysec", relaxed)):
            Shop(lab.settings, products, CATEGORIES)
            url = lab.start_server(Variant())
            lab.start_learner()
            for clients in plan.clients:
                load = Load(
                    kind="batch",
                    users=plan.users,
                    products=plan.products,
                    categories=CATEGORIES,
                    connections=clients,
                    seconds=plan.seconds,
                    batch=plan.batch,
                )
                subjects[fsync, clients] = partial(press, url, load)
        for (fsync, clients), outcomes in alternate(subjects, plan.rounds).items():
            outcome = upper_quartile(outcomes)
            rate = outcome.rate * plan.batch
            say(
                f"  fsync {fsync}, {clients} connections: {rate:,.0f} events/s, "
                f"a batch p50 {outcome.p50 / 1000:.1f} ms, p99 {outcome.p99 / 1000:.1f} ms"
            )
            say_ratio(f"fsync {fsync}, {clients} connections, events/s / {TARGET:,}", rate / TARGET, "at least 1")


if __name__ == "__main__":
    run()
