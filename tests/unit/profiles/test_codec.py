"""Profiles as bytes, and the notes that merged profiles leave behind. The scripts write what is read here."""

import random
from collections.abc import Iterable
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.codec import SCHEMA, decode_forward, decode_profile, encode_delta
from profiles.errors import SchemaError
from profiles.profile import Profile

KEYS = st.text(min_size=1, max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TYPES = KEYS | st.integers(0, 99)
TIMES = st.integers(-(2**41), 2**41)
PROFILES = st.builds(
    Profile,
    interests=st.dictionaries(KEYS, FLOATS, max_size=5),
    counts=st.dictionaries(TYPES, st.integers(1, 10**6), max_size=3),
    marks=st.dictionaries(KEYS, st.tuples(TIMES, FLOATS | st.text(max_size=8)), max_size=3),
    recent=st.lists(st.tuples(TIMES, TYPES, KEYS), max_size=5).map(lambda rows: sorted(rows, key=lambda row: -row[0])),
    first_seen=TIMES,
    last_seen=TIMES,
)


def flat(rows: Iterable[tuple[object, ...]]) -> list[object]:
    return [value for row in rows for value in row]


def stored_form(profile: Profile) -> tuple[bytes, bytes]:
    """What the scripts keep of a profile: ages for times, positions for the session's keys."""
    last, first = profile.last_seen or 0, profile.first_seen or 0
    times = [last, *(time for time, _, _ in profile.recent)]
    ages = [before - time for before, time in pairwise(times)]
    keys = list(profile.interests)
    parts = [
        flat(profile.interests.items()),
        flat(profile.counts.items()),
        flat((key, last - time, value) for key, (time, value) in profile.marks.items()),
        flat((age, kind, product) for age, (_, kind, product) in zip(ages, profile.recent, strict=True)),
        last - first,
        last,
    ]
    session = flat((keys.index(key), value) for key, value in profile.session.items())
    return msgspec.msgpack.encode([SCHEMA, *parts]), msgspec.msgpack.encode([SCHEMA, *session])


@given(PROFILES, st.randoms(use_true_random=False))
def test_what_is_stored_is_read(profile: Profile, rng: random.Random) -> None:
    profile.session = {key: rng.uniform(-50, 50) for key in profile.interests if rng.random() < 0.5}
    assert decode_profile(*stored_form(profile)) == profile


def test_either_part_may_be_missing() -> None:
    profile = Profile(interests={"cA": 1.0}, session={"cA": 2.0}, first_seen=1, last_seen=1)
    stored, session = stored_form(profile)
    assert decode_profile(None, None) == Profile()
    assert decode_profile(stored, None) == msgspec.structs.replace(profile, session={})
    assert decode_profile(None, session) == Profile()


@pytest.mark.parametrize("stored", [[SCHEMA - 1, [], [], [], [], 0, 0], {}, 1])
def test_another_schema_is_refused(stored: object) -> None:
    with pytest.raises(SchemaError):
        decode_profile(msgspec.msgpack.encode(stored), None)


def test_a_delta_is_what_the_script_expects() -> None:
    delta = Profile(interests={"cA": 1.5}, session={"cA": 2.5}, counts={2: 1}, marks={"kp": (3, 1.0)},
                    recent=[(3, 2, "p")], first_seen=3, last_seen=3)  # fmt: skip
    assert msgspec.msgpack.decode(encode_delta(delta)) == [
        ["cA", 1.5], [2, 1], ["kp", 3, 1.0], [3, 2, "p"], 3, 3, ["cA", 2.5],
    ]  # fmt: skip


def test_a_forwarding_note_carries_what_its_target_has_not_absorbed() -> None:
    stored, session = stored_form(Profile(interests={"c\0A": 1.0}, session={"c\0A": 2.0}, first_seen=1, last_seen=1))
    header = b"\xc1u:42\0abcd\0%d\0%d\0" % (len(stored), len(session))
    forward = decode_forward(header + stored + session + b"-5,17")
    assert forward is not None
    assert (forward.target, forward.merge_id, forward.pending) == ("u:42", "abcd", True)
    assert (forward.profile, forward.session, forward.hashes) == (stored, session, ("-5", "17"))


@pytest.mark.parametrize(("payload", "pending"), [(b"0\x000\0", False), (b"0\x000\x0017", True), (b"1\x000\0x", True)])
def test_a_note_is_settled_when_it_carries_nothing(payload: bytes, pending: bool) -> None:
    forward = decode_forward(b"\xc1u:42\0abcd\0" + payload)
    assert forward is not None
    assert forward.pending is pending


@given(PROFILES)
def test_a_profile_is_never_taken_for_a_note(profile: Profile) -> None:
    assert decode_forward(stored_form(profile)[0]) is None
    assert decode_forward(None) is None
