"""The reference that `replay --verify` compares with: right by hand, equal to the service's code, and strict."""

import random
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pandas as pd
import pytest

from app.commands.columns import KEPT
from app.commands.rejects import Rejected
from app.commands.rows import build_event
from app.commands.tables import iter_rows
from app.commands.verify_compare import Comparison, compare
from app.commands.verify_events import build_events
from app.commands.verify_observed import View, build_tables
from app.commands.verify_reference import Reference, build_reference
from app.commands.verify_tables import MEASURES, VerifyError
from config import Settings
from events.event import Visitor
from events.memory_log import MemoryEventLog
from events.normalise import Arrival, Rules, normalise
from events.taxonomy import load_taxonomy
from profiles.decay import to_seconds
from profiles.delta import HalfLives
from profiles.memory_store import MemoryProfileStore
from profiles.profile import Bounds
from profiles.view import build_view

NOW = 1_795_000_000.0
DAY = 86_400.0
TAXONOMY = load_taxonomy({"quiz_completed": 0.5})
SETTINGS = Settings(recent_limit=4, marks_limit=6)

Cells = dict[str, object]


def frame_of(rows: Iterable[Cells]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), dtype=object)
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="line")
    return frame


def reference_of(rows: Iterable[Cells], settings: Settings = SETTINGS) -> Reference:
    return build_reference(build_events(frame_of(rows), TAXONOMY), TAXONOMY, settings, NOW)


def served_profiles(rows: Iterable[Cells], settings: Settings = SETTINGS) -> list[tuple[str, View]]:
    """What the service's own code makes of the rows: every profile as of its last event."""
    half_lives = HalfLives(settings.long_half_life_seconds, settings.session_half_life_seconds)
    bounds = Bounds(settings.interests_limit, settings.marks_limit, settings.recent_limit)
    store = MemoryProfileStore(bounds, half_lives, TAXONOMY, MemoryEventLog(1, lambda: NOW))
    sent = [build_event(line, cells) for line, cells in iter_rows(frame_of(rows))]
    assert not any(isinstance(event, Rejected) for event in sent)
    raw = msgspec.json.decode(msgspec.json.encode(sent))
    understood = normalise(raw, Arrival(NOW, lambda: "new"), Rules(TAXONOMY))
    assert understood.problems == []
    store.apply(understood.events, NOW)
    views = []
    for visitor in {event.visitor for event in understood.events}:
        profile = store.read(visitor)
        assert profile.last_seen is not None
        view = build_view(profile, to_seconds(profile.last_seen), half_lives, TAXONOMY)
        views.append((path_of(visitor), msgspec.json.decode(msgspec.json.encode(view))))
    return views


def records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.to_dict("records")


def path_of(visitor: Visitor) -> str:
    return f"{'users' if visitor.kind == 'user' else 'anonymous'}/{visitor.id}"


def compare_rows(rows: list[Cells], sent: list[Cells]) -> Comparison:
    """The reference for `rows` beside what the service makes of `sent`."""
    return compare(reference_of(rows).profiles, build_tables(served_profiles(sent)))


def make_rows(seed: int, count: int = 400) -> list[Cells]:
    """Rows of every kind: all types, aliases and custom types, times in every unit, ties, duplicates, all measures."""
    rng = random.Random(seed)
    names = [name for row in TAXONOMY.types for name in (row.type, *row.aliases)]
    names = [name for name in names if name not in ("identify", "alias", "merge")] + ["Custom Thing", "view", "view"]
    rows = [_make_row(rng, names) for _ in range(count)]
    rows += [dict(row) for row in rng.sample(rows, count // 5)]
    rng.shuffle(rows)
    return rows


def _make_row(rng: random.Random, names: list[str]) -> Cells:
    seconds = 1_794_000_000 + rng.randrange(40) * rng.choice([0, 1, 1800, 20_000])
    time = rng.choice([str(seconds), f"{seconds}.25", f"{seconds}500", seconds, _iso(seconds), f"{seconds}000000"])
    row: Cells = {
        "user_id": rng.choice(["u1", "u2", " 7 ", "", None, 8, 9.0]),
        "visitor_id": rng.choice(["b1", "b/2 3"]),
        "event_type": rng.choice(names),
        "ts": time,
        "item_id": rng.choice(["p1", "p2", "p3", "p4", 5]),
        "category_code": rng.choice(["a > b", "c", "", None, ["c", "d", "c"], 12]),
        "category_id": rng.choice(["c77", ""]),
        "search_term": rng.choice(["shoes", "red"]),
    }
    known = TAXONOMY.find(str(row["event_type"]))
    if known is not None and known.needs == "category":
        row["category_id"] = "c77"
    # Rows that are one event must not differ in what they do, so the rest follows from what makes them one.
    same = random.Random(repr([row["user_id"], row["visitor_id"], row["event_type"], time, row["item_id"]]))
    row["brand"] = same.choice(["acme", " b ", ""])
    row["price"] = same.choice(["0", "0.99", "8", "7.999999999999999", "1e3", 543.1, ""])
    row["rating"] = same.choice([1, "5", 3, "-0.5", 0.25])
    row["qty"] = same.choice(["1", "3", 9, 0, "0.5"])
    row[same.choice(["duration", "duration_ms"])] = same.choice(["12.5", 30, ""])
    row[same.choice(["percent_scrolled", "portion"])] = same.choice(["0.5", 1, ""])
    row["order_id"] = same.choice(["", "", f"o{same.random()}"])
    return row


def _iso(seconds: int) -> str:
    return str(pd.Timestamp(seconds, unit="s", tz="UTC")).replace("+00:00", " UTC")


@pytest.mark.parametrize("seed", range(8))
def test_the_reference_equals_what_the_service_makes_of_the_file(seed: int) -> None:
    rows = make_rows(seed)
    sent = [*rows, *rows]
    random.Random(seed).shuffle(sent)
    reference = reference_of(rows)
    result = compare(reference.profiles, build_tables(served_profiles(sent)))
    assert result.differences["text"].tolist() == []
    assert result.max_relative < 1e-8
    assert reference.left_out == {}
    assert len(reference.profiles.seen) == 7


def test_a_profile_by_hand() -> None:
    last = 1_794_000_000.0
    rows: list[Cells] = [
        {"user_id": "1", "event_type": "view", "timestamp": last - 14 * DAY, "product_id": "a", "category": "x"},
        {"user_id": "1", "event_type": "buy", "timestamp": last, "product_id": "b", "quantity": "4",
         "category": ["x", "y"], "price": "8"},
        {"user_id": "1", "event_type": "hide", "timestamp": last - 1800, "product_id": "c", "brand": "z"},
    ]  # fmt: skip
    profiles = reference_of(rows).profiles
    interests = {(row["dimension"], row["name"]): [row[m] for m in MEASURES] for row in records(profiles.interests)}
    # Half of a view a half-life ago, and half of a purchase of four pieces: 0.5 + 5 * sqrt(4) / 2.
    assert interests["category", "x"] == pytest.approx([5.5, 5.0 + 2.0**-672, 0.0, 0.0])
    assert interests["category", "y"] == pytest.approx([5.0, 5.0, 0.0, 0.0])
    assert interests["price_band", "8-16"] == pytest.approx([10.0, 10.0, 0.0, 0.0])
    assert interests["brand", "z"] == pytest.approx([0.0, 0.0, 5 * 2 ** (-1 / 672), 2.5])
    products = {(row["list"], row["product_id"], row["value"]) for row in records(profiles.products)}
    assert products == {("purchases", "b", 4.0), ("hidden", "c", 1.0)}
    assert profiles.recent["product_id"].tolist() == ["b", "a"]
    assert records(profiles.seen) == [
        {"visitor": "users/1", "first_ms": (last - 14 * DAY) * 1e3, "last_ms": last * 1e3}
    ]


VIEWS: list[Cells] = [
    {"user_id": "1", "event_type": kind, "timestamp": 1_794_000_000 + n, "product_id": f"p{n}", "category": "x"}
    for n, kind in enumerate(["view", "cart", "view", "view", "hide"])
]


def test_rows_that_are_one_event_count_once_and_others_do_not() -> None:
    assert compare_rows([*VIEWS, *VIEWS], VIEWS).differences.empty
    later = {**VIEWS[0], "timestamp": 1_794_000_100}
    assert not compare_rows([*VIEWS, later], VIEWS).differences.empty
    other_spelling = {**VIEWS[0], "timestamp": "1794000000.0"}
    assert compare_rows([*VIEWS, other_spelling], [*VIEWS, other_spelling]).differences.empty


def _weaken(view: View) -> None:
    view["interests"]["category"][0]["long_term"] *= 1 - 2e-6


def _weaken_session(view: View) -> None:
    view["interests"]["category"][0]["session"] *= 1 + 2e-6


def _forget_negative(view: View) -> None:
    view["interests"]["category"][0]["long_term_negative"] = 0.0


def _swap_recent(view: View) -> None:
    view["recent"][0]["product_id"] = "other"


def _move_last_seen(view: View) -> None:
    view["last_seen"] += 1.0


CORRUPTIONS: list[Callable[[View], Any]] = [
    _weaken,
    _weaken_session,
    _forget_negative,
    _swap_recent,
    _move_last_seen,
    lambda view: view["interests"]["category"].clear(),
    lambda view: view["interests"]["brand"].append({**view["interests"]["category"][0], "name": "acme"}),
    lambda view: view["recent"].pop(),
    lambda view: view["recent"].append(view["recent"][0]),
    lambda view: view["cart"].clear(),
    lambda view: view["cart"][0].update(timestamp=view["cart"][0]["timestamp"] + 1),
    lambda view: view["purchases"].append({**view["cart"][0], "value": 1.0}),
    lambda view: view["counts"].update(view=2),
    lambda view: view["counts"].update(click=1),
]


@pytest.mark.parametrize("corrupt", CORRUPTIONS)
def test_every_difference_is_found(corrupt: Callable[[View], Any]) -> None:
    views = served_profiles(VIEWS)
    assert compare(reference_of(VIEWS).profiles, build_tables(views)).differences.empty
    corrupt(views[0][1])
    differences = compare(reference_of(VIEWS).profiles, build_tables(views)).differences
    assert set(differences["visitor"]) == {"users/1"}


def test_another_price_band_is_a_difference() -> None:
    rows = [{**row, "price": "15.99"} for row in VIEWS]
    views = served_profiles(rows)
    assert compare(reference_of(rows).profiles, build_tables(views)).differences.empty
    views[0][1]["interests"]["price_band"][0]["name"] = "16-32"
    texts = compare(reference_of(rows).profiles, build_tables(views)).differences["text"]
    assert any("price_band '8-16' long_term" in text for text in texts)
    assert any("price_band '16-32' long_term: 0.0 by the file" in text for text in texts)


def test_what_fades_from_a_session_within_its_horizon_is_no_difference() -> None:
    rows = [{**VIEWS[0], "category": f"c{n}", "timestamp": 1_794_000_000 + n * 1800 * 20} for n in range(8)]
    views = served_profiles(rows)
    assert [interest["session"] for interest in views[0][1]["interests"]["category"]][3:] == [0.0] * 5
    assert compare(reference_of(rows).profiles, build_tables(views)).differences.empty


def test_a_visitor_the_service_does_not_know_is_a_difference() -> None:
    differences = compare(reference_of(VIEWS).profiles, build_tables([])).differences
    assert set(differences["visitor"]) == {"users/1"}


def test_any_of_the_oldest_recent_products_may_be_kept_when_they_share_a_time() -> None:
    settings = Settings(recent_limit=2)
    rows = [{**VIEWS[0], "product_id": f"p{n}", "timestamp": 1_794_000_000 + (n == 0)} for n in range(4)]
    expected = reference_of(rows, settings).profiles
    views = served_profiles(rows, settings)
    newest, oldest = views[0][1]["recent"]
    for other in ("p1", "p2", "p3"):
        views[0][1]["recent"] = [newest, {**oldest, "product_id": other}]
        assert compare(expected, build_tables(views)).differences.empty
    views[0][1]["recent"] = [{**newest, "product_id": "p1"}, oldest]
    assert not compare(expected, build_tables(views)).differences.empty


@pytest.mark.parametrize(
    "extra",
    [
        {**VIEWS[0], "brand": "differs"},
        {**VIEWS[0], "timestamp": NOW + 60},
        {**VIEWS[0], "timestamp": ""},
        {**VIEWS[0], "event_type": "buy", "order_id": "o1", "timestamp": 1_794_000_001},
    ],
)
def test_visitors_whose_profile_depends_on_the_order_or_time_of_arrival_are_left_out(extra: Cells) -> None:
    bought = {**VIEWS[0], "event_type": "buy", "order_id": "o1", "timestamp": 1_794_000_000}
    other = {**VIEWS[0], "user_id": "2"}
    reference = reference_of([*VIEWS, bought, other, extra])
    assert list(reference.left_out) == ["users/1"]
    assert reference.profiles.seen["visitor"].tolist() == ["users/2"]


@pytest.mark.parametrize(
    "cells",
    [
        {"event_type": "identify", "user_id": "1", "anonymous_id": "b1"},
        {"event_type": "view", "user_id": "1", "items": ["a", "b"]},
        {"event_type": "view", "user_id": "1", "product_id": "a", "sentAt": "2026-11-20T12:00:00Z"},
        {"event_type": "view", "user_id": "1", "properties": {"product_id": "a"}},
    ],
)
def test_what_cannot_be_recomputed_is_refused(cells: Cells) -> None:
    with pytest.raises(VerifyError, match="--verify"):
        reference_of([{"timestamp": 1_794_000_000, **cells}])


def test_kept_columns_speak_where_mapped_ones_are_silent() -> None:
    rows = [{**row, "category": "", KEPT + "category_id": "c77", KEPT + "price": "8"} for row in VIEWS]
    assert compare_rows(rows, rows).differences.empty
    assert set(reference_of(rows).profiles.interests["name"]) == {"c77", "8-16"}
