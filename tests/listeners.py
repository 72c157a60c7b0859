"""Clients of `/v1/stream` for tests and their frames."""

import http.client
import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import msgspec

from app import processes
from app.push.handover import Handover
from app.serve import FLASK
from tests.processes import wait_until
from tests.servers import ROOT, RunningService

PATIENCE_SECONDS = 20.0


class Message(msgspec.Struct, frozen=True):
    """One event of a stream."""

    event: str
    id: str
    data: Any

    @property
    def products(self) -> list[str]:
        """Ids of the products that it shows."""
        return [pick["product_id"] for pick in self.data["recommendations"]]


class Listening:
    """A client that listens. Leaving it as a context manager hangs up."""

    def __init__(self, url: str, asked: Mapping[str, str], *, last_id: str = "") -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
        headers = {"Last-Event-ID": last_id} if last_id else {}
        self._connection.request("GET", f"/v1/stream?{urlencode(asked)}", headers=headers)
        self.answer = self._connection.getresponse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        self._connection.close()

    @property
    def problem(self) -> Any:
        """The body of a refusal."""
        return json.loads(self.answer.read())

    def is_cut_off(self) -> bool:
        """Whether the stream ends, in whichever way, without another message."""
        try:
            return self.next() is None
        except (OSError, http.client.HTTPException):
            return True

    def next(self) -> Message | None:
        """The next message, None when the stream has ended; heartbeats and `retry` are passed over."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name in ("event", "id", "data"):
                fields[name] = value
            elif line == "\n" and fields:
                return Message(fields["event"], fields["id"], json.loads(fields["data"]))
        return None


class StreamProcess:
    """`flask stream` beside a running service, not started yet."""

    def __init__(self, service: RunningService, **env: str) -> None:
        self._service, self._env = service, {**service.env, **env}
        self.handover = Handover(service.folder / f"stream-{service.settings.key_prefix}.sock")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it lets listeners in."""
        if self.process is not None and self.process.poll() is None:
            return
        with (self._service.folder / "stream.log").open("ab") as log:
            self.process = processes.spawn([*FLASK, "stream"], env=self._env, output=log, cwd=ROOT)
        wait_until(lambda: self.handover.ask_status() is not None)

    def stop(self) -> int:
        """End it by its pid. Returns its exit code."""
        assert self.process is not None
        return processes.stop(self.process, timeout_seconds=10)

    def kill(self) -> None:
        """End it without a chance to say anything."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        status = self.handover.ask_status()
        return status.listeners if status else 0

    def open_files(self) -> int:
        """How many files and sockets it has open."""
        assert self.process is not None
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
