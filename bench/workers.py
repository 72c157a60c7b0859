"""Worker classes, thread counts and pinning for the web server: the same service, the same load, taking turns.

gunicorn.conf.py names the choice that came of it. gevent is compared where it is installed (`pip install gevent`).
"""

import importlib.util
from functools import partial

import msgspec

from app.supervisor import say
from bench.load import Plan
from bench.measure import alternate
from bench.servers import Lab, Variant
from bench.shop import Shop
from bench.synthetic import CATEGORIES, build_products
from bench.wrk import Kind, Outcome, describe, press, require_wrk, upper_quartile

UNPINNED = ("post_fork",)
VARIANTS = {
    "sync": Variant(worker_class="sync"),
    "gthread, 2 threads": Variant(worker_class="gthread", threads=2),
    "gthread, 4 threads": Variant(worker_class="gthread", threads=4),
    "gthread, 8 threads": Variant(worker_class="gthread", threads=8),
    "gthread, 4 threads, not pinned": Variant(worker_class="gthread", threads=4, without=UNPINNED),
    "gevent": Variant(worker_class="gevent"),
    "gevent, not pinned": Variant(worker_class="gevent", without=UNPINNED),
}


def run(plan: Plan | None = None) -> None:
    """One store; each variant is started, pressed and ended in turn, so that none idles beside another."""
    plan = plan or Plan(rounds=4, seconds=4)
    require_wrk()
    say(f"(e) worker classes: {plan.products:,} products, {plan.connections} connections, 2 workers")
    known = {name: variant for name, variant in VARIANTS.items() if _is_installed(variant)}
    for name in VARIANTS.keys() - known.keys():
        say(f"  {name}: left out, not installed")
    with Lab() as lab:
        Shop(lab.settings, build_products(plan.products), CATEGORIES).warm_profiles(plan.users, plan.events)
        kinds: tuple[Kind, ...] = ("recommend", "track")
        subjects = {name: partial(_press_new, lab, variant, kinds, plan) for name, variant in known.items()}
        for name, rounds in alternate(subjects, plan.rounds).items():
            for kind, outcomes in zip(kinds, zip(*rounds, strict=True), strict=True):
                say(f"  {name}, {kind}: {describe(upper_quartile(outcomes))}")


def _is_installed(variant: Variant) -> bool:
    return variant.worker_class != "gevent" or importlib.util.find_spec("gevent") is not None


def _press_new(lab: Lab, variant: Variant, kinds: tuple[Kind, ...], plan: Plan) -> list[Outcome]:
    url = lab.start_server(variant)
    try:
        press(url, msgspec.structs.replace(plan.load("recommend"), seconds=2))
        return [press(url, plan.load(kind)) for kind in kinds]
    finally:
        lab.stop_servers()
