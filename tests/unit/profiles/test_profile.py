"""The algebra of profiles: merge commutes, associates, keeps to its bounds, and breaks ties the same everywhere."""

import hashlib
import math
import random
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.profile import MARKS, Bounds, Interaction, Mark, Profile, merge, supersedes

WIDE = Bounds(interests=1000, marks=1000, recent=1000)
NARROW = Bounds(interests=3, marks=3, recent=3)

TIMES = st.integers(0, 5)
# Sums within 2^-48 of each other: beyond that the session forgets, and no longer associates.
SUMS = st.dictionaries(st.sampled_from(["cA", "cB", "CA", "bx", "p3"]), st.floats(-20, 20))
TYPES = st.sampled_from([1, 2, "quiz"])
VALUES = st.integers(-2, 2).map(float) | st.sampled_from(['"gold"', "true", "3"])
PROFILES = st.builds(
    lambda sums, times, **parts: Profile(
        interests=sums,
        session={key: value + 1.0 for key, value in sums.items()},
        first_seen=min(times),
        last_seen=max(times),
        **parts,
    ),
    sums=SUMS,
    times=st.tuples(TIMES, TIMES),
    counts=st.dictionaries(TYPES, st.integers(1, 9)),
    marks=st.dictionaries(st.sampled_from(["kp", "kq", "wp", "tplan"]), st.tuples(TIMES, VALUES)),
    recent=st.lists(st.tuples(TIMES, TYPES, st.sampled_from("pqr")), max_size=4),
)


def assert_same(a: Profile, b: Profile) -> None:
    for left, right in ((a.interests, b.interests), (a.session, b.session)):
        assert left.keys() == right.keys()
        assert all(math.isclose(left[key], right[key], abs_tol=1e-9) for key in left)
    assert (a.counts, a.marks, a.recent) == (b.counts, b.marks, b.recent)
    assert (a.first_seen, a.last_seen) == (b.first_seen, b.last_seen)


@given(PROFILES, PROFILES, st.sampled_from([WIDE, NARROW]))
def test_merge_commutes(a: Profile, b: Profile, bounds: Bounds) -> None:
    assert_same(merge(a, b, bounds), merge(b, a, bounds))


@given(PROFILES, PROFILES, PROFILES)
def test_merge_associates(a: Profile, b: Profile, c: Profile) -> None:
    assert_same(merge(merge(a, b, WIDE), c, WIDE), merge(a, merge(b, c, WIDE), WIDE))


@given(PROFILES)
def test_the_empty_profile_changes_nothing(a: Profile) -> None:
    assert_same(merge(Profile(), a, WIDE), merge(a, Profile(), WIDE))
    assert merge(a, Profile(), WIDE).marks == a.marks


@given(st.lists(PROFILES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_recent_and_marks_that_are_kept_do_not_depend_on_the_order(profiles: list[Profile], rng: random.Random) -> None:
    """Recent products are a maximum, so that they associate even where some are dropped; so do their times."""
    one = reduce(lambda a, b: merge(a, b, NARROW), profiles, Profile())
    other = reduce(lambda a, b: merge(a, b, NARROW), rng.sample(profiles, len(profiles)), Profile())
    assert one.recent == other.recent
    assert len(one.recent) <= 3


def test_the_session_forgets_what_cannot_be_told_from_nothing() -> None:
    a = Profile(interests={"cA": 0.0, "cB": 0.0}, session={"cA": 0.0, "cB": 3.0})
    b = Profile(interests={"cC": 0.0}, session={"cC": 50.0})
    assert merge(a, b, WIDE).session == {"cB": 3.0, "cC": 50.0}
    assert merge(a, b, WIDE).interests.keys() == {"cA", "cB", "cC"}


def test_the_session_has_no_interest_that_the_profile_has_not() -> None:
    strong = Profile(interests={f"c{i}": 10.0 + i for i in range(3)})
    weak = Profile(interests={"cA": 1.0}, session={"cA": 30.0})
    assert merge(strong, weak, NARROW).session == {}


def test_merging_changes_neither_argument() -> None:
    a = Profile(interests={"cA": 1.0}, counts={2: 1}, marks={"kp": (1, 1.0)}, recent=[(1, 2, "p")])
    b = Profile(interests={"cA": 2.0}, counts={2: 2}, marks={"kp": (2, 0.0)}, recent=[(2, 2, "q")])
    merged = merge(a, b, WIDE)
    assert (a.interests, a.counts, a.marks, len(a.recent)) == ({"cA": 1.0}, {2: 1}, {"kp": (1, 1.0)}, 1)
    assert (b.interests, b.counts, b.marks, len(b.recent)) == ({"cA": 2.0}, {2: 2}, {"kp": (2, 0.0)}, 1)
    assert (merged.counts, merged.marks) == ({2: 3}, {"kp": (2, 0.0)})
    assert merged.recent == [(2, 2, "q"), (1, 2, "p")]


def test_bounds_keep_the_strongest_and_the_newest() -> None:
    a = Profile(interests={f"c{i}": float(i) for i in range(5)}, marks={f"k{i}": (i, 1.0) for i in range(5)})
    b = Profile(recent=[(i, 2, "p") for i in range(5)])
    merged = merge(a, b, NARROW)
    assert merged.interests.keys() == {"c4", "c3", "c2"}
    assert merged.marks.keys() == {"k4", "k3", "k2"}
    assert [time for time, _, _ in merged.recent] == [4, 3, 2]


def sha(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("mark", "known", "expected"),
    [
        ((2, 0.0), (1, 1.0), True),
        ((1, 1.0), (2, 0.0), False),
        ((1, 0.0), (1, 1.0), True),
        ((1, 1.0), (1, 0.0), False),
        ((1, 1.0), (1, 1.0), False),
        ((1, '"a"'), (1, '"b"'), sha('"a"') < sha('"b"')),
        ((1, '"b"'), (1, '"a"'), sha('"b"') < sha('"a"')),
    ],
)
def test_the_later_mark_wins_and_a_tie_is_settled_the_same_both_ways(mark: Mark, known: Mark, expected: bool) -> None:
    assert supersedes(mark, known) is expected


def test_equal_times_of_recent_products_are_ordered_by_hash() -> None:
    rows: list[Interaction] = [(1, 2, name) for name in "abcdef"]
    merged = merge(Profile(recent=rows), Profile(), WIDE)
    assert merged.recent == sorted(rows, key=lambda row: sha(f"{row[1]}{row[2]}"))


def test_marks_are_read_by_kind() -> None:
    profile = Profile(marks={"kp1": (1, 1.0), "wp1": (2, 1.0), "kq": (3, 0.0)})
    assert profile.marked("cart") == {"p1": (1, 1.0), "q": (3, 0.0)}
    assert profile.marked("hidden") == {}
    assert len(set(MARKS.values())) == len(MARKS)


def test_empty_is_who_was_never_seen() -> None:
    assert Profile().is_empty
    assert not Profile(last_seen=0).is_empty
