"""Load on a web server by wrk (https://github.com/wg/wrk)."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

SCRIPT = Path(__file__).with_name("load.lua")
Kind = Literal["recommend", "track", "batch"]


class MissingTool(RuntimeError):
    """Raised when a program that a benchmark needs is not installed; the message says what to do."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: requests about `users` and `products` (see load.lua), over so many connections, for so long."""

    kind: Kind
    users: int
    products: int
    categories: int
    connections: int = 16
    seconds: int = 8
    batch: int = 100


class Outcome(msgspec.Struct, frozen=True):
    """What came of it. Latencies are microseconds; `errors` counts failed connections and statuses over 399."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def require_wrk() -> str:
    """Path of the wrk program.

    Raises:
        MissingTool: it is not on the PATH.
    """
    found = shutil.which("wrk")
    if found is None:
        raise MissingTool("wrk was not found; install it (Debian: apt-get install wrk)")
    return found


def press(url: str, load: Load) -> Outcome:
    """Send the load and wait for its end.

    Raises:
        RuntimeError: a request failed; a figure that counts errors as answers would say nothing.
    """
    sizes = [str(number) for number in (load.users, load.products, load.categories, load.batch)]
    command = [require_wrk(), "-t1", f"-c{load.connections}", f"-d{load.seconds}s", "-s", str(SCRIPT), url]
    done = subprocess.run([*command, "--", load.kind, *sizes], capture_output=True, text=True, check=True)
    outcome = msgspec.json.decode(done.stdout.splitlines()[-1], type=Outcome)
    if outcome.errors or not outcome.requests:
        raise RuntimeError(f"{outcome.errors} of {outcome.requests} requests to {url} failed:\n{done.stdout}")
    return outcome


def upper_quartile(outcomes: Sequence[Outcome]) -> Outcome:
    """The round that a quarter of the rounds were faster than.

    Whatever else runs on the machine only ever slows a round, and now and then one worker accepts all of wrk's
    connections before the other one wakes up, which leaves a core idle for that round. So the median would say more
    about luck than about the code, and the best round would be luck of the other kind.
    """
    return sorted(outcomes, key=lambda outcome: outcome.rate, reverse=True)[len(outcomes) // 4]


def describe(outcome: Outcome) -> str:
    """Rate and latencies for a person."""
    return f"{outcome.rate:,.0f} requests/s, p50 {outcome.p50 / 1000:.2f} ms, p99 {outcome.p99 / 1000:.2f} ms"
