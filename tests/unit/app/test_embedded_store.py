"""The embedded store, as real processes: it starts, keeps its data, and never outlives its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import embedded_store
from app.embedded_store import EmbeddedStore, StoreError, answers, find_binary
from tests.processes import is_alive, wait_until
from tests.servers import ROOT, STORE_KINDS, send


@pytest.fixture(params=STORE_KINDS)
def binary(request: pytest.FixtureRequest, find_store_binary: Callable[[str], Path]) -> Path:
    return find_store_binary(request.param)


@pytest.fixture
def build(binary: Path, tmp_path: Path) -> Iterator[Callable[..., EmbeddedStore]]:
    """A function that makes a store on one folder; all are stopped at the end."""
    built: list[EmbeddedStore] = []

    def make(folder: Path = tmp_path) -> EmbeddedStore:
        built.append(EmbeddedStore(folder, "always", binary))
        return built[-1]

    yield make
    for store in built:
        store.stop()


def setting(store: EmbeddedStore, name: str) -> bytes:
    return send(store.socket, f"CONFIG GET {name}").split(b"\r\n")[4]


def test_answers_on_its_socket_only_and_is_gone_after_stop(build: Callable[..., EmbeddedStore]) -> None:
    store = build()
    store.start()
    assert store.process is not None
    pid = store.process.pid
    assert answers(store.socket)
    assert store.url == f"unix://{store.socket}"
    assert setting(store, "port") == b"0"
    assert setting(store, "maxmemory-policy") == b"noeviction"
    assert setting(store, "appendfsync") == b"always"
    assert setting(store, "save") == b""
    assert setting(store, "set-max-intset-entries") == b"4096"
    store.stop()
    assert not is_alive(pid)
    assert not answers(store.socket)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_data_survives(build: Callable[..., EmbeddedStore], end: signal.Signals) -> None:
    store = build()
    store.start()
    assert store.process is not None
    assert send(store.socket, "SET kept yes") == b"+OK\r\n"
    os.kill(store.process.pid, end)
    store.process.wait(20)
    store.start()
    assert send(store.socket, "GET kept") == b"$3\r\nyes\r\n"


def test_a_second_store_on_the_same_folder_is_refused(build: Callable[..., EmbeddedStore]) -> None:
    first = build()
    first.start()
    assert first.process is not None
    with pytest.raises(StoreError, match=rf"in use by another store, process {first.process.pid}\. .*VAR_DIR"):
        build().start()
    assert answers(first.socket)
    first.stop()
    build().start()


def test_a_path_too_long_for_a_socket_moves_only_the_socket(
    build: Callable[..., EmbeddedStore], tmp_path: Path
) -> None:
    store = build(tmp_path / ("x" * 120))
    store.start()
    assert answers(store.socket)
    assert "too long" in store.describe()
    private = store.socket.parent
    store.stop()
    assert not private.exists()


def test_the_log_says_why_a_server_did_not_start(build: Callable[..., EmbeddedStore], tmp_path: Path) -> None:
    manifest = tmp_path / "store" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("this is no manifest\n")
    with pytest.raises(StoreError, match=r"(?s)ended with exit code 1.*store\.log.*AOF manifest"):
        build().start()


def test_the_server_dies_with_its_parent(binary: Path, tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from app.embedded_store import EmbeddedStore\n"
        "store = EmbeddedStore(Path(sys.argv[1]), 'always', Path(sys.argv[2])); store.start()\n"
        "print(store.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), str(binary)], cwd=ROOT, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        assert is_alive(server)
        parent.kill()
    wait_until(lambda: not is_alive(server))


def test_without_a_server_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(embedded_store, "bundled_binary", lambda: None)
    with pytest.raises(StoreError, match=r"apt-get install redis-server.*REDIS_URL="):
        find_binary()


def test_a_binary_that_does_not_run_here_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken, good = tmp_path / "valkey-server", tmp_path / "redis-server"
    for path, code in ((broken, 127), (good, 0)):
        path.write_text(f"#!/bin/sh\nexit {code}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(embedded_store, "bundled_binary", lambda: broken)
    assert find_binary() == good
