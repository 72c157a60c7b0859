"""Asking the web server: connections that are kept, go stale, or bring something else than an answer."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.push.asker import CONNECTIONS, Asker, AskFailed

ANSWER = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers each request of a connection with the next of `answers`; None hangs up instead."""

    def __init__(self, answers: list[bytes | None]) -> None:
        self.answers, self.connections, self.asked = answers, 0, list[bytes]()
        self.busy = self.most_busy = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
                self.asked.append(await reader.readexactly(length))
                self.busy += 1
                self.most_busy = max(self.busy, self.most_busy)
                await asyncio.sleep(0.005)
                self.busy -= 1
                answer = self.answers.pop(0)
                if answer is None:
                    break
                writer.write(answer)
        except EOFError:
            pass
        finally:
            writer.close()


def in_world(answers: list[bytes | None], story: Callable[[Asker, Server], Awaitable[None]]) -> None:
    async def run() -> None:
        server = Server(answers)
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            asker = Asker(f"http://127.0.0.1:{port}")
            await story(asker, server)
            asker.close()
            await asyncio.sleep(0.01)

    asyncio.run(run())


def test_a_connection_is_kept() -> None:
    async def story(asker: Asker, server: Server) -> None:
        assert [await asker.ask('{"user_id":"ü"}'), await asker.ask("{}")] == [b"{}", b"{}"]
        assert (server.connections, server.asked) == (1, ['{"user_id":"ü"}'.encode(), b"{}"])

    in_world([ANSWER, ANSWER], story)


def test_one_that_has_gone_stale_is_made_anew() -> None:
    async def story(asker: Asker, server: Server) -> None:
        assert [await asker.ask("{}"), await asker.ask("{}")] == [b"{}", b"{}"]
        assert server.connections == 2

    in_world([ANSWER, None, ANSWER], story)


def test_one_that_the_server_says_it_will_close_is_not_kept() -> None:
    async def story(asker: Asker, server: Server) -> None:
        for _ in range(2):
            await asker.ask("{}")
        assert server.connections == 2

    in_world([ANSWER.replace(b"Server: x", b"Connection: close"), ANSWER], story)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"SSH-2.0\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_said(answer: bytes | None) -> None:
    async def story(asker: Asker, server: Server) -> None:
        with pytest.raises(AskFailed):
            await asker.ask("{}")

    in_world([answer], story)


def test_no_server_is_said() -> None:
    async def story() -> None:
        with pytest.raises(AskFailed):
            await Asker("http://127.0.0.1:1").ask("{}")

    asyncio.run(story())


def test_few_questions_are_under_way_at_once() -> None:
    async def story(asker: Asker, server: Server) -> None:
        await asyncio.gather(*(asker.ask("{}") for _ in range(5 * CONNECTIONS)))
        assert (server.most_busy, server.connections) == (CONNECTIONS, CONNECTIONS)

    in_world([ANSWER] * (5 * CONNECTIONS), story)
