"""Hearing of changed profiles, on each kind of store."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import redis

from events.event import Event, Visitor
from events.taxonomy import load_taxonomy
from profiles.delta import HalfLives
from profiles.keys import Keyspace
from profiles.profile import Bounds
from profiles.redis_changes import RedisChanges
from profiles.redis_store import RedisProfileStore, Retention

NOW = 1_795_000_000.0
KEYSPACE = Keyspace("heard", 8, 86400)
USER, BROWSER, OTHER = Visitor("user", "u1"), Visitor("anonymous", "b1"), Visitor("user", "u2")
PATIENCE_SECONDS = 10.0
Heard = tuple[str, str, str]


def make_event(number: int, visitor: Visitor) -> Event:
    return Event(event_id=f"e{number}", type="view", timestamp=NOW, visitor=visitor, product_id="p")


class Watcher:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[Heard] = asyncio.Queue()

    def on_watching(self, key: str) -> None:
        self.heard.put_nowait(("watching", key, ""))

    def on_changed(self, key: str, target: str) -> None:
        self.heard.put_nowait(("changed", key, target))

    async def next(self) -> Heard:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.heard.get()


Story = Callable[[RedisChanges, Watcher, RedisProfileStore], Awaitable[None]]


@pytest.fixture
def tell(any_store: str) -> Callable[[Story], None]:
    """A function that runs a story with changes that are listened to, and a store that makes them."""

    async def run(story: Story) -> None:
        client = redis.Redis.from_url(any_store)
        retention = Retention(profile_seconds=3600, session_seconds=600, log_seconds=10**9, log_entries=1000)
        meaning = (HalfLives(14 * 86400.0, 1800.0), load_taxonomy())
        store = RedisProfileStore((client, client), KEYSPACE, retention, Bounds(100, 10, 10), meaning)
        changes, watcher = RedisChanges(any_store, KEYSPACE), Watcher()
        task = asyncio.create_task(changes.run(watcher))
        try:
            await story(changes, watcher, store)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await changes.close()
            client.close()

    return lambda story: asyncio.run(run(story))


def test_an_event_is_heard_of_once_and_a_duplicate_not_at_all(tell: Callable[[Story], None]) -> None:
    async def story(changes: RedisChanges, watcher: Watcher, store: RedisProfileStore) -> None:
        changes.watch(USER.key)
        assert await watcher.next() == ("watching", USER.key, "")
        store.apply([make_event(1, USER), make_event(2, USER), make_event(3, OTHER)], NOW)
        assert await watcher.next() == ("changed", USER.key, "")
        store.apply([make_event(1, USER)], NOW)
        store.apply([make_event(4, USER)], NOW)
        assert await watcher.next() == ("changed", USER.key, "")
        assert watcher.heard.empty()

    tell(story)


def test_a_merge_is_heard_of_by_both(tell: Callable[[Story], None]) -> None:
    async def story(changes: RedisChanges, watcher: Watcher, store: RedisProfileStore) -> None:
        store.apply([make_event(1, BROWSER)], NOW)
        assert await changes.find_target(BROWSER.key) == ""
        for visitor in (USER, BROWSER):
            changes.watch(visitor.key)
            assert await watcher.next() == ("watching", visitor.key, "")
        store.merge(BROWSER, USER, NOW)
        heard = {await watcher.next(), await watcher.next()}
        assert heard == {("changed", BROWSER.key, USER.key), ("changed", USER.key, "")}
        assert await changes.find_target(BROWSER.key) == USER.key
        assert await changes.find_target(USER.key) == ""
        store.apply([make_event(2, BROWSER)], NOW)
        assert await watcher.next() == ("changed", USER.key, "")

    tell(story)


def test_who_is_forgotten_is_not_heard_of(tell: Callable[[Story], None]) -> None:
    async def story(changes: RedisChanges, watcher: Watcher, store: RedisProfileStore) -> None:
        for visitor in (OTHER, USER):
            changes.watch(visitor.key)
            await watcher.next()
        changes.forget(OTHER.key)
        store.apply([make_event(1, OTHER)], NOW)
        store.apply([make_event(2, USER)], NOW)
        assert await watcher.next() == ("changed", USER.key, "")

    tell(story)


def test_after_a_broken_connection_all_is_watched_again(tell: Callable[[Story], None], any_store: str) -> None:
    async def story(changes: RedisChanges, watcher: Watcher, store: RedisProfileStore) -> None:
        changes.watch(USER.key)
        await watcher.next()
        with redis.Redis.from_url(any_store) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        assert await watcher.next() == ("watching", USER.key, "")
        store.apply([make_event(1, USER)], NOW)
        assert await watcher.next() == ("changed", USER.key, "")

    tell(story)
