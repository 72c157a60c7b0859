"""Where web workers hand connections over: the stream process's unix socket (`handover.py` is the other side)."""

import asyncio
import os
import socket
from pathlib import Path

import msgspec

from app.push.handover import MAX_LINE_BYTES, Listening, Reply, Request, short_address
from app.push.hub import Hub
from app.push.listener import Listener

BACKLOG = 1024
# A worker that has reserved a place sends the connection at once, after the head of the answer.
HAND_SECONDS = 5.0
# What the kernel may hold for a client that takes nothing.
SEND_BUFFER_BYTES = 65_536


class DoorTaken(Exception):
    """Raised when another process listens there."""


class Door:
    """Listens at `path` and lets listeners into the hub."""

    def __init__(self, path: Path, hub: Hub) -> None:
        self._path, self._hub = path, hub
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Let listeners in until cancelled.

        Raises:
            DoorTaken: another stream process runs on this folder.
        """
        loop = asyncio.get_running_loop()
        with self._open() as server:
            try:
                while True:
                    link, _ = await loop.sock_accept(server)
                    task = loop.create_task(self._serve(link))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
            finally:
                self._path.unlink(missing_ok=True)

    def _open(self) -> socket.socket:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        server = socket.socket(socket.AF_UNIX)
        with short_address(self._path) as address:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(address) == 0:
                    server.close()
                    raise DoorTaken(f"another stream process listens at {self._path}")
            self._path.unlink(missing_ok=True)  # left over from one that was killed
            mask = os.umask(0o177)  # whoever may connect may listen to anybody
            try:
                server.bind(address)
            finally:
                os.umask(mask)
        server.listen(BACKLOG)
        server.setblocking(False)
        return server

    async def _serve(self, link: socket.socket) -> None:
        with link:
            link.setblocking(False)
            try:
                async with asyncio.timeout(HAND_SECONDS):
                    await self._answer(link)
            except (OSError, TimeoutError, msgspec.MsgspecError):
                pass  # a worker that died or changed its mind; the client notices by itself

    async def _answer(self, link: socket.socket) -> None:
        loop, hub = asyncio.get_running_loop(), self._hub
        request = msgspec.json.decode(await _read_line(link), type=Request)
        taken = request.listening is not None and hub.has_room
        messages = hub.take_messages() if request.listening is None else 0
        hub.reserved += taken
        try:
            reply = Reply(taken, len(hub.listeners), messages)
            await loop.sock_sendall(link, msgspec.json.encode(reply) + b"\n")
            client = await _receive(link) if taken else None
            if client is not None and request.listening is not None:
                await self._let_in(client, request.listening)
        finally:
            hub.reserved -= taken  # who was let in counts as a listener by now

    async def _let_in(self, client: socket.socket, listening: Listening) -> None:
        client.setblocking(False)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener = Listener(listening, self._hub.leave)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: listener, client)
        self._hub.join(listener)


async def _read_line(link: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = await asyncio.get_running_loop().sock_recv(link, MAX_LINE_BYTES)
        if not part or len(line) > MAX_LINE_BYTES:
            raise ConnectionError("no whole line came")
        line += part
    return line


async def _receive(link: socket.socket) -> socket.socket | None:
    """The connection that comes over the link, None when the worker hangs up instead."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(link, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(link)
    _, descriptors, _, _ = socket.recv_fds(link, 1, 1)
    return socket.socket(fileno=descriptors[0]) if descriptors else None
