"""What one event adds to a profile."""

from typing import Any

import pytest

from events.event import Event
from profiles.decay import to_ms, value_at
from profiles.delta import HalfLives, build_delta, price_band
from profiles.profile import Profile
from tests.examples import NOW, TAXONOMY, understand_one

HALF_LIVES = HalfLives(14 * 86400.0, 1800.0)
AT, VIEW = to_ms(NOW), TAXONOMY.code_of("view")


def delta_of(**raw: Any) -> Profile:
    return build_delta(understand_one({"user_id": "u1", "product_id": "p1", **raw}), HALF_LIVES, TAXONOMY)


def evidence(log_sums: dict[str, float], half_life: float) -> dict[str, float]:
    return {key: round(value_at(value, NOW, half_life), 6) for key, value in log_sums.items()}


def test_a_view_is_evidence_for_category_brand_and_price_band() -> None:
    delta = delta_of(event_type="view", category="A", brand="b", price=20)
    expected = {"cA": 1.0, "bb": 1.0, "p4": 1.0}
    assert evidence(delta.interests, HALF_LIVES.long) == expected
    assert evidence(delta.session, HALF_LIVES.session) == expected
    assert (delta.counts, delta.recent) == ({VIEW: 1}, [(AT, VIEW, "p1")])
    assert (delta.first_seen, delta.last_seen) == (AT, AT)


def test_several_categories_share_the_weight() -> None:
    delta = delta_of(event_type="add_to_cart", categories=["A", "B", "C"], brand="b")
    assert evidence(delta.interests, HALF_LIVES.long) == {"cA": 1.0, "cB": 1.0, "cC": 1.0, "bb": 3.0}


def test_dislike_has_an_accumulator_of_its_own() -> None:
    delta = delta_of(event_type="dislike", category="A", brand="b", price=1)
    assert evidence(delta.interests, HALF_LIVES.long) == {"CA": 3.0, "Bb": 3.0, "P0": 3.0}


@pytest.mark.parametrize(("kind", "key"), [("purchase", "op1"), ("refund", "Op1")])
def test_a_purchase_counts_once_however_many_pieces_and_in_the_long_run_only(kind: str, key: str) -> None:
    delta = delta_of(event_type=kind, quantity=4, price=20, timestamp=NOW - HALF_LIVES.bought)
    assert evidence(delta.interests, HALF_LIVES.bought)[key] == 0.5
    assert len(delta.interests) == 2
    assert key not in delta.session


@pytest.mark.parametrize("kind", ["view", "add_to_cart", "rating", "hide", "remove_from_cart"])
def test_nothing_but_a_purchase_counts_as_one(kind: str) -> None:
    assert {key[0] for key in delta_of(event_type=kind, category="A", rating=5).interests} <= {"c", "C"}


@pytest.mark.parametrize(
    "raw", [{"event_type": "impression"}, {"event_type": "quiz"}, {"event_type": "rating", "rating": 3}]
)
def test_no_weight_is_no_evidence_but_is_counted(raw: dict[str, Any]) -> None:
    delta = delta_of(category="A", **raw)
    assert (delta.interests, delta.session) == ({}, {})
    assert list(delta.counts.values()) == [1]


def test_the_least_of_all_weights_is_no_evidence() -> None:
    event = Event(event_id="e", type="scroll", timestamp=NOW, visitor=understand_one({"event_type": "page"}).visitor,
                  weight=5e-324, categories=("A", "B", "C"))  # fmt: skip
    assert build_delta(event, HALF_LIVES, TAXONOMY).interests == {}


@pytest.mark.parametrize(
    ("raw", "marks"),
    [
        ({"event_type": "view"}, {}),
        ({"event_type": "add_to_cart"}, {"kp1": (AT, 1.0)}),
        ({"event_type": "remove_from_cart"}, {"kp1": (AT, 0.0)}),
        ({"event_type": "add_to_wishlist"}, {"wp1": (AT, 1.0)}),
        ({"event_type": "remove_from_wishlist"}, {"wp1": (AT, 0.0)}),
        ({"event_type": "purchase", "quantity": 3}, {"op1": (AT, 3.0), "kp1": (AT, 0.0)}),
        ({"event_type": "refund"}, {"op1": (AT, 0.0)}),
        ({"event_type": "rating", "stars": 4}, {"rp1": (AT, 0.5)}),
        ({"event_type": "like"}, {"lp1": (AT, 1.0)}),
        ({"event_type": "dislike"}, {"lp1": (AT, -1.0)}),
        ({"event_type": "hide"}, {"hp1": (AT, 1.0)}),
        ({"event_type": "unhide"}, {"hp1": (AT, 0.0)}),
        ({"event_type": "identify", "traits": {"a": "x", "n": 2}}, {"ta": (AT, '"x"'), "tn": (AT, "2")}),
    ],
)  # fmt: skip
def test_marks(raw: dict[str, Any], marks: dict[str, Any]) -> None:
    assert delta_of(**raw).marks == marks


@pytest.mark.parametrize(
    ("kind", "is_recent"),
    [("view", True), ("purchase", True), ("impression", False), ("hide", False), ("dwell", False), ("refund", False)],
)
def test_what_enters_the_recent_products(kind: str, is_recent: bool) -> None:
    assert bool(delta_of(event_type=kind).recent) is is_recent


def test_an_event_about_a_category_is_about_no_product() -> None:
    delta = build_delta(understand_one({"event_type": "view_category", "category": "A"}), HALF_LIVES, TAXONOMY)
    assert evidence(delta.interests, HALF_LIVES.long) == {"cA": 0.3}
    assert (delta.marks, delta.recent) == ({}, [])


@pytest.mark.parametrize(
    ("price", "band"),
    [(0.0, ""), (-5.0, ""), (0.5, "-1"), (0.99, "-1"), (1.0, "0"), (1.99, "0"), (2.0, "1"), (1024.0, "10")],
)  # fmt: skip
def test_price_bands_double(price: float, band: str) -> None:
    assert price_band(price) == band
