"""Profiles in Redis: one atomic script per visitor and batch, one round trip per request."""

import secrets
from collections.abc import Sequence
from typing import Any, cast

import msgspec
import redis

from events.dedupe import dedupe_hashes
from events.event import Event, Visitor
from events.taxonomy import Taxonomy
from profiles.codec import Forward, decode_forward, decode_profile, encode_delta
from profiles.delta import HalfLives, build_delta
from profiles.errors import StoreUnavailable
from profiles.keys import Keyspace, parse_visitor_key
from profiles.profile import Bounds, Profile
from profiles.redis_link import Link
from profiles.redis_scripts import Call, Script, ask, check, run

# More events in one script call would keep the server from others for too long.
MAX_EVENTS_PER_CALL = 200


class Retention(msgspec.Struct, frozen=True):
    """How long things are kept: seconds, and entries of one partition's log."""

    profile_seconds: int
    session_seconds: int
    log_seconds: int
    log_entries: int


class RedisProfileStore:
    """A `ProfileStore` on Redis 7.0 or later, or Valkey. `reader` may have a shorter timeout than `writer`."""

    def __init__(
        self,
        clients: tuple[redis.Redis, redis.Redis],
        keyspace: Keyspace,
        retention: Retention,
        bounds: Bounds,
        interpretation: tuple[HalfLives, Taxonomy],
    ) -> None:
        self._reader, self._writer = Link(clients[0]), Link(clients[1])
        self._keyspace, self._retention = keyspace, retention
        self._half_lives, self._taxonomy = interpretation
        constants = _constants(keyspace, retention, bounds)
        self._apply, self._absorb = Script("apply", constants), Script("absorb", constants)
        self._release, self._settle = Script("release"), Script("settle")
        self._rows_cut = 0

    def read(self, visitor: Visitor) -> Profile:
        """See `ProfileStore.read`. One round trip; another for a visitor who was merged into a user."""
        stored, session = self._fetch(visitor.key)
        forward = decode_forward(stored)
        if forward is not None:
            stored, session = self._fetch(forward.target)
        return decode_profile(stored, session)

    def apply(self, events: Sequence[Event], now: float) -> list[bool]:
        """See `ProfileStore.apply`. One round trip for all events."""
        applied = [False] * len(events)
        calls = self._group(events)
        replies = run(self._writer, [self._apply_call(key, [events[i] for i in at], now) for key, at in calls])
        for (key, at), reply in zip(calls, replies, strict=True):
            forward = decode_forward(reply[0])
            if forward is not None:
                reply = self._apply_forwarded(key, forward, [events[i] for i in at], now)
            self._rows_cut += reply[1]
            for i, outcome in zip(at, reply[2:], strict=True):
                applied[i] = outcome == 1
        return applied

    def merge(self, source: Visitor, target: Visitor, now: float) -> None:
        """See `ProfileStore.merge`. Three steps, each atomic; whoever finds a note pending finishes it."""
        arguments = (target.key, secrets.token_hex(8), self._retention.profile_seconds)
        keys = self._keyspace.visitor_keys(source.key, now)
        while True:
            note = run(self._writer, [Call(self._release, keys, arguments)])[0]
            forward = decode_forward(note)
            if forward is None:
                raise AssertionError("release.lua returned no forwarding note")
            self._finish(source.key, forward, note, now)
            if forward.target == target.key:
                return

    def is_reachable(self) -> bool:
        """Whether the server answers within the reader's timeout."""
        try:
            return ask(self._reader, [("PING",)]) == [b"PONG"]
        except StoreUnavailable:
            return False

    def take_rows_cut(self) -> int:
        """Rows dropped at the bounds of profiles since this was last asked; see `Bounds`."""
        cut, self._rows_cut = self._rows_cut, 0
        return cut

    def _fetch(self, visitor_key: str) -> list[bytes | None]:
        keys = self._keyspace.visitor_keys(visitor_key, 0.0)[:2]
        return cast(list[bytes | None], check(ask(self._reader, [("MGET", *keys)]))[0])

    @staticmethod
    def _group(events: Sequence[Event]) -> list[tuple[str, list[int]]]:
        """Positions of events by visitor, in order, at most `MAX_EVENTS_PER_CALL` together."""
        groups: dict[str, list[int]] = {}
        for i, event in enumerate(events):
            groups.setdefault(event.visitor.key, []).append(i)
        size = MAX_EVENTS_PER_CALL
        return [(key, at[i : i + size]) for key, at in groups.items() for i in range(0, len(at), size)]

    def _apply_call(self, visitor_key: str, events: Sequence[Event], now: float) -> Call:
        keys = self._keyspace.visitor_keys(visitor_key, now)
        keys.append(self._keyspace.log_key(self._keyspace.partition(visitor_key)))
        oldest = int((now - self._retention.log_seconds) * 1000)
        arguments: list[Any] = [max(0, oldest)]
        for event in events:
            hashes = (*dedupe_hashes(event), "")
            delta = build_delta(event, self._half_lives, self._taxonomy)
            arguments += (hashes[0], hashes[1], encode_delta(delta), msgspec.json.encode(event))
        return Call(self._apply, keys, arguments)

    def _apply_forwarded(self, key: str, forward: Forward, events: list[Event], now: float) -> list[Any]:
        """Events of a visitor who has been merged count for whom they were merged into."""
        if forward.pending:
            note, _ = self._fetch(key)
            self._finish(key, forward, note, now)
        target = parse_visitor_key(forward.target)
        moved = [msgspec.structs.replace(event, visitor=target) for event in events]
        reply: list[Any] = run(self._writer, [self._apply_call(forward.target, moved, now)])[0]
        return reply

    def _finish(self, source_key: str, forward: Forward, note: bytes | None, now: float) -> None:
        if not forward.pending or note is None:
            return
        merge_hash = str(int.from_bytes(bytes.fromhex(forward.merge_id), "big", signed=True))
        arguments = [merge_hash, forward.profile, forward.session, *forward.hashes]
        target_keys = self._keyspace.visitor_keys(forward.target, now)
        self._rows_cut += run(self._writer, [Call(self._absorb, target_keys, arguments)])[0]
        empty = b"\xc1%s\0%s\x000\x000\0" % (forward.target.encode(), forward.merge_id.encode())
        source_keys = self._keyspace.visitor_keys(source_key, now)[:1]
        run(self._writer, [Call(self._settle, source_keys, (note, empty, self._retention.profile_seconds))])


def _constants(keyspace: Keyspace, retention: Retention, bounds: Bounds) -> dict[str, int]:
    """What the scripts that write profiles know of the settings."""
    return {
        "PROFILE_TTL": retention.profile_seconds,
        "SESSION_TTL": retention.session_seconds,
        "DEDUPE_TTL": 2 * keyspace.dedupe_seconds,
        "MAX_INTERESTS": bounds.interests,
        "MAX_MARKS": bounds.marks,
        "MAX_RECENT": bounds.recent,
        "MAX_LOG": retention.log_entries,
    }
