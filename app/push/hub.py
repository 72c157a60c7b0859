"""Who listens to what, and which questions a changed profile concerns."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from app.push.listener import Listener
from app.push.topic import Ask, Topic

ANONYMOUS = "a:"


class Changes(Protocol):
    """Where changes of profiles are heard of. Names of visitors are their keys."""

    def watch(self, key: str) -> None:
        """Hear of changes of this visitor from now on; `Hub.on_watching` is called once that is so."""

    def forget(self, key: str) -> None:
        """Hear of them no more."""

    async def find_target(self, key: str) -> str:
        """Whom the visitor was merged into, '' for nobody, or if the store does not answer."""


class Hub:
    """All listeners of this process, at most `capacity`."""

    def __init__(self, changes: Changes, ask: Ask, capacity: int) -> None:
        self._changes, self._ask, self._capacity = changes, ask, capacity
        self.reserved = 0
        self.listeners: set[Listener] = set()
        self._topics: dict[str, Topic] = {}
        self._by_key: dict[str, set[Topic]] = {}
        self._watched: set[str] = set()  # those that changes are surely heard of
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent_before = 0  # by listeners that are gone

    @property
    def has_room(self) -> bool:
        """Whether one more may listen."""
        return len(self.listeners) + self.reserved < self._capacity

    def take_messages(self) -> int:
        """Messages sent since this was last called."""
        sent = self._sent_before + sum(listener.sent for listener in self.listeners)
        self._sent_before = 0
        for listener in self.listeners:
            listener.sent = 0
        return sent

    def join(self, listener: Listener) -> None:
        """Let a connected listener hear of changes, and first of the answer of now, unless they have that one."""
        listening = listener.listening
        self.listeners.add(listener)
        topic = self._topics.get(listening.question)
        if topic is None:
            topic = self._topics[listening.question] = Topic(listening.visitor, listening.question, self._ask)
            topic.listeners.add(listener)
            self._follow(topic, topic.key)
        else:
            topic.listeners.add(listener)
            topic.refresh(0.0)

    def leave(self, listener: Listener) -> None:
        """Forget a listener whose connection is gone."""
        if listener not in self.listeners:
            return
        self.listeners.discard(listener)
        self._sent_before += listener.sent
        topic = self._topics[listener.listening.question]
        topic.listeners.discard(listener)
        if not topic.listeners:
            topic.close()
            del self._topics[topic.question]
            for key in topic.keys:
                self._unfollow(topic, key)

    def on_watching(self, key: str) -> None:
        """Changes of this visitor are heard of from now on; there may have been some before."""
        if key not in self._by_key:
            return  # who wanted to hear of it is gone again
        self._watched.add(key)
        for topic in self._by_key[key]:
            self._catch_up(topic, key)

    def on_changed(self, key: str, target: str) -> None:
        """A visitor's profile has changed, or the visitor was merged into `target`."""
        for topic in list(self._by_key.get(key, ())):
            if target:
                self._follow(topic, target)
            else:
                topic.refresh()

    def keep_alive(self, now: float) -> None:
        """Heartbeats for those who are due; `now` by the loop's clock."""
        for listener in list(self.listeners):
            listener.keep_alive(now)

    def end(self) -> None:
        """End all streams."""
        for topic in self._topics.values():
            topic.close()
        for listener in self.listeners:
            listener.end()

    async def _look_for_target(self, topic: Topic) -> None:
        target = await self._changes.find_target(topic.key)
        if not topic.listeners:
            return
        if target:
            self._follow(topic, target)
        else:
            topic.refresh(0.0)

    def _follow(self, topic: Topic, key: str) -> None:
        """Let changes of this visitor concern the topic, and ask once nothing can be missed."""
        topic.keys.add(key)
        self._by_key.setdefault(key, set()).add(topic)
        if key in self._watched:
            self._catch_up(topic, key)
        else:
            self._changes.watch(key)

    def _catch_up(self, topic: Topic, key: str) -> None:
        """Ask now that nothing can be missed. Whom the visitor was merged into before is found out first."""
        if key != topic.key:
            topic.refresh()  # two are being merged, which takes a moment
        elif key.startswith(ANONYMOUS):
            self._spawn(self._look_for_target(topic))
        else:
            topic.refresh(0.0)

    def _unfollow(self, topic: Topic, key: str) -> None:
        topics = self._by_key[key]
        topics.discard(topic)
        if not topics:
            del self._by_key[key]
            self._watched.discard(key)
            self._changes.forget(key)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._tasks.discard)
