"""`python -m app.serve`, the supervisor behind `make run`, with every process that it starts."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.serve import FLASK
from tests.processes import children_of, is_alive, wait_until
from tests.servers import ROOT, clean_environment, free_port

PID_LINE = re.compile(r"^ +(\d+) +(store|learner|stream|web server)\b", re.MULTILINE)


@dataclass
class Supervised:
    """A supervisor that has said that the service is ready."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def pids(self) -> dict[str, int]:
        """What the banner says is running."""
        return {name: int(pid) for pid, name in PID_LINE.findall(self.output)}

    def status(self, path: str = "/readyz") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


@pytest.fixture
def serve(tmp_path: Path, find_store_binary: Callable[[str], Path]) -> Iterator[Callable[..., Supervised]]:
    """A function that starts a supervisor and waits for its banner; it is killed at the end."""
    find_store_binary("any")
    started: list[subprocess.Popen[bytes]] = []

    def start(**env: str) -> Supervised:
        port = free_port()
        environment = clean_environment(PORT=str(port), SHELFLIFE_VAR_DIR=str(tmp_path / "var"), **env)
        with (tmp_path / "output").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.serve"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        started.append(process)
        run = Supervised(process, port, tmp_path / "output")
        wait_until(lambda: "Shelflife is ready" in run.output or process.poll() is not None)
        assert process.poll() is None, run.output
        return run

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_child(serve: Callable[..., Supervised], number: signal.Signals) -> None:
    run = serve()
    pids = run.pids()
    assert set(pids) == {"store", "learner", "stream", "web server"}
    assert children_of(run.process.pid) == set(pids.values())
    workers = children_of(pids["web server"])
    assert len(workers) == 2
    run.process.send_signal(number)
    assert run.process.wait(60) == 0, run.output
    assert [pid for pid in {*pids.values(), *workers} if is_alive(pid)] == []


def test_a_request_under_way_is_answered_after_ctrl_c(serve: Callable[..., Supervised]) -> None:
    """Ctrl-C goes to the whole foreground group; neither store nor web server may be in it."""
    run = serve()
    groups = {os.getpgid(pid) for pid in run.pids().values()}
    assert len(groups) == 4
    assert os.getpgid(run.process.pid) not in groups
    with socket.create_connection(("127.0.0.1", run.port), timeout=30) as client:
        body = b'{"user_id": "late", "event_type": "view", "product_id": "p0001"}'
        client.sendall(
            b"POST /track-event HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:10]
        )
        time.sleep(0.5)  # a worker thread is reading the body now
        run.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        client.sendall(body[10:])
        assert client.makefile("rb").readline().split()[1] == b"200"
    assert run.process.wait(60) == 0


def test_children_die_with_a_killed_supervisor(serve: Callable[..., Supervised]) -> None:
    run = serve()
    pids = run.pids()
    workers = children_of(pids["web server"])
    run.process.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in {*pids.values(), *workers}))


def test_a_child_that_dies_is_restarted(serve: Callable[..., Supervised]) -> None:
    run = serve()
    for name in ("store", "learner", "stream"):
        _kill_and_see_it_restarted(run, name)


def _kill_and_see_it_restarted(run: Supervised, name: str) -> None:
    dying = run.pids()[name]
    others = children_of(run.process.pid) - {dying}
    assert len(others) == 3
    os.kill(dying, signal.SIGKILL)

    def restarted() -> bool:
        now = children_of(run.process.pid)
        return others < now and dying not in now

    wait_until(restarted)
    assert f"The {name} ended (exit code 137); starting it again in 1 s." in run.output
    wait_until(lambda: run.status() == 200)


def test_a_web_server_that_dies_ends_the_rest(serve: Callable[..., Supervised], tmp_path: Path) -> None:
    run = serve(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"))  # a killed one cannot remove its own
    pids = run.pids()
    os.kill(pids["web server"], signal.SIGKILL)
    assert run.process.wait(60) == 137
    assert [pid for pid in pids.values() if is_alive(pid)] == []


def test_state_survives_a_restart(serve: Callable[..., Supervised]) -> None:
    first = serve()
    connection = http.client.HTTPConnection("127.0.0.1", first.port, timeout=5)
    event = '{"user_id": "ann", "event_type": "view", "product_id": "p0001"}'
    connection.request("POST", "/track-event", event, {"Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()
    first.process.terminate()
    assert first.process.wait(60) == 0
    assert serve().status("/v1/users/ann") == 200


def test_a_store_that_is_named_is_used_and_none_started(serve: Callable[..., Supervised], store: str) -> None:
    run = serve(REDIS_URL=store)
    assert set(run.pids()) == {"learner", "stream", "web server"}
    assert children_of(run.process.pid) == set(run.pids().values())
    assert not (run.log.parent / "var" / "store").exists()


def run_to_end(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.serve"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_to_end(clean_environment(PORT=str(port), SHELFLIFE_VAR_DIR=str(tmp_path / "var")))
    assert result.returncode == 1
    assert result.stdout == ""
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use. Choose another port" in result.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(("name", "value"), [("PORT", "http"), ("SHELFLIFE_EVENT_WEIGHTS", "view")])
def test_a_bad_setting_is_named_before_anything_starts(tmp_path: Path, name: str, value: str) -> None:
    result = run_to_end(clean_environment(**{"SHELFLIFE_VAR_DIR": str(tmp_path / "var"), name: value}))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"shelflife: {name}={value!r}: must be ")
    assert not (tmp_path / "var").exists()


def test_a_bad_setting_ends_a_command_in_one_line() -> None:
    environment = clean_environment(SHELFLIFE_STORE_FSYNC="sometimes")
    command = [*FLASK, "learn"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("shelflife: SHELFLIFE_STORE_FSYNC='sometimes': must be always, everysec or no. ")
