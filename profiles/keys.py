"""Names of keys in Redis. A visitor's keys and their partition's log share a hash tag, so one script may use all.

{prefix}:{p007}:u:42:f      profile, or a forwarding note     MessagePack
{prefix}:{p007}:u:42:s      session interests                 MessagePack
{prefix}:{p007}:u:42:d0     event hashes of one period        set of integers; d0 to d3 in turn
{prefix}:{p007}:log         events of the partition           stream, field `e` = JSON
{prefix}:{p007}:dead        what could not be learnt from     stream, fields `id`, `raw`, `reason`
"""

import zlib

import msgspec

from events.event import Visitor

# Dedupe sets are named in turn. One lives for at most two periods after its own, so a fourth name is always free.
PERIODS = 4


class Keyspace(msgspec.Struct, frozen=True):
    """Builds key names. `dedupe_seconds` is the length of a dedupe period."""

    prefix: str
    partitions: int
    dedupe_seconds: int

    def partition(self, visitor_key: str) -> int:
        """The partition of a visitor; see `partition_of`."""
        return partition_of(visitor_key, self.partitions)

    def visitor_keys(self, visitor_key: str, now: float) -> list[str]:
        """Profile, session, this period's dedupe set, the dedupe set of the period before."""
        base = f"{self.prefix}:{{p{self.partition(visitor_key):03d}}}:{visitor_key}:"
        period = int(now // self.dedupe_seconds)
        return [f"{base}f", f"{base}s", f"{base}d{period % PERIODS}", f"{base}d{(period - 1) % PERIODS}"]

    def channel(self, visitor_key: str) -> str:
        """Where changes of the profile are published: the name of its key."""
        return self.visitor_keys(visitor_key, 0.0)[0]

    def log_key(self, partition: int) -> str:
        """The stream of one partition."""
        return f"{self.prefix}:{{p{partition:03d}}}:log"

    def dead_key(self, partition: int) -> str:
        """The stream of one partition's dead letters."""
        return f"{self.prefix}:{{p{partition:03d}}}:dead"


def partition_of(visitor_key: str, partitions: int) -> int:
    """The partition of a visitor: CRC-32 modulo the number of partitions."""
    return zlib.crc32(visitor_key.encode()) % partitions


def parse_visitor_key(key: str) -> Visitor:
    """The visitor whose `key` this is."""
    kind, _, name = key.partition(":")
    return Visitor("user" if kind == "u" else "anonymous", name)
