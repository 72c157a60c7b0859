"""Interests as shares of categories."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.interests import CURRENT_LENGTH, STEP, Evidence, category_shares, decayed_weights

NONE: dict[str, float] = {}
LOG_SUMS = st.dictionaries(st.sampled_from(["cA", "cB", "CB", "CC", "bx", "p3"]), st.floats(-2000, 2000))
CATEGORIES = st.lists(st.lists(st.sampled_from("ABC"), unique=True, max_size=2).map(tuple), max_size=15)


def decayed_shares(sums: Mapping[str, float], prefix: str) -> dict[str, float]:
    weights = decayed_weights(sums, prefix)
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def test_shares_follow_the_sums() -> None:
    sums = {"cA": math.log2(3.0), "cB": 0.0, "bAcme": 50.0, "p4": 50.0}
    assert decayed_shares(sums, "c") == pytest.approx({"A": 0.75, "B": 0.25})
    assert decayed_shares(sums, "b") == {"Acme": 1.0}


def test_shares_need_no_clock() -> None:
    sums = {"cA": 1.0, "cB": 2.0, "CA": -1.0}
    later = {key: value - 40.0 for key, value in sums.items()}
    assert decayed_shares(later, "c") == pytest.approx(decayed_shares(sums, "c"))


@pytest.mark.parametrize(
    ("negative", "expected"),
    [(0.0, {"A": 0.75, "B": 0.25}), (2.0, {"A": 0.5, "B": 0.5}), (3.0, {"B": 1.0}), (8.0, {"B": 1.0})],
)
def test_negative_evidence_is_taken_off_but_never_below_nothing(negative: float, expected: dict[str, float]) -> None:
    sums = {"cA": math.log2(3.0), "cB": 0.0, "CC": 5.0}
    if negative:
        sums["CA"] = math.log2(negative)
    assert decayed_shares(sums, "c") == pytest.approx(expected)


def test_dislike_alone_is_no_interest() -> None:
    assert decayed_shares({"CA": 1.0}, "c") == {}
    assert category_shares(Evidence({"CA": 1.0}, NONE, [])) == {}


def test_the_newest_interaction_counts_most() -> None:
    shares = category_shares(Evidence(NONE, NONE, [("A",), ("B", "C"), ()]))
    total = 1.0 + STEP
    assert shares == pytest.approx({"A": 1.0 / total, "B": STEP / 2 / total, "C": STEP / 2 / total})


def test_old_interactions_are_not_current() -> None:
    current = [("A",)] * CURRENT_LENGTH + [("B",)]
    assert category_shares(Evidence(NONE, NONE, current)) == pytest.approx({"A": 1.0})


def test_views_that_have_something_to_say_are_averaged() -> None:
    long, session = {"cA": 0.0}, {"cB": 0.0}
    assert category_shares(Evidence(long, session, [("C",)])) == pytest.approx({"A": 1 / 3, "B": 1 / 3, "C": 1 / 3})
    assert category_shares(Evidence(long, {"bx": 1.0}, [("C",)])) == pytest.approx({"A": 0.5, "C": 0.5})
    assert category_shares(Evidence(long, NONE, [()])) == {"A": 1.0}


@given(LOG_SUMS, LOG_SUMS, CATEGORIES)
def test_shares_sum_to_one_or_there_are_none(
    long: dict[str, float], session: dict[str, float], current: list[tuple[str, ...]]
) -> None:
    shares = category_shares(Evidence(long, session, current))
    assert all(share > 0.0 for share in shares.values())
    assert not shares or math.isclose(math.fsum(shares.values()), 1.0)
