"""The port through which profiles are read and changed, and what callers know of it.

Implementations: `memory_store.MemoryProfileStore` and `redis_store.RedisProfileStore`. The same contract suite runs
on both (`tests/contract/test_profile_store.py`).
"""

from collections.abc import Sequence
from typing import Protocol

from events.event import Event, Visitor
from profiles.profile import Profile


class ProfileStore(Protocol):
    """Profiles of all visitors. Every method may raise `StoreUnavailable`."""

    def apply(self, events: Sequence[Event], now: float) -> list[bool]:
        """Apply events and append them to the log: per visitor all or nothing, duplicates left out.

        Returns, aligned with `events`, True where the event was applied and False where it was a duplicate.
        """

    def read(self, visitor: Visitor) -> Profile:
        """The profile of a visitor, or of whom they were merged into; empty for a stranger."""

    def merge(self, source: Visitor, target: Visitor, now: float) -> None:
        """Join anonymous `source` into user `target`, to whom `source`'s later events then go. Safe to repeat."""
