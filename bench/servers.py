"""A store and web servers for one benchmark: real processes, in a folder of their own, ended by pid."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import msgspec

from app import processes
from app.container import Container
from app.embedded_store import EmbeddedStore, find_binary
from app.serve import FLASK, is_ready
from config import UNPREFIXED, Settings

ROOT = Path(__file__).resolve().parent.parent
READY_TIMEOUT_SECONDS = 120.0
SERVICE = "wsgi:app"
Fsync = Literal["always", "everysec", "no"]


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """How a web server differs from what gunicorn.conf.py says. `without` names settings and hooks to drop."""

    app: str = SERVICE
    worker_class: str | None = None
    threads: int | None = None
    without: tuple[str, ...] = ()


class Lab:
    """A store, and any number of web servers on it. Use as a context manager; leaving it ends all of them."""

    def __init__(self, fsync: Fsync = "always", binary: Path | None = None, **env: str) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="shelflife-bench-")
        self.folder = Path(self._temporary.name)
        self.store = EmbeddedStore(self.folder, fsync, binary or find_binary())
        self._children: list[subprocess.Popen[bytes]] = []
        own = {name.upper() for name in UNPREFIXED}
        kept = {k: v for k, v in os.environ.items() if k not in own and not k.startswith("SHELFLIFE_")}
        self._env = {**kept, "LOG_LEVEL": "warning", "SHELFLIFE_VAR_DIR": str(self.folder), **env}

    def __enter__(self) -> Self:
        self.store.start()
        self._env["REDIS_URL"] = self.store.url
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_servers()
        self.store.stop()
        self._temporary.cleanup()

    @property
    def settings(self) -> Settings:
        """What a process of this lab is set up with."""
        return Settings.from_env(self._env)

    def start_learner(self) -> None:
        """Start the learner; it follows the log while events come in."""
        self._spawn([*FLASK, "learn"], self._env)

    def start_stream(self, url: str) -> int:
        """Start the process that pushes what the web server at `url` answers. Returns its pid."""
        handover = Container(self.settings).handover
        child = self._spawn([*FLASK, "stream"], {**self._env, "SHELFLIFE_STREAM_WEB_URL": url})
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while handover.ask_status() is None:
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the stream process did not get ready. Its log:\n{self._log.read_text()}")
            time.sleep(0.05)
        return child.pid

    def start_server(self, variant: Variant) -> str:
        """Start gunicorn, wait until it is ready, and return its base URL."""
        env = {**self._env, "PORT": str(_free_port())}
        if variant.threads is not None:
            env["SHELFLIFE_WEB_THREADS"] = str(variant.threads)
        command = [sys.executable, "-m", "gunicorn", "-c", str(self._write_conf(variant)), "--chdir", str(ROOT)]
        if variant.worker_class is not None:
            command += ["-k", variant.worker_class]
        child = self._spawn([*command, variant.app], env)
        settings = Settings.from_env(env)
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while not is_ready(settings):
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{variant} did not get ready. Its log:\n{self._log.read_text()}")
            time.sleep(0.05)
        return f"http://127.0.0.1:{settings.port}"

    def stop_servers(self) -> None:
        """End the web servers and the learner by their pids; the store stays."""
        while self._children:
            processes.stop(self._children.pop(), timeout_seconds=30)

    def _write_conf(self, variant: Variant) -> Path:
        """gunicorn.conf.py less what the variant drops."""
        if not variant.without:
            return ROOT / "gunicorn.conf.py"
        path = self.folder / f"gunicorn{len(self._children)}.conf.py"
        lines = ["import runpy", f"globals().update(runpy.run_path({str(ROOT / 'gunicorn.conf.py')!r}))"]
        path.write_text("\n".join([*lines, *(f"globals().pop({name!r}, None)" for name in variant.without)]))
        return path

    @property
    def _log(self) -> Path:
        return self.folder / "servers.log"

    def _spawn(self, command: Sequence[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            self._children.append(processes.spawn(command, env=env, output=log, cwd=ROOT))
        return self._children[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
