"""Decayed sums in log space: the same number as the plain sum, in any order and any grouping."""

import itertools
import math
import random
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.decay import EPOCH, log_weight, logaddexp2, value_at

LONG, SESSION = 14 * 86400.0, 1800.0
NOW = EPOCH + 2 * 365 * 86400.0
WEIGHTED = st.tuples(st.floats(1e-6, 1e6), st.floats(NOW - 20 * 365 * 86400.0, NOW))


def log_sum(events: list[tuple[float, float]], half_life: float) -> float:
    return reduce(logaddexp2, [log_weight(weight, time, half_life) for weight, time in events])


def plain_sum(events: list[tuple[float, float]], now: float, half_life: float) -> float:
    return math.fsum(weight * 2.0 ** ((time - now) / half_life) for weight, time in events)


@pytest.mark.parametrize("half_life", [LONG, SESSION])
def test_one_half_life_halves(half_life: float) -> None:
    stored = log_weight(3.0, NOW, half_life)
    assert value_at(stored, NOW, half_life) == pytest.approx(3.0, rel=1e-9)
    assert value_at(stored, NOW + half_life, half_life) == pytest.approx(1.5, rel=1e-9)
    assert value_at(stored, NOW - half_life, half_life) == pytest.approx(6.0, rel=1e-9)


@given(st.lists(WEIGHTED, min_size=1, max_size=30), st.sampled_from([LONG, SESSION, 7 * 86400.0]))
def test_agrees_with_the_plain_sum(events: list[tuple[float, float]], half_life: float) -> None:
    now = max(time for _, time in events)
    expected = plain_sum(events, now, half_life)
    assert value_at(log_sum(events, half_life), now, half_life) == pytest.approx(expected, rel=1e-9)


@given(st.lists(WEIGHTED, min_size=2, max_size=12), st.randoms(use_true_random=False), st.sampled_from([LONG, SESSION]))
def test_order_does_not_matter(events: list[tuple[float, float]], rng: random.Random, half_life: float) -> None:
    shuffled = rng.sample(events, len(events))
    # A difference d of log sums is a relative difference d * ln 2 of the sums.
    assert log_sum(shuffled, half_life) == pytest.approx(log_sum(events, half_life), abs=1e-9, rel=0)


@given(st.lists(WEIGHTED, min_size=2, max_size=12), st.integers(1, 11), st.sampled_from([LONG, SESSION]))
def test_merging_is_concatenating(events: list[tuple[float, float]], cut: int, half_life: float) -> None:
    cut = min(cut, len(events) - 1)
    merged = logaddexp2(log_sum(events[:cut], half_life), log_sum(events[cut:], half_life))
    assert merged == pytest.approx(log_sum(events, half_life), abs=1e-9, rel=0)


def test_ranking_needs_no_clock() -> None:
    sums = [log_weight(weight, NOW - age, LONG) for weight, age in itertools.product((0.5, 1.0, 5.0), (0.0, 1e5, 1e7))]
    for now in (NOW - 1e7, NOW, NOW + 1e7):
        values = [value_at(stored, now, LONG) for stored in sums]
        assert sorted(range(9), key=values.__getitem__) == sorted(range(9), key=sums.__getitem__)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_adding_commutes_and_never_shrinks(a: float, b: float) -> None:
    assert logaddexp2(a, b) == logaddexp2(b, a) >= max(a, b)


@pytest.mark.parametrize(
    ("log", "now", "expected"),
    [(1e9, NOW, 2.0**1023), (-1e9, NOW, 0.0), (0.0, EPOCH - 1e12, 2.0**1023), (0.0, EPOCH + 1e12, 0.0)],
)
def test_nothing_overflows(log: float, now: float, expected: float) -> None:
    assert value_at(log, now, SESSION) == expected
