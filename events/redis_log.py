"""The event log in Redis Streams: one stream a partition, field `e` holding the event as JSON."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import redis

from events.event import Event
from events.log import LogEntry, LogUnavailable

_decode = msgspec.json.Decoder(Event).decode


class RedisEventLog:
    """An `EventLog` on the streams that `key_of(partition)` names."""

    def __init__(self, client: redis.Redis, partitions: int, key_of: Callable[[int], str]) -> None:
        self._client, self._partitions, self._key_of = client, partitions, key_of

    def newest(self, limit: int) -> list[LogEntry]:
        """See `EventLog.newest`. One round trip."""
        found = self._ask(lambda pipeline, key, _: pipeline.xrevrange(key, count=limit))
        return sorted(found, key=_age, reverse=True)[:limit]

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry]:
        """See `EventLog.read`. One round trip; entries of a partition are in order."""

        def after(pipeline: Any, key: str, partition: int) -> None:
            position = positions.get(partition)
            pipeline.xrange(key, min=f"({position}" if position else "-", count=limit)

        return self._ask(after)

    def _ask(self, queue: Callable[[Any, str, int], Any]) -> list[LogEntry]:
        pipeline = self._client.pipeline(transaction=False)
        for partition in range(self._partitions):
            queue(pipeline, self._key_of(partition), partition)
        try:
            replies = pipeline.execute()
        except redis.RedisError as error:
            raise LogUnavailable(str(error)) from error
        return [
            LogEntry(partition, entry_id.decode(), _decode(fields[b"e"]))
            for partition, entries in enumerate(replies)
            for entry_id, fields in entries
        ]


def _age(entry: LogEntry) -> tuple[int, ...]:
    return (*(int(part) for part in entry.id.split("-")), entry.partition)
