"""One client that listens: an asyncio protocol on the connection that a web worker has handed over."""

import asyncio
from collections.abc import Callable
from typing import cast

from app.push.frames import HEARTBEAT, LAST_CHUNK, as_chunk
from app.push.handover import Listening

HEARTBEAT_SECONDS = 15.0
# A client that takes nothing for as long has its connection closed; the browser comes back by itself.
STUCK_SECONDS = 30.0


class Listener(asyncio.Protocol):
    """Sends frames. Of those that a slow client has no room for only the newest waits."""

    def __init__(self, listening: Listening, on_gone: Callable[["Listener"], None]) -> None:
        self.listening = listening
        self.token = listening.last_token  # of the list that the client has, or will have
        self.sent = 0
        self._on_gone = on_gone
        self._transport: asyncio.Transport | None = None
        self._waiting: bytes | None = None
        self._stuck_since: float | None = None
        self._wrote_at = 0.0

    def show(self, frame: bytes, token: str, now: float) -> None:
        """Send an event, unless the client has that list."""
        if token == self.token:
            return
        self.token = token
        if self._stuck_since is not None:
            self._waiting = frame
            return
        self.sent += 1
        self._write(frame, now)

    def keep_alive(self, now: float) -> None:
        """Send a heartbeat where nothing was sent for a while; give up on a client that takes nothing."""
        if self._transport is None:
            return
        if self._stuck_since is not None:
            if now - self._stuck_since > STUCK_SECONDS:
                self._transport.abort()
        elif now - self._wrote_at >= HEARTBEAT_SECONDS:
            self._write(HEARTBEAT, now)

    def end(self) -> None:
        """End the stream as HTTP does, so that the client comes back instead of seeing an error."""
        if self._transport is not None:
            if self.listening.chunked and self._stuck_since is None:
                self._transport.write(LAST_CHUNK)
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio: nothing is buffered here beyond the frame that did not fit into the socket."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)
        self._wrote_at = asyncio.get_running_loop().time()

    def pause_writing(self) -> None:
        """See asyncio: the socket is full."""
        self._stuck_since = asyncio.get_running_loop().time()

    def resume_writing(self) -> None:
        """See asyncio: the client has taken everything."""
        self._stuck_since = None
        if self._waiting is not None:
            frame, self._waiting = self._waiting, None
            self.sent += 1
            self._write(frame, asyncio.get_running_loop().time())

    def connection_lost(self, error: Exception | None) -> None:
        """See asyncio: the client has hung up, or we have."""
        self._transport = None
        self._on_gone(self)

    def _write(self, frame: bytes, now: float) -> None:
        if self._transport is not None:
            self._wrote_at = now
            self._transport.write(as_chunk(frame) if self.listening.chunked else frame)
