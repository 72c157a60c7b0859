"""The learner's loop: tail the log, fold what is new, write it with the position in one transaction.

A crash between two steps repeats none and loses none, because sums and position change together; two learners at once
do no harm, because a step whose starting position has moved is refused by Redis (WATCH).

    {prefix}:{catalogue}:position      hash, partition -> id of the last entry learnt from
"""

from collections.abc import Callable

import redis

from events.log import EventLog, LogEntry, LogUnavailable
from learner.engagement import fold_engagement
from profiles.errors import StoreUnavailable
from profiles.redis_scripts import as_unavailable
from recommender.redis_catalogue import RedisCatalogue

BATCH = 500
# Many small steps cost more than few large ones, and with the workers' own pace (app/refresher.py) a second is kept.
STEP_SECONDS = 0.25
OUTAGE_SECONDS = 0.5


class Learner:
    """Moves products' popularity with everybody's events."""

    def __init__(
        self, client: redis.Redis, log: EventLog, catalogue: RedisCatalogue, prefix: str, half_life: float
    ) -> None:
        self._client, self._log, self._catalogue = client, log, catalogue
        self._position_key = f"{prefix}:{{catalogue}}:position"
        self._half_life = half_life

    def run(self, wait: Callable[[float], bool]) -> None:
        """Learn until `wait(seconds)`, which sleeps, returns True. Outages are waited out."""
        pause = 0.0
        while not wait(pause):
            try:
                pause = 0.0 if self.step() >= BATCH else STEP_SECONDS
            except (StoreUnavailable, LogUnavailable):
                pause = OUTAGE_SECONDS

    def step(self) -> int:
        """Learn from what is new; returns the number of events.

        Raises:
            StoreUnavailable, LogUnavailable: Redis does not answer; nothing was changed.
        """
        try:
            with self._client.pipeline(transaction=True) as pipeline:
                pipeline.watch(self._position_key)  # type: ignore[no-untyped-call]
                stored = pipeline.hgetall(self._position_key)
                positions = {int(key): value.decode() for key, value in stored.items()}  # type: ignore[union-attr]
                entries = self._log.read(positions, BATCH)
                if entries:
                    self._write(pipeline, entries)
                return len(entries)
        except redis.WatchError:
            return 0
        except redis.RedisError as error:
            raise as_unavailable(error) from error

    def _write(self, pipeline: "redis.client.Pipeline", entries: list[LogEntry]) -> None:
        events = [entry.event for entry in entries]
        known = self._catalogue.engagement(list({event.product_id for event in events if event.product_id}))
        changed = fold_engagement(events, known, self._half_life)
        pipeline.multi()
        pipeline.hset(self._position_key, mapping={str(entry.partition): entry.id for entry in entries})
        if changed:
            self._catalogue.announce_engagement(pipeline, changed)
        pipeline.execute()
