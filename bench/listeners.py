"""Many listeners of `/v1/stream` in one thread, and when each of them last heard anything."""

import selectors
import socket
import threading
import time
from typing import Self
from urllib.parse import urlsplit

CONNECT_SECONDS = 10.0


class Listeners:
    """`count` clients of users u000000 and up: a context manager, connected on entry, read by a thread until exit."""

    def __init__(self, url: str, count: int, limit: int = 8) -> None:
        parts = urlsplit(url)
        self._address, self._host = (parts.hostname or "", parts.port or 80), parts.netloc
        self._limit = limit
        self._sockets: list[socket.socket] = []
        self._count = count
        self._selector = selectors.DefaultSelector()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._read, name="listeners")
        self.heard_at: list[list[float]] = [[] for _ in range(count)]  # messages' times, by the monotonic clock

    def __enter__(self) -> Self:
        for user in range(self._count):
            client = socket.create_connection(self._address, CONNECT_SECONDS)
            asked = f"/v1/stream?user_id=u{user:06d}&limit={self._limit}"
            client.sendall(f"GET {asked} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
            head = client.recv(4096)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"listener {user} was refused: {head.decode(errors='replace')}")
            client.setblocking(False)
            self._sockets.append(client)
            self._selector.register(client, selectors.EVENT_READ, user)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self._selector.close()
        for client in self._sockets:
            client.close()

    def wait_until_quiet(self, seconds: float = 2.0) -> None:
        """Wait until nobody has heard anything for so long: everybody has their first answer."""
        while True:
            newest = max((times[-1] for times in self.heard_at if times), default=time.monotonic())
            if time.monotonic() - newest > seconds:
                return
            time.sleep(0.1)

    def _read(self) -> None:
        while not self._ending.is_set():
            for key, _ in self._selector.select(0.1):
                self._take(key)

    def _take(self, key: selectors.SelectorKey) -> None:
        client = key.fileobj
        if not isinstance(client, socket.socket):
            return
        part = client.recv(65_536)
        if not part:
            self._selector.unregister(client)
        elif b"event: " in part:  # a frame is written at once, so its first bytes come together
            self.heard_at[key.data].append(time.monotonic())
