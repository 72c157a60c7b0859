"""Profiles in this process's memory: for tests, and as the plain statement of what a store does."""

import threading
from collections.abc import Sequence

import msgspec

from events.dedupe import dedupe_hashes
from events.event import Event, Visitor
from events.memory_log import MemoryEventLog
from events.taxonomy import Taxonomy
from profiles.delta import HalfLives, build_delta
from profiles.keys import partition_of
from profiles.profile import Bounds, Profile, merge


class MemoryProfileStore:
    """A `ProfileStore` without expiry that appends to `log`; lost when the process ends."""

    def __init__(self, bounds: Bounds, half_lives: HalfLives, taxonomy: Taxonomy, log: MemoryEventLog) -> None:
        self._bounds, self._half_lives, self._taxonomy, self._log = bounds, half_lives, taxonomy, log
        self._profiles: dict[Visitor, Profile] = {}
        self._seen: dict[Visitor, set[int]] = {}
        self._merged: dict[Visitor, Visitor] = {}
        self._lock = threading.Lock()

    def read(self, visitor: Visitor) -> Profile:
        """See `ProfileStore.read`."""
        with self._lock:
            return self._profiles.get(self._merged.get(visitor, visitor), Profile())

    def apply(self, events: Sequence[Event], now: float) -> list[bool]:
        """See `ProfileStore.apply`."""
        with self._lock:
            return [self._apply(event) for event in events]

    def merge(self, source: Visitor, target: Visitor, now: float) -> None:
        """See `ProfileStore.merge`."""
        with self._lock:
            self._merged[source] = target
            known = self._profiles.get(target, Profile())
            self._profiles[target] = merge(known, self._profiles.pop(source, Profile()), self._bounds)
            self._seen.setdefault(target, set()).update(self._seen.pop(source, set()))

    def _apply(self, event: Event) -> bool:
        visitor = self._merged.get(event.visitor, event.visitor)
        seen = self._seen.setdefault(visitor, set())
        hashes = dedupe_hashes(event)
        is_new = seen.isdisjoint(hashes)
        seen.update(hashes)
        if is_new:
            delta = build_delta(event, self._half_lives, self._taxonomy)
            self._profiles[visitor] = merge(self._profiles.get(visitor, Profile()), delta, self._bounds)
            partition = partition_of(visitor.key, self._log.partitions)
            self._log.append(partition, msgspec.structs.replace(event, visitor=visitor))
        return is_new
