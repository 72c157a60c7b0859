"""The worker's side of handing connections over, with the other side made up."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.push.frames import OPENING
from app.push.handover import HandingOver, Handover, Listening, Reply, StreamRefused

LISTENING = Listening("u:1", "{}", "", chunked=True)
Serve = Callable[[socket.socket], None]


def read_line(link: socket.socket) -> bytes:
    with link.makefile("rb") as file:
        return file.readline()


def serve_once(path: Path, serve: Serve) -> threading.Thread:
    """A process that listens at `path`, for one who comes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def run() -> None:
        with server, server.accept()[0] as link:
            serve(link)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_connection_goes_over_and_a_dead_one_takes_its_place(tmp_path: Path) -> None:
    arrived: list[socket.socket] = []

    def take(link: socket.socket) -> None:
        assert msgspec.json.decode(read_line(link))["listening"]["visitor"] == "u:1"
        link.sendall(msgspec.json.encode(Reply(True, 0, 0)) + b"\n")
        _, descriptors, _, _ = socket.recv_fds(link, 1, 1)
        arrived.append(socket.socket(fileno=descriptors[0]))

    process = serve_once(tmp_path / "s.sock", take)
    client, connection = socket.socketpair()
    with client, connection:
        body = HandingOver(Handover(tmp_path / "s.sock").reserve(LISTENING), connection)
        assert list(body) == [OPENING]
        body.close()
        process.join()
        with pytest.raises(BrokenPipeError):
            connection.sendall(b"more")
        connection.shutdown(socket.SHUT_WR)  # as web servers do when a client has hung up
        with arrived[0]:
            arrived[0].sendall(b"hello")
            assert client.recv(10) == b"hello"


def test_a_place_that_is_not_used_is_given_back(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def take(link: socket.socket) -> None:
        read_line(link)
        link.sendall(msgspec.json.encode(Reply(True, 0, 0)) + b"\n")
        seen.append(link.recv(1))

    process = serve_once(tmp_path / "s.sock", take)
    client, connection = socket.socketpair()
    with client, connection:
        HandingOver(Handover(tmp_path / "s.sock").reserve(LISTENING), connection).close()
    process.join()
    assert seen == [b""]


def test_no_process_is_said(tmp_path: Path) -> None:
    handover = Handover(tmp_path / "s.sock")
    with pytest.raises(StreamRefused) as refused:
        handover.reserve(LISTENING)
    assert (refused.value.code, refused.value.retry_after) == ("stream_unavailable", 5)
    assert handover.ask_status() is None


def test_no_room_is_said(tmp_path: Path) -> None:
    def refuse(link: socket.socket) -> None:
        read_line(link)
        link.sendall(msgspec.json.encode(Reply(False, 7000, 0)) + b"\n")

    process = serve_once(tmp_path / "s.sock", refuse)
    with pytest.raises(StreamRefused, match="all 7,000 places") as refused:
        Handover(tmp_path / "s.sock").reserve(LISTENING)
    process.join()
    assert refused.value.code == "too_many_listeners"


def test_a_process_that_hangs_is_not_waited_for_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.push.handover.PATIENCE_SECONDS", 0.05)
    now = [100.0]
    handover = Handover(tmp_path / "s.sock", lambda: now[0])
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.sock"))
        server.listen()
        for _ in range(3):
            with pytest.raises(StreamRefused):
                handover.reserve(LISTENING)
        server.settimeout(0.0)
        server.accept()[0].close()
        with pytest.raises(BlockingIOError):  # only the first has tried
            server.accept()
        now[0] += 6.0
        with pytest.raises(StreamRefused):
            handover.reserve(LISTENING)
        server.accept()[0].close()


def test_a_folder_may_have_any_length(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100) / "s.sock"
    with pytest.raises(StreamRefused):
        Handover(long).reserve(LISTENING)
    long.parent.mkdir()
    with pytest.raises(StreamRefused):
        Handover(long).reserve(LISTENING)
