"""The request path's way to Redis: a connection for each thread, and nothing around it.

`redis.Redis` looks after pools, retries and instrumentation on every command, which took as long as Flask did
(docs/benchmarks.md). Threads of a web worker live as long as the worker, so each keeps a connection of its own.
"""

import threading
from collections.abc import Sequence
from typing import Any

import redis
from hiredis import pack_command

Command = tuple[Any, ...]


class Link:
    """Connections as `client` is set up for: its address, timeouts and credentials."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._threads = threading.local()

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """Replies to `commands`, in one round trip. An error reply is a value, a `redis.ResponseError`.

        A connection that has gone stale is opened again, and the commands are sent again: only ask what may be asked
        twice.

        Raises:
            redis.ConnectionError, redis.TimeoutError: the server does not answer.
        """
        connection = self._connection()
        was_open = connection.is_connected
        try:
            return self._exchange(connection, commands)
        except redis.ConnectionError:
            if not was_open:
                raise
            return self._exchange(connection, commands)

    def _connection(self) -> Any:
        try:
            return self._threads.connection
        except AttributeError:
            # Not by the pool's own method: it counts connections, and nobody tells it when a thread ends.
            self._threads.connection = self._pool.connection_class(**self._pool.connection_kwargs)
            return self._threads.connection

    @staticmethod
    def _exchange(connection: Any, commands: Sequence[Command]) -> list[Any]:
        connection.send_packed_command([b"".join(map(pack_command, commands))])
        return [_read(connection) for _ in commands]


def _read(connection: Any) -> Any:
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error
