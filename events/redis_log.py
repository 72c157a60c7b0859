"""The event log in Redis Streams: one stream a partition, field `e` holding the event as JSON.

{prefix}:{p007}:log     events                stream, field `e` = JSON
{prefix}:{p007}:dead    dead letters          stream, fields `id` (in the log), `raw`, `reason`, in this order
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import islice, repeat
from typing import Any, Protocol

import redis

from events.log import MAX_DEAD, BadEntry, LogEntry, LogUnavailable, entry_time, parse_entry

# Dead letters are of visitors, too, and are not kept for good: this long after the last one of the partition.
DEAD_SECONDS = 30 * 86400
# Of each partition in one script call, which reads what is there once: more would keep the server from others.
MAX_PER_BURIAL = 500

_BURY = files("events").joinpath("bury.lua").read_text()
# An entry as the server sends it: id, and fields and values in turn.
_Raw = tuple[bytes, list[bytes]]


class LogKeys(Protocol):
    """Names the streams of a partition; `profiles.keys.Keyspace` does."""

    def log_key(self, partition: int) -> str:
        """The stream of its events."""

    def dead_key(self, partition: int) -> str:
        """The stream of its dead letters."""


class RedisEventLog:
    """An `EventLog` on the streams that `keys` names. Each method is one round trip."""

    def __init__(self, client: redis.Redis, partitions: int, keys: LogKeys) -> None:
        self._client, self._partitions, self._keys = client, partitions, keys

    def newest(self, limit: int) -> list[LogEntry]:
        """See `EventLog.newest`. May be fewer than there are, when bad entries are among the newest of a partition."""
        replies = self._ask_all(lambda pipeline, p: pipeline.xrevrange(self._keys.log_key(p), count=limit))
        parsed = (_parse(partition, entry) for partition, entry in _newest_first(replies))
        return list(islice((entry for entry in parsed if isinstance(entry, LogEntry)), limit))

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry | BadEntry]:
        """See `EventLog.read`. Entries of a partition are in order."""

        def after(pipeline: Any, partition: int) -> None:
            position = positions.get(partition)
            pipeline.xrange(self._keys.log_key(partition), min=f"({position}" if position else "-", count=limit)

        replies = self._ask_all(after)
        return [_parse(partition, entry) for partition, entries in enumerate(replies) for entry in entries]

    def bury(self, entries: Sequence[BadEntry]) -> None:
        """See `EventLog.bury`. A partition's dead letters go `DEAD_SECONDS` after the last one."""
        by_partition: dict[int, list[BadEntry]] = {}
        for entry in entries:
            by_partition.setdefault(entry.partition, []).append(entry)

        def queue(pipeline: Any) -> None:
            for partition, found in by_partition.items():
                for start in range(0, len(found), MAX_PER_BURIAL):
                    self._queue_burial(pipeline, partition, found[start : start + MAX_PER_BURIAL])

        self._ask(queue)

    def dead(self, limit: int) -> list[BadEntry]:
        """See `EventLog.dead`."""
        replies = self._ask_all(lambda pipeline, p: pipeline.xrevrange(self._keys.dead_key(p), count=limit))
        return [
            BadEntry(partition, fields[1].decode(), fields[3], fields[5].decode())
            for partition, (_, fields) in islice(_newest_first(replies), limit)
        ]

    def oldest(self) -> dict[int, str]:
        """See `EventLog.oldest`."""
        replies = self._ask_all(lambda pipeline, p: pipeline.xrange(self._keys.log_key(p), count=1))
        return {partition: entries[0][0].decode() for partition, entries in enumerate(replies) if entries}

    def _queue_burial(self, pipeline: Any, partition: int, entries: Sequence[BadEntry]) -> None:
        values = [value for entry in entries for value in (entry.id, entry.raw, entry.reason)]
        pipeline.eval(_BURY, 1, self._keys.dead_key(partition), MAX_DEAD, DEAD_SECONDS, *values)

    def _ask_all(self, queue: Callable[[Any, int], object]) -> list[list[_Raw]]:
        """The reply of each partition to the command that `queue` adds to a pipeline for it."""

        def queue_all(pipeline: Any) -> None:
            for partition in range(self._partitions):
                queue(pipeline, partition)

        return self._ask(queue_all)

    def _ask(self, queue: Callable[[Any], object]) -> list[Any]:
        pipeline: Any = self._client.pipeline(transaction=False)
        pipeline.response_callbacks = {}  # replies as they are: making dictionaries of them took a fifth of the time
        queue(pipeline)
        try:
            replies: list[Any] = pipeline.execute()
        except redis.RedisError as error:
            raise LogUnavailable(str(error)) from error
        return replies


def _newest_first(replies: Sequence[list[_Raw]]) -> Iterable[tuple[int, _Raw]]:
    """Entries of all partitions, each of them newest first, merged so; of equal times the higher partition first."""
    streams = [zip(repeat(partition), entries, strict=False) for partition, entries in enumerate(replies)]
    return heapq.merge(*streams, key=_age, reverse=True)


def _age(found: tuple[int, _Raw]) -> tuple[tuple[int, int], int]:
    partition, (entry_id, _) = found
    return entry_time(entry_id.decode()), partition


def _parse(partition: int, entry: _Raw) -> LogEntry | BadEntry:
    entry_id, fields = entry
    raw = fields[1] if fields[0] == b"e" else dict(zip(fields[::2], fields[1::2], strict=True)).get(b"e")
    if raw is None:
        return BadEntry(partition, entry_id.decode(), b" ".join(fields), "The entry has no field e, the event's JSON.")
    return parse_entry(partition, entry_id.decode(), raw)
