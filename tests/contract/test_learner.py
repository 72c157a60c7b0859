"""The learner counts every event of the log once, whatever happens to it, on both kinds of server."""

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec
import pytest
import redis

from events.event import Event, Visitor
from events.log import EventLog, LogEntry, LogUnavailable
from events.redis_log import RedisEventLog
from events.taxonomy import load_taxonomy
from learner.engagement import fold_engagement
from learner.redis_learner import BATCH, Learner
from profiles.delta import HalfLives
from profiles.errors import StoreUnavailable
from profiles.keys import Keyspace
from profiles.profile import Bounds
from profiles.redis_store import RedisProfileStore, Retention
from recommender.redis_catalogue import RedisCatalogue

NOW, DAY = 1_795_000_000.0, 86400
HALF_LIFE = 7.0 * DAY
KEYSPACE = Keyspace("test", 4, DAY)


class Shop:
    """Everything that a learner works with, on one store."""

    def __init__(self, url: str) -> None:
        self.client = redis.Redis.from_url(url)
        retention = Retention(profile_seconds=DAY, session_seconds=DAY, log_seconds=DAY, log_entries=100_000)
        interpretation = (HalfLives(DAY, 1800.0), load_taxonomy())
        self.profiles = RedisProfileStore(
            (self.client, self.client), KEYSPACE, retention, Bounds(100, 100, 5), interpretation
        )
        self.log = RedisEventLog(self.client, KEYSPACE.partitions, KEYSPACE.log_key)
        self.catalogue = RedisCatalogue(self.client, "test")

    def learner(self, log: EventLog | None = None) -> Learner:
        """A learner that has just been started."""
        return Learner(self.client, log or self.log, self.catalogue, "test", HALF_LIFE)

    def position(self) -> Mapping[bytes, bytes]:
        """How far the learners have come."""
        return self.client.hgetall("test:{catalogue}:position")  # type: ignore[return-value]

    def engagement(self) -> dict[str, float]:
        """What the learners have learnt."""
        stored: dict[bytes, bytes] = self.client.hgetall("test:{catalogue}:engagement")  # type: ignore[assignment]
        return {key.decode(): float(value) for key, value in stored.items()}


class Interrupted:
    """A log during whose first reading something else happens."""

    def __init__(self, log: EventLog, happens: Callable[[], object]) -> None:
        self._log, self._happens = log, [happens]

    def newest(self, limit: int) -> list[LogEntry]:
        return self._log.newest(limit)

    def read(self, positions: Mapping[int, str], limit: int) -> list[LogEntry]:
        entries = self._log.read(positions, limit)
        for happens in [self._happens.pop()] if self._happens else []:
            happens()
        return entries


@pytest.fixture
def shop(any_store: str) -> Shop:
    return Shop(any_store)


def views(count: int, start: int = 0) -> list[Event]:
    """Events of 23 users, in all partitions, on three products."""
    return [
        Event(
            event_id=f"e{number}",
            type="view",
            timestamp=NOW - number,
            visitor=Visitor("user", f"u{number % 23}"),
            weight=1.0 + number % 3,
            product_id=f"p{number % 3}",
        )
        for number in range(start, start + count)
    ]


def assert_learnt(shop: Shop, events: Iterable[Event]) -> None:
    """Counted once each, as folding them in one go would count them."""
    assert shop.engagement() == pytest.approx(fold_engagement(events, {}, HALF_LIFE), rel=1e-12)


def test_a_step_takes_sums_and_position_on_together(shop: Shop) -> None:
    learner, events = shop.learner(), views(60)
    assert (learner.step(), shop.position()) == (0, {})
    for half in (events[:30], events[30:]):
        shop.profiles.apply(half, NOW)
        assert learner.step() == 30
        before = shop.position(), shop.engagement()
        assert learner.step() == 0
        assert (shop.position(), shop.engagement()) == before
    assert_learnt(shop, events)
    last = {entry.partition: entry.id for entry in reversed(shop.log.newest(1000))}
    assert {int(key): value.decode() for key, value in shop.position().items()} == last


def test_workers_are_told_of_what_changed(shop: Shop) -> None:
    shop.profiles.apply(views(2), NOW)
    start = shop.catalogue.position()
    shop.learner().step()
    changes = shop.catalogue.follow(start, 1)
    assert changes.engagement == shop.engagement()
    assert changes.engagement.keys() == {"p0", "p1"}
    assert shop.catalogue.engagement(["p0", "p2"]).keys() == {"p0"}


def test_what_says_nothing_for_a_product_only_moves_the_position(shop: Shop) -> None:
    user = Visitor("user", "u")
    shop.profiles.apply(
        [
            Event(event_id="a", type="hide", timestamp=NOW, visitor=user, weight=-5.0, product_id="p"),
            Event(event_id="b", type="search", timestamp=NOW, visitor=user, query="q"),
            Event(event_id="c", type="view_category", timestamp=NOW, visitor=user, weight=0.3, categories=("A",)),
        ],
        NOW,
    )
    learner, start = shop.learner(), shop.catalogue.position()
    assert [learner.step(), learner.step()] == [3, 0]
    assert (shop.engagement(), shop.catalogue.position()) == ({}, start)
    assert len(shop.position()) == 1


def test_more_than_a_batch_takes_several_steps(shop: Shop) -> None:
    events = [msgspec.structs.replace(one, visitor=Visitor("user", "u")) for one in views(BATCH + 50)]
    shop.profiles.apply(events, NOW)
    learner = shop.learner()
    assert [learner.step(), learner.step(), learner.step()] == [BATCH, 50, 0]
    assert_learnt(shop, events)


def test_a_second_learner_loses_the_race(shop: Shop) -> None:
    events = views(40)
    shop.profiles.apply(events, NOW)
    winner = shop.learner()
    loser = shop.learner(Interrupted(shop.log, winner.step))
    assert loser.step() == 0
    assert_learnt(shop, events)
    shop.profiles.apply(views(5, start=40), NOW)
    assert loser.step() == 5
    assert_learnt(shop, views(45))


def test_a_crash_between_reading_and_writing_loses_and_repeats_nothing(shop: Shop) -> None:
    class Crash(BaseException):
        """As when the process is killed."""

    def crash() -> None:
        raise Crash

    shop.profiles.apply(views(30), NOW)
    shop.learner().step()
    before = shop.position(), shop.engagement()
    shop.profiles.apply(views(30, start=30), NOW)
    with pytest.raises(Crash):
        shop.learner(Interrupted(shop.log, crash)).step()
    assert (shop.position(), shop.engagement()) == before
    assert shop.learner().step() == 30
    assert_learnt(shop, views(60))


def test_learners_at_the_same_time_count_once(shop: Shop) -> None:
    events = views(600)
    start = threading.Barrier(3)

    def learn() -> None:
        start.wait()
        learner, idle = shop.learner(), 0
        while idle < 20:
            idle = 0 if learner.step() else idle + 1

    threads = [threading.Thread(target=learn) for _ in range(2)]
    for thread in threads:
        thread.start()
    start.wait()
    for at in range(0, len(events), 20):
        shop.profiles.apply(events[at : at + 20], NOW)
    for thread in threads:
        thread.join()
    while shop.learner().step():
        pass
    assert_learnt(shop, events)


def test_it_learns_until_it_is_told_to_stop(shop: Shop) -> None:
    shop.profiles.apply(views(10), NOW)
    answers = iter([False, False, True])
    shop.learner().run(lambda _: next(answers))
    assert_learnt(shop, views(10))


def test_an_outage_is_waited_out(shop: Shop, tmp_path: Path) -> None:
    learner = Shop(f"unix://{tmp_path}/nobody.sock").learner()
    with pytest.raises(StoreUnavailable):
        learner.step()
    unread = shop.learner(Shop(f"unix://{tmp_path}/nobody.sock").log)
    with pytest.raises(LogUnavailable):
        unread.step()
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) > 3

    learner.run(wait)
    assert pauses[0] == 0.0
    assert all(pause > 0.0 for pause in pauses[1:])
