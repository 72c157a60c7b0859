"""The model on disk: learning in place, growing, and starting again from a snapshot."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from events.event import Event, Visitor
from learner.clicks import GAP_SECONDS, MAX_CLICKS_A_SESSION, visitor_hash
from learner.model import ModelWriter, Opened, open_model
from recommender.model import SCHEMA, Capacity, view_model
from recommender.names import Names
from recommender.table_files import open_for_reading
from recommender.table_schema import TableError

SMALL = Capacity(sessions=64, products=4, categories=2, pairs=256)
ROOMY = Capacity(sessions=64, products=64, categories=64, pairs=256)
HALF_LIFE = 14 * 86400.0


def event(visitor: str, product: str, time: float, **more: object) -> Event:
    values: dict[str, object] = {"type": "view", "weight": 1.0, "categories": (f"Shelf {product[-1]}",), **more}
    return Event(
        event_id=f"{visitor}-{product}-{time}",
        timestamp=1.8e9 + time,
        visitor=Visitor("user", visitor),
        product_id=product,
        **values,  # type: ignore[arg-type]
    )


def some_events(count: int, seed: int = 1) -> list[Event]:
    rng = random.Random(seed)
    return [event(f"v{rng.randrange(30)}", f"p{rng.randrange(40)}", n * 20.0) for n in range(count)]


def contents(folder: Path) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in open_for_reading(folder / "tables", SCHEMA).arrays.items()}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    found = open_model(tmp_path, SMALL, HALF_LIFE)
    yield found
    found.model.close()


def restart(model: ModelWriter, folder: Path) -> Opened:
    """As after a kill: what was not in a snapshot is gone."""
    model.close()
    return open_model(folder, ROOMY, HALF_LIFE)


def test_sessions_are_cut_at_a_pause_and_belong_to_their_visitors(opened: Opened, tmp_path: Path) -> None:
    events = [event("ann", "p1", 0), event("bob", "p1", 5), event("ann", "p2", 10)]
    assert opened.model.learn([*events, event("ann", "p3", 20 + GAP_SECONDS)]) == 4
    model = view_model(open_for_reading(tmp_path / "tables", SCHEMA).arrays)
    names, sessions = Names(model.products), model.tables.sessions
    rows = [[names.text(click) for click in sessions.clicks[n, : sessions.length[n]]] for n in range(3)]
    assert rows == [["p1", "p2"], ["p1"], ["p3"]]
    ann, bob = (visitor_hash(Visitor("user", name)) for name in ("ann", "bob"))
    assert sessions.visitor[:3].tolist() == [ann, bob, ann]


def test_the_tables_do_not_depend_on_how_events_come_in_batches(tmp_path: Path) -> None:
    events = some_events(600)
    for name, size in (("one", 600), ("many", 7)):
        found = open_model(tmp_path / name, ROOMY, HALF_LIFE)
        for start in range(0, len(events), size):
            found.model.learn(events[start : start + size])
        found.model.close()
    assert contents(tmp_path / "one") == contents(tmp_path / "many")


@pytest.mark.parametrize("at", [1, 100, 333])
def test_from_a_snapshot_and_the_events_since_come_the_same_tables(tmp_path: Path, at: int) -> None:
    events = some_events(500)
    whole = open_model(tmp_path / "whole", ROOMY, HALF_LIFE)
    whole.model.learn(events)
    whole.model.close()
    broken = open_model(tmp_path / "broken", ROOMY, HALF_LIFE)
    broken.model.learn(events[:at])
    broken.model.snapshot({3: "5-0"})
    broken.model.learn(events[at : at + 50])  # lost: not in the snapshot
    again = restart(broken.model, tmp_path / "broken")
    assert (again.positions, again.refused) == ({3: "5-0"}, ())
    again.model.learn(events[at:])
    again.model.close()
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


def test_without_a_snapshot_it_starts_from_nothing(opened: Opened, tmp_path: Path) -> None:
    opened.model.learn(some_events(50))
    again = restart(opened.model, tmp_path)
    assert again.positions == {}
    assert int(view_model(open_for_reading(tmp_path / "tables", SCHEMA).arrays).products.used[0]) == 0
    again.model.close()


def test_what_says_nothing_of_what_goes_with_what_is_left_out_and_counted(opened: Opened) -> None:
    ignored = [
        event("ann", "p1", 0, type="impression"),
        event("ann", "p1", 1, type="dislike", weight=-1.0),
        event("bob", "p1", 2, type="purchase", quantity=5000.0),
    ]
    repeats = [event("cat", "p1", 3), event("cat", "p1", 4, type="add_to_cart"), event("cat", "p1", 5)]
    assert opened.model.learn([*ignored, *repeats]) == 1
    assert opened.model.door.ignored == {"quantity": 1, "repeat": 2}


def test_a_robot_is_learnt_from_no_longer(opened: Opened) -> None:
    clicks = [event("robot", f"p{n % 40}", float(n)) for n in range(MAX_CLICKS_A_SESSION + 50)]
    assert opened.model.learn(clicks) == MAX_CLICKS_A_SESSION
    assert opened.model.door.ignored == {"rate": 50}


def test_a_reader_follows_in_place_and_after_growth(opened: Opened, tmp_path: Path) -> None:
    reader = open_for_reading(tmp_path / "tables", SCHEMA)
    names = Names(view_model(reader.arrays).products)
    opened.model.learn([event("ann", "p1", 0)])
    names.sync()
    assert names.find("p1") == 0
    opened.model.learn(some_events(200))
    assert not reader.is_current()
    larger = view_model(open_for_reading(tmp_path / "tables", SCHEMA).arrays)
    names.move(larger.products)
    assert len(names) == 40
    assert np.isfinite(larger.tables.products.recent[:40]).all()


def test_a_second_learner_is_refused(opened: Opened, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is being written by process"):
        open_model(tmp_path, SMALL, HALF_LIFE)
