"""Everybody's evidence by product, as decayed sums."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.event import Event, Visitor
from learner.engagement import fold_engagement
from profiles.decay import value_at

NOW, DAY = 1_795_000_000.0, 86400.0
HALF_LIFE = 7 * DAY


def event(product: str = "p", weight: float = 1.0, age: float = 0.0) -> Event:
    visitor = Visitor("user", "u")
    return Event(event_id="e", type="view", timestamp=NOW - age, visitor=visitor, weight=weight, product_id=product)


def values(log_sums: dict[str, float], now: float = NOW) -> dict[str, float]:
    return {product: value_at(log_sum, now, HALF_LIFE) for product, log_sum in log_sums.items()}


def test_weights_add_up_and_fade() -> None:
    events = [event(weight=3.0), event(age=HALF_LIFE), event("q", 0.5), event("q", 0.5)]
    sums = fold_engagement(events, {}, HALF_LIFE)
    assert values(sums) == pytest.approx({"p": 3.5, "q": 1.0}, rel=1e-9)
    assert values(sums, NOW + HALF_LIFE) == pytest.approx({"p": 1.75, "q": 0.5}, rel=1e-9)


def test_only_positive_evidence_on_a_product_counts() -> None:
    assert fold_engagement([event(weight=-5.0), event(weight=0.0), event("")], {"p": 1.0}, HALF_LIFE) == {}


def test_what_is_known_goes_on_and_only_changes_come_back() -> None:
    known = fold_engagement([event("p"), event("q")], {}, HALF_LIFE)
    changed = fold_engagement([event("p"), event("p"), event("new")], known, HALF_LIFE)
    assert values(changed) == pytest.approx({"p": 3.0, "new": 1.0}, rel=1e-9)
    assert values(known) == pytest.approx({"p": 1.0, "q": 1.0}, rel=1e-9)


EVENTS = st.lists(
    st.builds(event, st.sampled_from("pqr"), st.floats(1e-3, 100), st.floats(0, 400 * DAY)), min_size=1, max_size=20
)


@given(EVENTS, st.integers(0, 20), st.randoms(use_true_random=False))
def test_order_and_batches_do_not_matter(events: list[Event], cut: int, rng: random.Random) -> None:
    at_once = fold_engagement(events, {}, HALF_LIFE)
    rng.shuffle(events)
    sums = fold_engagement(events[:cut], {}, HALF_LIFE)
    sums.update(fold_engagement(events[cut:], sums, HALF_LIFE))
    assert sums == pytest.approx(at_once, rel=1e-12, abs=1e-9)
    assert all(math.isfinite(value) for value in sums.values())
