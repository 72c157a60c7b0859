"""(c) Redis memory of a profile of 50 events, by key, on each kind of store server."""

import shutil
import time
from pathlib import Path
from typing import Any

import msgspec

from app.container import connect
from app.embedded_store import find_binary
from app.supervisor import say
from bench.measure import say_ratio
from bench.servers import Lab
from bench.shop import Shop
from bench.synthetic import SAMPLE_CATEGORIES
from recommender.product import parse_product
from recommender.sample import generate_products

TARGET_BYTES = 2000
KEYS = {"f": "profile", "s": "session", "d": "dedupe"}


class Usage(msgspec.Struct, frozen=True):
    """Bytes a visitor: `total` by the server's own count of used memory, `keys` by `MEMORY USAGE`."""

    total: float
    keys: dict[str, float]


def store_binaries() -> list[Path]:
    """The embedded store's server, and the one that is installed, where that is another."""
    embedded = find_binary()
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    return [embedded] if installed is None or Path(installed) == embedded else [embedded, Path(installed)]


def run(visitors: int = 10_000, events: int = 50) -> None:
    """Fill a store of each kind and look."""
    say(f"(c) memory: {visitors:,} visitors with {events} events each on the sample catalogue, log left out")
    for binary in store_binaries():
        usage = measure(binary, visitors, events)
        keys = ", ".join(f"{name} {size:.0f}" for name, size in usage.keys.items())
        say(f"  {binary.name}: {usage.total:.0f} bytes a visitor; by key: {keys}")
        say_ratio(f"{binary.name}, bytes / {TARGET_BYTES}", usage.total / TARGET_BYTES, "at most 1")


def measure(binary: Path, visitors: int, events: int) -> Usage:
    """Memory that the visitors take in a fresh store."""
    with Lab("no", binary, SHELFLIFE_LOG_MAX_EVENTS="64") as lab:
        settings = lab.settings
        products = [parse_product(raw) for raw in generate_products()]
        shop = Shop(settings, products, SAMPLE_CATEGORIES)
        client: Any = connect(settings, 60_000)
        shop.warm_profiles(1, 1)  # the scripts are cached from here on
        _forget_visitors(client, settings.key_prefix)
        before = client.info("memory")["used_memory"]
        shop.warm_profiles(visitors, events)
        client.delete(*(f"{settings.key_prefix}:{{p{n:03d}}}:log" for n in range(settings.partitions)))
        time.sleep(1.5)  # the server frees its clients' buffers once a second
        total = client.info("memory")["used_memory"] - before
        return Usage(total / visitors, _by_key(client, settings.key_prefix, visitors))


def _forget_visitors(client: Any, prefix: str) -> None:
    for key in client.scan_iter(f"{prefix}:{{p*"):
        client.delete(key)


def _by_key(client: Any, prefix: str, visitors: int) -> dict[str, float]:
    """Average bytes a visitor of each kind of key (profiles/keys.py), the names of the keys included."""
    sums = dict.fromkeys(KEYS.values(), 0)
    keys = list(client.scan_iter(f"{prefix}:{{p*", count=1000))
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.memory_usage(key, samples=0)
    for key, size in zip(keys, pipeline.execute(), strict=True):
        sums[KEYS[key.decode().split(":")[4][0]]] += size
    return {name: size / visitors for name, size in sums.items()}


if __name__ == "__main__":
    run()
