"""Profiles as MessagePack: flat arrays, because that is smallest and what `profile.lua` reads and writes.

    profile = [1, [key, log_sum, ...], [type, count, ...], [key, time, value, ...], [time, type, product, ...],
               first_seen, last_seen]
    session = [1, [key, log_sum, ...]]
    delta   = profile's parts 2 to 7, then the session's [key, log_sum, ...]

A profile that was merged into another visitor leaves a forwarding note: byte 0xC1 (never used by MessagePack),
then target key, merge id, and the lengths of profile and session, each ended by a NUL; then the profile, the session
and the comma-separated dedupe hashes, all three only until the target has absorbed them.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from profiles.errors import SchemaError
from profiles.profile import Profile

SCHEMA = 1
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
    return _encoder.encode([*_parts(delta), _flat(delta.session.items())])


def encode_profile(profile: Profile) -> tuple[bytes, bytes]:
    """The bytes of the profile and of the session."""
    return _encoder.encode([SCHEMA, *_parts(profile)]), _encoder.encode([SCHEMA, _flat(profile.session.items())])


def decode_profile(stored: bytes | None, session: bytes | None) -> Profile:
    """A profile from its two values in Redis, either of which may be missing.

    Raises:
        SchemaError: they were written by another version.
    """
    profile = Profile()
    if stored is not None:
        schema, sums, counts, marks, recent, first, last = _decode(stored, 7)
        profile.interests = _pairs(sums)
        profile.counts = _pairs(counts)
        profile.marks = {key: (time, value) for key, time, value in _triples(marks)}
        profile.recent = list(_triples(recent))
        profile.first_seen, profile.last_seen = first, last
    if session is not None:
        profile.session = _pairs(_decode(session, 2)[1])
    return profile


def decode_forward(stored: bytes | None) -> Forward | None:
    """The forwarding note in place of a profile, None when it is a profile."""
    if stored is None or not stored.startswith(FORWARD):
        return None
    target, merge_id, profile_length, session_length, rest = stored[1:].split(b"\0", 4)
    middle = int(profile_length)
    end = middle + int(session_length)
    hashes = tuple(rest[end:].decode().split(",")) if len(rest) > end else ()
    return Forward(target.decode(), merge_id.decode(), rest[:middle], rest[middle:end], hashes)


def _parts(profile: Profile) -> list[object]:
    marks = ((key, time, value) for key, (time, value) in profile.marks.items())
    return [
        _flat(profile.interests.items()),
        _flat(profile.counts.items()),
        _flat(marks),
        _flat(profile.recent),
        profile.first_seen,
        profile.last_seen,
    ]


def _decode(stored: bytes, parts: int) -> list[Any]:
    value = _decoder.decode(stored)
    if not isinstance(value, list) or len(value) != parts or value[0] != SCHEMA:
        raise SchemaError("a profile in Redis was written by another version; see docs/operations.md")
    return value


def _flat(rows: Iterable[tuple[object, ...]]) -> list[object]:
    return [value for row in rows for value in row]


def _pairs(flat: list[Any]) -> dict[str, float]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _triples(flat: list[Any]) -> Iterable[tuple[Any, Any, Any]]:
    return zip(flat[::3], flat[1::3], flat[2::3], strict=True)
