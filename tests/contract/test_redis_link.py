"""The request path's connections: one a thread, opened again when stale, and no waiting for a server that hangs."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.embedded_store import EmbeddedStore
from profiles.redis_link import PATIENCE, REST_SECONDS, Link
from tests.servers import send


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Mute:
    """A server that takes connections and commands, and answers none of them."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def count_connections(self) -> int:
        """How many connections were made since this was last asked; they are closed."""
        self._listener.settimeout(0.1)
        made = 0
        with suppress(TimeoutError):
            while True:
                self._listener.accept()[0].close()
                made += 1
        return made

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def mute() -> Iterator[Mute]:
    server = Mute()
    yield server
    server.close()


def test_error_replies_are_values_in_their_places(any_store: str) -> None:
    first, second, third = Link(redis.Redis.from_url(any_store)).ask([("SET", "a", 1), ("LPOP", "a"), ("GET", "a")])
    assert (first, third) == (b"OK", b"1")
    assert isinstance(second, redis.ResponseError)


def test_threads_do_not_share_a_connection_and_leave_none_behind(any_store: str) -> None:
    client = redis.Redis.from_url(any_store)
    link, ids = Link(client), []
    for _ in range(150):  # more than the pool of redis-py would allow
        thread = threading.Thread(target=lambda: ids.append(link.ask([("CLIENT", "ID")])[0]))
        thread.start()
        thread.join()
    assert len(set(ids)) == 150
    assert len(client.client_list()) < 10


def test_a_stale_connection_is_opened_again(stores: Callable[[str], EmbeddedStore]) -> None:
    store = stores("any")
    link = Link(redis.Redis.from_url(store.url))
    (before,) = link.ask([("CLIENT", "ID")])
    assert send(store.socket, f"CLIENT KILL ID {before}").startswith(b":1")
    (after,) = link.ask([("CLIENT", "ID")])
    assert after != before


def test_a_server_that_hangs_is_left_alone_for_a_while(mute: Mute) -> None:
    clock = Clock()
    client = redis.Redis(
        "127.0.0.1", mute.port, socket_timeout=0.02, socket_connect_timeout=0.02, retry=Retry(NoBackoff(), 0)
    )
    link = Link(client, clock)
    for _ in range(PATIENCE + 4):
        with pytest.raises(redis.TimeoutError):
            link.ask([("PING",)])
    assert mute.count_connections() == PATIENCE
    clock.now += REST_SECONDS + 0.01
    for _ in range(3):
        with pytest.raises(redis.TimeoutError):
            link.ask([("PING",)])
    assert mute.count_connections() == 1


def test_an_answer_makes_it_patient_again(any_store: str) -> None:
    clock = Clock()
    link = Link(redis.Redis.from_url(any_store, socket_timeout=0.05), clock)
    for _ in range(PATIENCE):
        with pytest.raises(redis.TimeoutError):
            link.ask([("BLPOP", "nothing", 1)])
    with pytest.raises(redis.TimeoutError, match="lately"):
        link.ask([("PING",)])
    clock.now += REST_SECONDS + 0.01
    assert link.ask([("PING",)]) == [b"PONG"]
    assert link.ask([("PING",)]) == [b"PONG"]
