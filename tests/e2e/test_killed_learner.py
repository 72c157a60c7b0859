"""A learner that is killed at any time goes on where its last snapshot was, and ends with the same tables."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from events.event import Event, Visitor
from events.taxonomy import load_taxonomy
from learner.model import SNAPSHOTS
from profiles.delta import HalfLives
from profiles.profile import Bounds
from profiles.redis_store import RedisProfileStore, Retention
from recommender.model import SCHEMA
from recommender.table_snapshots import read_snapshot
from tests.e2e.killed_learner import KEYSPACE, learn
from tests.servers import ROOT, clean_environment

NOW = 1_795_000_000.0
DAY = 86400
KINDS = (("view", 1.0), ("view", 1.0), ("view", 1.0), ("add_to_cart", 3.0), ("purchase", 5.0), ("impression", 0.0))


def fill_log(url: str, count: int) -> None:
    """Events of 300 visitors on 500 products, in all partitions, over some hours."""
    client, rng = redis.Redis.from_url(url), random.Random(3)
    retention = Retention(profile_seconds=DAY, session_seconds=DAY, log_seconds=10 * DAY, log_entries=10**6)
    interpretation = (HalfLives(DAY, 1800.0), load_taxonomy())
    store = RedisProfileStore((client, client), KEYSPACE, retention, Bounds(50, 50, 5), interpretation)
    for start in range(0, count, 200):
        store.apply([one_event(rng, number, count) for number in range(start, start + 200)], NOW)


def one_event(rng: random.Random, number: int, count: int) -> Event:
    kind, weight = rng.choice(KINDS)
    product = int(500 * rng.random() ** 2)
    return Event(
        event_id=f"e{number}",
        type=kind,
        timestamp=NOW - 8 * 3600.0 * (count - number) / count,
        visitor=Visitor("user", f"u{rng.randrange(300)}"),
        weight=weight,
        product_id=f"p{product}",
        categories=(f"Shop > Shelf {product % 20}",),
        order_id=f"o{number // 3}" if kind == "purchase" else "",
    )


def tables_in(folder: Path) -> dict[str, bytes]:
    snapshot = read_snapshot(folder / SNAPSHOTS, SCHEMA)
    assert snapshot is not None
    return {name: array.tobytes() for name, array in snapshot.arrays.items()}


@pytest.mark.parametrize("seed", [1])
def test_killed_twenty_times_it_learns_the_same(store: str, tmp_path: Path, seed: int) -> None:
    fill_log(store, 12_000)
    whole = learn(store, tmp_path / "whole")
    assert whole == 12_000
    program = [sys.executable, "-m", "tests.e2e.killed_learner", store, str(tmp_path / "killed"), "20", str(seed)]
    result = subprocess.run(program, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=100)
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["killed"] >= 5, "most lives were long enough to be done: the kills prove little"
    assert tables_in(tmp_path / "killed") == tables_in(tmp_path / "whole")


def test_the_same_log_gives_the_same_bytes(store: str, tmp_path: Path) -> None:
    fill_log(store, 4_000)
    for name in ("one", "other"):
        assert learn(store, tmp_path / name) == 4_000
    assert tables_in(tmp_path / "one") == tables_in(tmp_path / "other")
