"""Keeps a few child processes running: starts them in order, restarts what died, ends them in reverse order."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app import processes

POLL_SECONDS = 0.1
# A child that dies is restarted after 1, 2, 4, ... seconds; one that lived for a minute starts over.
MAX_DELAY_SECONDS = 30.0
SETTLED_SECONDS = 60.0
RUN_STOP_SECONDS = 5.0


def say(text: str) -> None:
    """Write to standard output at once, between the lines of the children."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def exit_code(process: subprocess.Popen[bytes] | None) -> int:
    """The exit code as a shell tells it: 128 + n for one that signal n ended; 1 for one that never ran."""
    if process is None or process.returncode is None:
        return 1
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


class Service(Protocol):
    """A process that can be started again after it has died."""

    name: str
    process: subprocess.Popen[bytes] | None

    def describe(self) -> str:
        """What it is and where, for a person."""

    def start(self) -> None:
        """Start the process. Raises OSError or RuntimeError when it cannot be."""

    def stop(self) -> None:
        """End the process by its pid and wait for it; nothing if there is none."""


@dataclass
class Command:
    """A service that is one command."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    stop_timeout_seconds: float
    process: subprocess.Popen[bytes] | None = None

    def describe(self) -> str:
        """The name: all there is to say."""
        return self.name

    def start(self) -> None:
        """Start the command."""
        self.process = processes.spawn(self.command, env=self.env)

    def stop(self) -> None:
        """End the command: SIGTERM, then SIGKILL after `stop_timeout_seconds`."""
        if self.process is not None:
            processes.stop(self.process, self.stop_timeout_seconds)


@dataclass
class _Watched:
    service: Service
    vital: bool
    started: float
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """Runs services until a signal comes or a vital one ends."""

    def __init__(self) -> None:
        self.stopping = False
        self._watched: list[_Watched] = []

    @property
    def services(self) -> list[Service]:
        """What is being watched over, in the order of starting."""
        return [watched.service for watched in self._watched]

    def stop_on_signals(self) -> None:
        """Make Ctrl-C, SIGTERM and a closed terminal end `watch` and `run`."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        self.stopping = True

    def start(self, service: Service, *, vital: bool = False) -> None:
        """Start a service and watch over it. When a vital one ends, everything does."""
        self._watched.append(_Watched(service, vital, time.monotonic()))
        service.start()

    def run(self, command: Sequence[str], env: Mapping[str, str]) -> int:
        """Run a command to its end, or to a signal. Returns its exit code."""
        process = processes.spawn(command, env=env)
        while not self.stopping and process.poll() is None:
            time.sleep(POLL_SECONDS)
        processes.stop(process, RUN_STOP_SECONDS)
        return exit_code(process)

    def watch(self, until: Callable[[], bool] = lambda: False) -> int | None:
        """Restart what dies. Returns 0 after a signal, a dead vital service's exit code, None when `until`."""
        while not self.stopping:
            if until():
                return None
            for watched in self._watched:
                process = watched.service.process
                if process is None or process.poll() is not None:
                    if watched.vital:
                        return exit_code(process)
                    self._restart(watched, time.monotonic())
            time.sleep(POLL_SECONDS)
        return 0

    def stop_all(self) -> None:
        """End every service by its pid, the last started first."""
        while self._watched:
            self._watched.pop().service.stop()

    def _restart(self, watched: _Watched, now: float) -> None:
        if watched.restart_at is None:
            if now - watched.started > SETTLED_SECONDS:
                watched.failures = 0
            delay = min(2.0**watched.failures, MAX_DELAY_SECONDS)
            watched.failures += 1
            watched.restart_at = now + delay
            code = exit_code(watched.service.process)
            say(f"The {watched.service.name} ended (exit code {code}); starting it again in {delay:g} s.")
        elif now >= watched.restart_at:
            watched.restart_at = None
            watched.started = now
            try:
                watched.service.start()
            except (OSError, RuntimeError) as error:
                say(str(error))
