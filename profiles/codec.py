"""Profiles as MessagePack: flat arrays, because that is smallest and what `profile.lua` reads and writes.

    profile = [2, [key, log sum, ...], [type, count, ...], [key, age, value, ...], [age, type, product, ...],
               life, last_seen]
    session = [2, position of the key in the profile, log sum, ...]
    delta   = [[key, log sum, ...], [type, count, ...], [key, time, value, ...], [time, type, product, ...],
               first_seen, last_seen, [key, log sum, ...]]

Times are milliseconds. Small numbers take fewer bytes, so a profile keeps ages: a mark's before last_seen, an
interaction's before the one in front of it (the first one's before last_seen), and life = last_seen - first_seen.

A profile that was merged into another visitor leaves a forwarding note: byte 0xC1 (never used by MessagePack),
then target key, merge id, and the lengths of profile and session, each ended by a NUL; then the profile, the
session and the comma-separated dedupe hashes, all three only until the target has absorbed them.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Any

import msgspec

from profiles.errors import SchemaError
from profiles.profile import Interaction, Profile

SCHEMA = 2
FORWARD = b"\xc1"


class Forward(msgspec.Struct, frozen=True):
    """Where a merged visitor went, and what is still to be carried there (`pending`)."""

    target: str
    merge_id: str
    profile: bytes = b""
    session: bytes = b""
    hashes: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether the target still has to absorb something."""
        return bool(self.profile or self.session or self.hashes)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


def encode_delta(delta: Profile) -> bytes:
    """A delta as `apply.lua` takes it."""
    marks = ((key, time, value) for key, (time, value) in delta.marks.items())
    return _encoder.encode(
        [
            _flat(delta.interests.items()),
            _flat(delta.counts.items()),
            _flat(marks),
            _flat(delta.recent),
            delta.first_seen,
            delta.last_seen,
            _flat(delta.session.items()),
        ]
    )


def decode_profile(stored: bytes | None, session: bytes | None) -> Profile:
    """A profile from its two values in Redis, either of which may be missing.

    Raises:
        SchemaError: they were written by another version.
    """
    if stored is None:
        return Profile()
    sums, counts, marks, recent, life, last = _decode(stored)
    faded = _decode(session) if session is not None else []
    return Profile(
        interests=dict(_rows(sums, 2)),
        session={sums[2 * at]: value for at, value in _rows(faded, 2)},
        counts=dict(_rows(counts, 2)),
        marks={key: (last - age, value) for key, age, value in _rows(marks, 3)},
        recent=_interactions(recent, last),
        first_seen=last - life,
        last_seen=last,
    )


def decode_forward(stored: bytes | None) -> Forward | None:
    """The forwarding note in place of a profile, None when it is a profile."""
    if stored is None or not stored.startswith(FORWARD):
        return None
    target, merge_id, profile_length, session_length, rest = stored[1:].split(b"\0", 4)
    middle = int(profile_length)
    end = middle + int(session_length)
    hashes = tuple(rest[end:].decode().split(",")) if len(rest) > end else ()
    return Forward(target.decode(), merge_id.decode(), rest[:middle], rest[middle:end], hashes)


def _decode(stored: bytes) -> list[Any]:
    value = _decoder.decode(stored)
    if not isinstance(value, list) or value[0] != SCHEMA:
        raise SchemaError("a profile in Redis was written by another version; see docs/operations.md")
    return value[1:]


def _interactions(flat: list[Any], time: int) -> list[Interaction]:
    recent = []
    for age, kind, product in _rows(flat, 3):
        time -= age
        recent.append((time, kind, product))
    return recent


def _flat(rows: Iterable[tuple[object, ...]]) -> list[object]:
    return list(chain.from_iterable(rows))


def _rows(flat: list[Any], width: int) -> Iterable[tuple[Any, ...]]:
    return zip(*[iter(flat)] * width, strict=True)
