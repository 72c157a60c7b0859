"""Asking the web server's own `/recommend`, over a few kept-alive connections.

So there is one way to an answer, and no second catalogue and model in memory. The HTTP here is as much as that one
server speaks: answers with a length.
"""

import asyncio
import re
from urllib.parse import urlsplit

# Questions under way at once. They take as many threads of the web workers, so there are few.
CONNECTIONS = 4
ANSWER_SECONDS = 5.0
_HEAD = b"POST /recommend HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)\r\n", re.IGNORECASE)


class AskFailed(Exception):
    """Raised when the web server does not answer, or not with 200."""


class Asker:
    """Asks the web server at `base_url`, such as http://127.0.0.1:8000."""

    def __init__(self, base_url: str) -> None:
        self._parts = urlsplit(base_url)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._free = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, question: str) -> bytes:
        """The body of the answer to `POST /recommend` with this body.

        Raises:
            AskFailed: there is none.
        """
        async with self._free:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._ask(question)
            except (OSError, EOFError, TimeoutError) as error:
                raise AskFailed(str(error)) from error

    def close(self) -> None:
        """Close what is open and idle."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _ask(self, question: str) -> bytes:
        if self._idle:
            try:
                return await self._exchange(*self._idle.pop(), question)
            except (OSError, EOFError):  # the server has closed it meanwhile, as it does with idle ones
                pass
        reader, writer = await asyncio.open_connection(self._parts.hostname, self._parts.port or 80)
        return await self._exchange(reader, writer, question)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: str) -> bytes:
        is_whole = False
        try:
            body = question.encode()
            writer.write(_HEAD % (self._parts.netloc.encode(), len(body)) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            status, length = _STATUS.match(head), _LENGTH.search(head)
            if status is None or length is None:
                raise AskFailed("the answer is not what this process understands")
            answer = await reader.readexactly(int(length[1]))
            is_whole = b"\r\nConnection: close\r\n" not in head
            if status[1] != b"200":
                raise AskFailed(f"the answer was {status[1].decode()}")
            return answer
        finally:
            if is_whole:
                self._idle.append((reader, writer))
            else:
                writer.close()
