"""The request path's way to Redis: a connection for each thread, and nothing around it.

`redis.Redis` looks after pools, retries and instrumentation on every command, which took as long as Flask did
(docs/benchmarks.md). Threads of a web worker live as long as the worker, so each keeps a connection of its own.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import redis
from hiredis import pack_command

Command = tuple[Any, ...]


# A server that hangs would otherwise hold every thread for the length of a timeout, request after request.
PATIENCE = 3
REST_SECONDS = 0.5


class Link:
    """Connections as `client` is set up for: its address, timeouts and credentials.

    After `PATIENCE` timeouts in a row it gives up at once, but for one attempt every `REST_SECONDS`.
    """

    def __init__(self, client: redis.Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool, self._clock = client.connection_pool, clock
        self._threads = threading.local()
        self._timeouts, self._resting_until = 0, 0.0

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """Replies to `commands`, in one round trip. An error reply is a value, a `redis.ResponseError`.

        A connection that has gone stale is opened again, and the commands are sent again: only ask what may be asked
        twice.

        Raises:
            redis.ConnectionError, redis.TimeoutError: the server does not answer.
        """
        if self._timeouts >= PATIENCE:
            if self._clock() < self._resting_until:
                raise redis.TimeoutError("the server has not answered lately")
            self._rest()  # one may try; the others go on resting
        try:
            replies = self._ask(commands)
        except redis.TimeoutError:
            self._timeouts += 1
            self._rest()
            raise
        self._timeouts = 0
        return replies

    def _rest(self) -> None:
        self._resting_until = self._clock() + REST_SECONDS

    def _ask(self, commands: Sequence[Command]) -> list[Any]:
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
