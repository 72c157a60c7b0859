"""Products to buy again, from events by way of the profile."""

import pytest

from profiles.delta import BOUGHT_HALF_LIFE, HalfLives, build_delta
from profiles.profile import Bounds, Profile, merge
from recommender.buy_again import propose_again
from tests.examples import NOW, TAXONOMY, understand_one

BOUNDS = Bounds(interests=1000, marks=1000, recent=20)


def profile_of(*events: tuple[str, str, float]) -> Profile:
    """A profile after events: type, product, and how many half-lives ago."""
    profile = Profile()
    for kind, product, age in events:
        raw = {"user_id": "u", "product_id": product, "event_type": kind, "category": "C"}
        event = understand_one({**raw, "timestamp": NOW - age * BOUGHT_HALF_LIFE})
        profile = merge(profile, build_delta(event, HalfLives(14 * 86400.0, 1800.0), TAXONOMY), BOUNDS)
    return profile


def test_often_and_lately_is_what_counts() -> None:
    often = [("purchase", "often", age) for age in (3.0, 2.0, 1.0)]  # 1/8 + 1/4 + 1/2
    again = propose_again(profile_of(*often, ("purchase", "late", 0.0), ("purchase", "early", 4.0)), 10)
    assert again.products == ["late", "often", "early"]
    assert again.scores.tolist() == pytest.approx([1.0, 0.875, 0.0625])


def test_only_purchases_are_habits() -> None:
    again = propose_again(profile_of(("view", "a", 0.0), ("add_to_cart", "b", 0.0), ("like", "c", 0.0)), 10)
    assert (again.products, len(again.scores)) == ([], 0)
    assert propose_again(Profile(), 10).products == []


def test_what_went_back_is_not_proposed() -> None:
    bought = [("purchase", "a", 1.0), ("purchase", "b", 1.0), ("purchase", "b", 1.0)]
    again = propose_again(profile_of(*bought, ("refund", "a", 1.0), ("refund", "b", 1.0)), 10)
    assert again.products == ["b"]


def test_at_most_so_many_and_equal_ones_by_id() -> None:
    profile = profile_of(*(("purchase", name, 0.0) for name in "cab"))
    assert propose_again(profile, 2).products == ["a", "b"]
