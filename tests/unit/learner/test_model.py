"""The model on disk: learning in place, growing, and starting again from a snapshot."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from events.event import Event, Visitor
from learner.basket_writer import MAX_AN_ORDER
from learner.clicks import GAP_SECONDS, MAX_EVENTS_A_SESSION
from learner.model import SNAPSHOTS, ModelWriter, Opened, open_model
from recommender.model import HISTORIES, ORDERS, SCHEMA, VERSIONS, Capacity, Model, view_model
from recommender.names import Names
from recommender.popularity_tables import CARTS, IMPRESSIONS, LISTED_LIMIT, VIEWS, PopularityHalfLives
from recommender.session_tables import visitor_hash
from recommender.table_files import open_for_reading
from recommender.table_schema import TableError
from recommender.table_snapshots import read_snapshot

SMALL = Capacity(sessions=64, products=4, categories=2, pairs=256)
ROOMY = Capacity(sessions=64, products=64, categories=64, pairs=256)
HALF_LIVES = PopularityHalfLives(14 * 86400.0, 12 * 3600.0)
# What depends on when neighbours were looked up while there was nothing else to do, and nothing but that.
NEAR = ("neighbours", "nearness", "touched")


def event(visitor: str, product: str, time: float, **more: object) -> Event:
    values: dict[str, object] = {"type": "view", "weight": 1.0, "categories": (f"Shelf {product[-1:]}",), **more}
    return Event(
        event_id=f"{visitor}-{product}-{time}",
        timestamp=1.8e9 + time,
        visitor=Visitor("user", visitor),
        product_id=product,
        **values,  # type: ignore[arg-type]
    )


def some_events(count: int, seed: int = 1) -> list[Event]:
    """Of 40 products that come and go, so that some are not met again after a while; and two that are always there."""
    rng = random.Random(seed)
    kinds = {"view": 1.0, "add_to_cart": 5.0, "impression": 0.0, "dwell": 0.5, "purchase": 10.0}
    events = []
    for n in range(count):
        kind = rng.choice(list(kinds))
        visitor, product = f"v{rng.randrange(30)}", f"p{rng.choice([0, 1, 2 + n * 30 // count + rng.randrange(8)])}"
        categories = rng.choice([(), (f"Shop > Shelf {product[-1]}", "Sale")])
        more = {"categories": categories, "order_id": rng.choice(["", "", "o1", "o2"])}
        events.append(event(visitor, product, n * 20.0, type=kind, weight=kinds[kind], **more))
    return events


def contents(folder: Path) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in open_for_reading(folder / "tables", SCHEMA).arrays.items()}


def kept(folder: Path) -> dict[str, bytes]:
    """The newest snapshot."""
    snapshot = read_snapshot(folder / SNAPSHOTS, SCHEMA)
    assert snapshot is not None
    return {name: array.tobytes() for name, array in snapshot.arrays.items()}


def look(folder: Path) -> Model:
    return view_model(open_for_reading(folder / "tables", SCHEMA).arrays)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    found = open_model(tmp_path, SMALL, HALF_LIVES)
    yield found
    found.model.close()


def restart(model: ModelWriter, folder: Path) -> Opened:
    """As after a kill: what was not in a snapshot is gone."""
    model.close()
    return open_model(folder, ROOMY, HALF_LIVES)


def replay(folder: Path, events: Sequence[Event], at_once: int, settle_every: int = 10**9) -> dict[str, bytes]:
    """Learn in batches, and look up neighbours in between; the snapshot after it."""
    model = open_model(folder, ROOMY, HALF_LIVES).model
    for start in range(0, len(events), at_once):
        model.learn(events[start : start + at_once])
        if start // at_once % settle_every == settle_every - 1:
            model.settle(3)
    model.snapshot({0: "7-0"})
    model.close()
    return kept(folder)


def test_sessions_are_cut_at_a_pause_and_belong_to_their_visitors(opened: Opened, tmp_path: Path) -> None:
    events = [event("ann", "p1", 0), event("bob", "p1", 5), event("ann", "p2", 10)]
    opened.model.learn([*events, event("ann", "p3", 11 + GAP_SECONDS)])
    model = look(tmp_path)
    names, sessions = Names(model.products), model.tables.sessions
    rows = [[names.text(click) for click in sessions.clicks[n, : sessions.length[n]]] for n in range(3)]
    assert rows == [["p1", "p2"], ["p1"], ["p3"]]
    ann, bob = (visitor_hash(Visitor("user", name)) for name in ("ann", "bob"))
    assert sessions.visitor[:3].tolist() == [ann, bob, ann]


def test_a_product_is_listed_in_its_categories_and_those_above(opened: Opened, tmp_path: Path) -> None:
    """The first event that names any says which."""
    events = [event("ann", "p1", 0, categories=()), event("ann", "p2", 1, categories=("A > B > C", "D"))]
    later = [event("ann", "p1", 2, categories=("D",)), event("ann", "p2", 3, categories=("E",))]
    opened.model.learn([*events, *later])
    model = look(tmp_path)
    names, listed = Names(model.categories), model.tables.popularity.listed
    found = [[names.text(category) for category in row if category >= 0] for row in listed[:2].tolist()]
    assert found == [["D"], ["A > B > C", "A > B", "A", "D"]]
    assert [names.text(category) for category in model.tables.products.category[:2].tolist()] == ["D", "A > B > C"]
    assert model.tables.popularity.half_lives.tolist() == [*HALF_LIVES]
    # Counted from the event on that said so.
    by_name = {
        names.text(n): value for n, value in enumerate(model.tables.popularity.category_engagement[: len(names)])
    }
    assert 2.0 ** (by_name["D"] - by_name["A"]) == pytest.approx(1.5, rel=1e-4)
    assert "E" not in by_name


def test_only_so_many_categories_are_listed(opened: Opened, tmp_path: Path) -> None:
    opened.model.learn([event("ann", "p1", 0, categories=tuple(f"C{n}" for n in range(20)))])
    assert look(tmp_path).tables.popularity.listed[0].tolist() == list(range(LISTED_LIMIT))


def test_products_have_ties_that_do_not_depend_on_their_numbers(tmp_path: Path) -> None:
    ties = []
    for name, order in (("up", (1, 2, 3)), ("down", (3, 2, 1))):
        found = open_model(tmp_path / name, ROOMY, HALF_LIVES)
        found.model.learn([event("ann", f"p{n}", n) for n in order])
        found.model.close()
        model = look(tmp_path / name)
        ties.append({Names(model.products).text(n): int(model.tables.products.tie[n]) for n in range(3)})
    assert ties[0] == ties[1] and len({*ties[0].values()}) == 3


def test_the_tables_do_not_depend_on_how_events_come_in_batches(tmp_path: Path) -> None:
    events = some_events(600)
    for name, size in (("one", 600), ("many", 7)):
        found = open_model(tmp_path / name, ROOMY, HALF_LIVES)
        for start in range(0, len(events), size):
            found.model.learn(events[start : start + size])
        found.model.close()
    assert contents(tmp_path / "one") == contents(tmp_path / "many")


def test_two_replays_are_kept_in_the_same_bytes(tmp_path: Path) -> None:
    events = some_events(600)
    one, other = (replay(tmp_path / str(size), events, size) for size in (600, 7))
    assert one == other
    assert not any(any(one[name]) for name in VERSIONS)


def test_only_neighbours_depend_on_when_they_were_looked_up(tmp_path: Path) -> None:
    events = some_events(600)
    one, other = replay(tmp_path / "never", events, 20), replay(tmp_path / "often", events, 20, settle_every=2)
    assert {name for name in one if one[name] != other[name]} == {*NEAR}


@pytest.mark.parametrize("at", [1, 100, 333])
def test_from_a_snapshot_and_the_events_since_come_the_same_tables(tmp_path: Path, at: int) -> None:
    events = some_events(500)
    whole = open_model(tmp_path / "whole", ROOMY, HALF_LIVES)
    whole.model.learn(events)
    whole.model.snapshot({3: "6-0"})
    whole.model.close()
    broken = open_model(tmp_path / "broken", ROOMY, HALF_LIVES)
    broken.model.learn(events[:at])
    broken.model.snapshot({3: "5-0"})
    broken.model.learn(events[at : at + 50])  # lost: not in the snapshot
    again = restart(broken.model, tmp_path / "broken")
    assert (again.positions, again.refused) == ({3: "5-0"}, ())
    again.model.learn(events[at:])
    again.model.snapshot({3: "6-0"})
    again.model.close()
    assert kept(tmp_path / "broken") == kept(tmp_path / "whole")


def test_without_a_snapshot_it_starts_from_nothing(opened: Opened, tmp_path: Path) -> None:
    opened.model.learn(some_events(50))
    again = restart(opened.model, tmp_path)
    assert again.positions == {}
    assert int(look(tmp_path).products.used[0]) == 0
    again.model.close()


def test_other_half_lives_than_it_was_learnt_with_are_refused(opened: Opened, tmp_path: Path) -> None:
    opened.model.snapshot({})
    opened.model.close()
    with pytest.raises(TableError, match="learnt with half-lives of 1.2096e.06 and 43200 seconds, not 5 and 4: set"):
        open_model(tmp_path, SMALL, PopularityHalfLives(5.0, 4.0))
    open_model(tmp_path, SMALL, HALF_LIVES).model.close()  # it let go of the folder


def test_what_says_nothing_changes_nothing(opened: Opened, tmp_path: Path) -> None:
    before = contents(tmp_path)
    opened.model.learn(
        [event("ann", "p1", 1, type="dislike", weight=-1.0), event("ann", "", 2), event("ann", "p1", 3, weight=0.0)]
    )
    assert contents(tmp_path) == before
    assert opened.model.ignored == {"quantity": 0, "rate": 0, "order": 0, "robot": 0}


def test_quantities_that_nobody_buys_are_ignored(opened: Opened, tmp_path: Path) -> None:
    events = [event("bob", "p1", 2, type="purchase", quantity=quantity) for quantity in (100.0, 100.5, 5000.0)]
    opened.model.learn(events)
    assert opened.model.ignored == {"quantity": 2, "rate": 0, "order": 0, "robot": 0}
    assert look(tmp_path).tables.popularity.counts[0].tolist() == [0, 0, 0, 0, 1]


def test_what_crawlers_do_is_ignored(opened: Opened, tmp_path: Path) -> None:
    before = contents(tmp_path)
    opened.model.learn([event("bob", "p1", 2, robot=True), event("bob", "p2", 3, robot=True, quantity=5000.0)])
    assert contents(tmp_path) == before
    assert opened.model.ignored == {"quantity": 0, "rate": 0, "order": 0, "robot": 2}


def buy(visitor: str, product: str, time: float, order_id: str = "", **more: object) -> Event:
    return event(visitor, product, time, **{"type": "purchase", "weight": 10.0, "order_id": order_id, **more})


def rows_of(folder: Path) -> tuple[list[list[str]], list[list[str]]]:
    """The products of all orders that are still there, and those of all histories."""
    model = look(folder)
    names, found = Names(model.products), list[list[list[str]]]()
    for rows in (model.baskets.orders, model.baskets.histories):
        last, slots = int(rows.next_number[0]), len(rows.number)
        kept = [n % slots for n in range(max(last - slots, 0), last)]
        found.append([[names.text(product) for product in rows.clicks[slot, : rows.length[slot]]] for slot in kept])
    return found[0], found[1]


def test_purchases_become_orders_and_histories(opened: Opened, tmp_path: Path) -> None:
    events = [buy("ann", "p1", 0, "a"), buy("bob", "p3", 1), buy("ann", "p2", 2, "a"), buy("ann", "p3", 3, "b")]
    opened.model.learn([event("ann", "p9", 0), *events[:2], event("bob", "p9", 2, type="add_to_cart")])
    opened.model.learn(events[2:])
    assert rows_of(tmp_path) == ([["p1", "p2"], ["p3"], ["p3"]], [["p1", "p2", "p3"], ["p3"]])
    assert look(tmp_path).tables.sessions.length[:2].tolist() == [4, 2]  # a purchase is of the session, too


@pytest.mark.parametrize(
    "more", [{"type": "view"}, {"type": "refund", "weight": -5.0}, {"weight": 0.0}, {"quantity": 101.0}]
)
def test_what_is_no_purchase_is_in_no_order(opened: Opened, tmp_path: Path, more: dict[str, object]) -> None:
    opened.model.learn([buy("ann", "p1", 0, "a", **more), buy("ann", "", 1, "a")])
    assert rows_of(tmp_path) == ([], [])
    assert opened.model.ignored["order"] == 0


def test_an_order_of_a_reseller_is_learnt_from_no_longer(opened: Opened, tmp_path: Path) -> None:
    opened.model.learn([buy("ann", f"p{n % 7}", n, "a") for n in range(MAX_AN_ORDER + 9)])
    assert opened.model.ignored == {"quantity": 0, "rate": 0, "order": 9, "robot": 0}
    baskets = look(tmp_path).baskets
    assert (baskets.orders.total[0], baskets.histories.total[0]) == (MAX_AN_ORDER, MAX_AN_ORDER)


def test_tables_of_baskets_grow(opened: Opened, tmp_path: Path) -> None:
    """And hold what those that had room from the beginning hold."""
    events = [buy(f"v{n % 9}", f"p{n % 31}", 60.0 * n, str(n // 20)) for n in range(400)]
    opened.model.learn(events)
    replay(tmp_path / "roomy", events, 400)
    assert rows_of(tmp_path) == rows_of(tmp_path / "roomy")
    model, small = look(tmp_path), SMALL.sizes()
    assert len(model.baskets.orders.arena) > small["order_cells"]
    assert len(model.baskets.histories.arena) > small["history_cells"]


def baskets_in(tables: dict[str, bytes]) -> dict[str, bytes]:
    """Those of the tables that baskets are in."""
    return {name: data for name, data in tables.items() if name.startswith((ORDERS, HISTORIES))}


@pytest.mark.parametrize("at", [1, 100, 333])
def test_a_replay_and_a_restart_give_the_same_baskets(tmp_path: Path, at: int) -> None:
    events = some_events(500)
    whole = baskets_in(replay(tmp_path / "whole", events, 500))
    assert baskets_in(replay(tmp_path / "again", events, 13, settle_every=2)) == whole
    model = open_model(tmp_path / "broken", ROOMY, HALF_LIVES).model
    model.learn(events[:at])
    model.snapshot({0: "5-0"})
    model.learn(events[at : at + 50])  # lost: not in the snapshot
    model = restart(model, tmp_path / "broken").model
    model.learn(events[at:])
    model.snapshot({0: "7-0"})
    model.close()
    assert baskets_in(kept(tmp_path / "broken")) == whole
    orders = look(tmp_path / "whole").baskets.orders
    assert orders.next_number[0] > 16 == len(orders.number)
    assert max(orders.total.tolist()) > 1


def test_what_was_shown_and_what_is_met_again(opened: Opened, tmp_path: Path) -> None:
    shown = [event("ann", "p1", 0, type="impression", weight=0.0)]
    repeats = [event("cat", "p1", 3), event("cat", "p1", 4, type="add_to_cart", weight=3.0), event("cat", "p1", 5)]
    opened.model.learn([*shown, *repeats])
    tables = look(tmp_path).tables
    assert (int(tables.sessions.next_number[0]), int(tables.sessions.length[0]), int(tables.sessions.total[0])) == (
        1,
        1,
        3,
    )
    assert [tables.popularity.counts[0, kind] for kind in (IMPRESSIONS, VIEWS, CARTS)] == [1, 2, 1]


def test_a_robot_is_learnt_from_no_longer(opened: Opened, tmp_path: Path) -> None:
    opened.model.learn([event("robot", f"p{n % 40}", float(n)) for n in range(MAX_EVENTS_A_SESSION + 50)])
    assert opened.model.ignored == {"quantity": 0, "rate": 50, "order": 0, "robot": 0}
    assert int(look(tmp_path).tables.popularity.counts.sum()) == MAX_EVENTS_A_SESSION


def test_neighbours_are_looked_up_some_at_a_time(opened: Opened, tmp_path: Path) -> None:
    opened.model.learn([event("ann", f"p{n}", n) for n in range(4)])
    assert [opened.model.settle(limit) for limit in (2, 2, 2, None)] == [2, 1, 0, 0]
    assert (look(tmp_path).tables.products.neighbours[:4] >= 0).sum(axis=1).tolist() == [3] * 4


def test_a_reader_follows_in_place_and_after_growth(opened: Opened, tmp_path: Path) -> None:
    reader = open_for_reading(tmp_path / "tables", SCHEMA)
    names = Names(view_model(reader.arrays).products)
    opened.model.learn([event("ann", "p1", 0)])
    names.sync()
    assert names.find("p1") == 0
    opened.model.learn([event("ann", f"p{n}", n) for n in range(40)])
    assert not reader.is_current()
    larger = look(tmp_path)
    names.move(larger.products)
    assert len(names) == 40
    assert np.isfinite(larger.tables.popularity.engagement[:40]).all()
    assert larger.tables.popularity.overall_top[:40].min() == 0


def test_a_second_learner_is_refused(opened: Opened, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is being written by process"):
        open_model(tmp_path, SMALL, HALF_LIVES)
