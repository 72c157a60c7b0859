"""The web worker's side: a client's connection is given to the stream process over a unix socket.

A line of JSON goes each way: what is asked for, and whether there is room. Then the connection itself is sent
(`SCM_RIGHTS`), and the worker has nothing to do with it any more.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec

from app.embedded_store import MAX_SOCKET_PATH_BYTES
from app.push.frames import OPENING

PATIENCE_SECONDS = 1.0
MAX_LINE_BYTES = 65_536
# Seconds after which a client may try again: a process is started again in a second or two, listeners stay long.
RETRY_DOWN, RETRY_FULL = 5, 30


class Listening(msgspec.Struct, frozen=True):
    """Who wants to hear of whom. `question` is the body of `POST /recommend` that is asked again and again."""

    visitor: str  # the visitor's key
    question: str
    last_token: str  # of the last event that the client has seen, '' for none
    chunked: bool


class Request(msgspec.Struct, frozen=True):
    """What is sent to the stream process: a listener to come, or None to hear how it goes."""

    listening: Listening | None


class Reply(msgspec.Struct, frozen=True):
    """Whether there is room, how many listen, and how many messages were sent since this was last asked for."""

    taken: bool
    listeners: int
    messages: int


class StreamRefused(Exception):
    """Raised when nobody can listen now; `retry_after` is in seconds, `code` is stable."""

    def __init__(self, code: str, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retry_after = code, detail, retry_after


class Handover:
    """The way to the stream process that listens at `path`.

    One that hangs would hold a thread for each who wants to listen, so after a timeout nobody tries for a while.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path, self._clock = path, clock
        self._resting_until = 0.0

    def reserve(self, listening: Listening) -> "Reservation":
        """A place for a listener.

        Raises:
            StreamRefused: the process does not run, or has as many listeners as it may.
        """
        link: socket.socket | None = None
        try:
            link, reply = self._ask(Request(listening))
        except (OSError, msgspec.MsgspecError) as error:
            if isinstance(error, TimeoutError):
                self._resting_until = self._clock() + RETRY_DOWN
            detail = "the stream process does not answer; ask /recommend again and again meanwhile"
            raise StreamRefused("stream_unavailable", detail, RETRY_DOWN) from None
        if not reply.taken:
            link.close()
            detail = f"all {reply.listeners:,} places are taken; ask /recommend again and again meanwhile"
            raise StreamRefused("too_many_listeners", detail, RETRY_FULL)
        return Reservation(link)

    def ask_status(self) -> Reply | None:
        """How it goes, None when the process does not run."""
        try:
            link, reply = self._ask(Request(None))
        except (OSError, msgspec.MsgspecError):
            return None
        link.close()
        return reply

    def _ask(self, request: Request) -> tuple[socket.socket, Reply]:
        if self._clock() < self._resting_until:
            raise ConnectionError("the stream process has not answered lately")
        link = socket.socket(socket.AF_UNIX)
        try:
            link.settimeout(PATIENCE_SECONDS)
            with short_address(self.path) as address:
                link.connect(address)
            link.sendall(msgspec.json.encode(request) + b"\n")
            line = b""
            while not line.endswith(b"\n"):
                part = link.recv(4096)
                if not part:
                    raise ConnectionError("the stream process hung up")
                line += part
            return link, msgspec.json.decode(line, type=Reply)
        except BaseException:
            link.close()
            raise


class Reservation:
    """A place that is kept for as long as the link is open."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link

    def give(self, client: socket.socket) -> None:
        """Send the connection there, and put a dead one in its place.

        Whoever goes on to write to `client`, or shuts it down, does so to a socket that nobody holds the other end of.
        So the web server needs to know nothing of this: to it, the client has hung up.
        """
        socket.send_fds(self._link, [b"\n"], [client.fileno()])
        dead, other = socket.socketpair()
        with dead, other:
            os.dup2(dead.fileno(), client.fileno(), inheritable=False)

    def close(self) -> None:
        """Give the place back, if it was not used."""
        self._link.close()


class HandingOver:
    """The body of the answer: its first bytes, which make the web server send the head, and then the handing over."""

    def __init__(self, reservation: Reservation, client: socket.socket) -> None:
        self._reservation, self._client = reservation, client
        self._steps = self._run()

    def _run(self) -> Iterator[bytes]:
        yield OPENING
        self._reservation.give(self._client)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._steps)

    def close(self) -> None:
        """Called by the web server in any case, also when the client was gone before the head was sent."""
        self._reservation.close()


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """The address of a unix socket. One that is too long for the kernel is given by its open folder (Linux only)."""
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
