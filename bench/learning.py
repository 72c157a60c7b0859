"""(g) The learner: events a second through all tables, on one core; and its memory over ten million events.

`python -m bench.learning --data DIR` replays the training sessions of a folder (docs/evaluation.md) in place of made-up
ones.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from app.supervisor import say
from bench.measure import say_ratio
from events.event import Event, Visitor
from learner.model import ModelWriter, open_model
from learner.warm import warm_learning
from recommender.model import Capacity
from recommender.popularity_tables import PopularityHalfLives

TARGET = 20_000
# As many as the tail takes at once of a partition.
BLOCK = 500
START = 1_780_000_000.0


def run(data: Path | None = None, many: int = 10_000_000, products: int = 1_000_000) -> None:
    """Pace first, then size."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    warm_learning()
    events = _read_sessions(data) if data else [*islice(make_events(43_000, 200_000), 900_000)]
    say(f"(g) learning: {len(events):,} events of {data.name if data else 'made-up visitors'}, one core")
    with tempfile.TemporaryDirectory(prefix="shelflife-bench-") as folder:
        model = open_model(Path(folder), Capacity(sessions=2**18), PopularityHalfLives()).model
        rate = _learn(model, events)
        say(f"  {rate:,.0f} events/s; {model.describe_size()}")
        say_ratio(f"events/s / {TARGET:,}", rate / TARGET, "at least 1")
        model.close()
    del events
    _learn_many(many, products)


def make_events(products: int, visitors: int) -> Iterator[Event]:
    """Views without end: sessions of one to twenty, mostly in one category each, of which few products are popular."""
    rng, number, now = np.random.default_rng(products), 0, START
    per_category = 100
    categories = max(products // per_category, 1)
    while True:
        visitor = Visitor("anonymous", f"v{rng.integers(visitors)}")
        home, length = int(rng.integers(categories)), min(int(rng.geometric(0.2)), 20)
        now += 0.5
        for place, (away, chance) in enumerate(rng.random((length, 2)).tolist()):
            category = home if away < 0.9 else int(chance * 1e6) % categories
            product = int(per_category * chance**3) * categories + category
            number += 1
            yield Event(
                event_id=f"e{number}",
                type="view",
                timestamp=now + 30.0 * place,
                visitor=visitor,
                weight=1.0,
                product_id=f"p{product:07d}",
                categories=(f"Shop > Shelf {category}",),
            )


def _read_sessions(folder: Path) -> list[Event]:
    from evaluation.data import read_folder

    data = read_folder(folder, is_judged=False)
    starts, times = data.train.starts, data.times
    sessions = np.repeat(np.arange(len(data.train)), np.diff(starts)).tolist()
    return [
        Event(
            event_id=f"e{n}",
            type="view",
            timestamp=float(times[n]),
            visitor=Visitor("anonymous", f"v{sessions[n]}"),
            weight=1.0,
            product_id=f"p{product}",
            categories=(f"c{data.categories[product]}",),
        )
        for n, product in enumerate(data.train.clicks.tolist())
    ]


def _learn(model: ModelWriter, events: Sequence[Event]) -> float:
    """Events a second."""
    started = time.process_time()
    for first in range(0, len(events), BLOCK):
        model.learn(events[first : first + BLOCK])
    return len(events) / (time.process_time() - started)


def _learn_many(many: int, products: int) -> None:
    """The same tables, a million events after the other; their size and the process's own memory must stay bounded."""
    say(f"  {many:,} events on {products:,} products")
    events = make_events(products, 3_000_000)
    with tempfile.TemporaryDirectory(prefix="shelflife-bench-") as folder:
        model = open_model(Path(folder), Capacity(), PopularityHalfLives()).model
        for learnt in range(0, many, many // 10):
            rate = _learn(model, [*islice(events, many // 10)])
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            say(f"    {learnt + many // 10:>11,}: {rate:,.0f} events/s; {model.describe_size()}; peak {peak:,.0f} MB")
        model.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--many", type=int, default=10_000_000)
    chosen = parser.parse_args()
    run(chosen.data, chosen.many)
