"""The stream process's side of handing connections over, with the real other side."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from app.push.door import Door
from app.push.handover import Handover, Listening, StreamRefused
from app.push.hub import Hub
from tests.processes import wait_until

LISTENING = Listening("u:1", "{}", "", chunked=True)


class Nobody:
    """A store in which nothing changes."""

    def watch(self, key: str) -> None:
        """Never is."""

    def forget(self, key: str) -> None:
        """Was not watched."""

    async def find_target(self, key: str) -> str:
        return ""


async def _never(question: str) -> bytes:
    raise AssertionError("nothing is asked before changes are heard of")


@contextmanager
def open_door(path: Path, capacity: int) -> Iterator[Handover]:
    """A stream process's loop in a thread of its own, and the way to it."""
    started: SimpleQueue[Callable[[], object]] = SimpleQueue()

    async def serve() -> None:
        serving, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert serving is not None
        started.put(lambda: loop.call_soon_threadsafe(serving.cancel))
        with suppress(asyncio.CancelledError):
            await Door(path, Hub(Nobody(), _never, capacity)).run()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    stop, handover = started.get(), Handover(path)
    try:
        wait_until(lambda: handover.ask_status() is not None)
        yield handover
    finally:
        stop()
        thread.join()


def count(handover: Handover) -> int:
    status = handover.ask_status()
    assert status is not None
    return status.listeners


def has_room(handover: Handover) -> bool:
    """Whether one more may listen; the place is given back."""
    try:
        handover.reserve(LISTENING).close()
    except StreamRefused as refused:
        assert refused.code == "too_many_listeners"
        return False
    return True


def test_a_place_is_taken_from_its_reservation_until_the_client_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect: Callable[..., Any] = asyncio.BaseEventLoop.connect_accepted_socket

    async def connect_slowly(*arguments: Any, **options: Any) -> Any:
        await asyncio.sleep(0.1)
        return await connect(*arguments, **options)

    monkeypatch.setattr(asyncio.BaseEventLoop, "connect_accepted_socket", connect_slowly)
    with open_door(tmp_path / "s.sock", capacity=1) as handover:
        client, connection = socket.socketpair()
        with client, connection, closing(handover.reserve(LISTENING)) as reservation:
            reservation.give(connection)
            while not count(handover):
                assert not has_room(handover)  # for another, while the first is on its way to the listeners
            assert not has_room(handover)
        wait_until(lambda: count(handover) == 0)
        assert has_room(handover)


def test_a_place_that_nobody_takes_comes_free_again(tmp_path: Path) -> None:
    with open_door(tmp_path / "s.sock", capacity=1) as handover:
        with closing(handover.reserve(LISTENING)):
            assert not has_room(handover)
        wait_until(lambda: has_room(handover))
