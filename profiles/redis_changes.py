"""Hearing of changed profiles: every script that writes one publishes on the channel that has its key for a name.

A channel for each visitor, and not one for all, so that a change that nobody listens to costs its publisher next to
nothing, and this process nothing. Names have the partition's hash tag: with shards it would be SPUBLISH and SSUBSCRIBE.
"""

import asyncio
from collections import deque
from typing import Any, Protocol

import redis
import redis.asyncio

from profiles.codec import FORWARD
from profiles.keys import Keyspace

PING_SECONDS = 10.0
SILENCE_SECONDS = 25.0
OUTAGE_SECONDS = 0.5
ANSWER_SECONDS = 5.0
# A forwarding note begins with whom the visitor was merged into; ids are at most 128 characters of up to 4 bytes.
NOTE_HEAD_BYTES = 600


class Watcher(Protocol):
    """Who is told. Visitors are named by their keys."""

    def on_watching(self, key: str) -> None:
        """From now on no change is missed; what came before may have been. Said again after every outage."""

    def on_changed(self, key: str, target: str) -> None:
        """The profile has changed; or, with a target, the visitor was merged into that one."""


class RedisChanges:
    """Changes of the profiles that are watched. One connection for all of them, made anew when it breaks."""

    def __init__(self, url: str, keyspace: Keyspace) -> None:
        timeouts: dict[str, Any] = {"socket_connect_timeout": ANSWER_SECONDS, "protocol": 2}
        self._pool = redis.asyncio.ConnectionPool.from_url(url, **timeouts)
        self._client = redis.asyncio.Redis.from_url(url, socket_timeout=ANSWER_SECONDS, **timeouts)
        self._keyspace = keyspace
        self._keys: dict[bytes, str] = {}  # by channel
        self._outbox: deque[tuple[str, bytes]] = deque()
        self._has_work = asyncio.Event()

    def watch(self, key: str) -> None:
        """Hear of this visitor from now on."""
        channel = self._channel(key)
        self._keys[channel] = key
        self._send("SUBSCRIBE", channel)

    def forget(self, key: str) -> None:
        """Hear of this visitor no more."""
        channel = self._channel(key)
        if self._keys.pop(channel, None) is not None:
            self._send("UNSUBSCRIBE", channel)

    async def find_target(self, key: str) -> str:
        """Whom a visitor was merged into, '' for nobody; also '' when the store does not answer."""
        try:
            head: Any = await self._client.getrange(self._channel(key).decode(), 0, NOTE_HEAD_BYTES)
        except redis.RedisError:
            return ""
        found: str = head[len(FORWARD) :].partition(b"\0")[0].decode() if head.startswith(FORWARD) else ""
        return found

    async def close(self) -> None:
        """Close what `find_target` has opened."""
        await self._client.aclose()

    async def run(self, watcher: Watcher) -> None:
        """Listen until cancelled, through any outage."""
        while True:
            connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
            try:
                await connection.connect()
                self._outbox = deque(("SUBSCRIBE", channel) for channel in self._keys)
                self._has_work.set()
                await self._listen(connection, watcher)
            except (redis.RedisError, OSError):
                await asyncio.sleep(OUTAGE_SECONDS)
            finally:
                await connection.disconnect(nowait=True)

    async def _listen(self, connection: Any, watcher: Watcher) -> None:
        writing = asyncio.create_task(self._write(connection))
        try:
            while True:
                message = await connection.read_response(timeout=SILENCE_SECONDS)
                if message is None:
                    raise redis.TimeoutError("the server has not even answered a ping")
                self._tell(message, watcher)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(self, connection: Any) -> None:
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self._has_work.wait()
            except TimeoutError:
                self._outbox.append(("PING", b"."))
            self._has_work.clear()
            commands, self._outbox = self._outbox, deque()
            await connection.send_packed_command(connection.pack_commands(commands))

    def _tell(self, message: Any, watcher: Watcher) -> None:
        if not isinstance(message, list) or message[0] not in (b"subscribe", b"message"):
            return
        key = self._keys.get(message[1])
        if key is None:
            return
        if message[0] == b"subscribe":
            watcher.on_watching(key)
        else:
            watcher.on_changed(key, message[2].decode())

    def _send(self, verb: str, channel: bytes) -> None:
        self._outbox.append((verb, channel))
        self._has_work.set()

    def _channel(self, key: str) -> bytes:
        return self._keyspace.channel(key).encode()
