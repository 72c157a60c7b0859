"""Child processes that are told to end when their parent ends, however that happens."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, so that Ctrl-C in the terminal reaches only this process.

    On Linux the child gets SIGTERM when this process dies, even by SIGKILL. The kernel ties that to the
    calling *thread*, so call this from the main thread.

    Args:
        output: where its standard output and error go; ours when None.
        pass_fds: file descriptors that the child keeps open.

    Raises:
        OSError: the command cannot be run.
    """
    return subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=_die_with_parent(),
    )


def stop(process: subprocess.Popen[bytes], timeout_seconds: float) -> int:
    """Send SIGTERM, wait, and send SIGKILL after the timeout. Returns the exit code (negative: signal)."""
    process.terminate()
    try:
        return process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _die_with_parent() -> Callable[[], None] | None:
    """What a fresh child calls before it becomes its command; None where the kernel has no such thing."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def preexec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before prctl took effect
            os._exit(1)

    return preexec
