"""`python -m bench NAME ...`, names being those of `BENCHMARKS`; without a name, all but workers."""

import sys
import time
from collections.abc import Callable, Sequence

from app.embedded_store import StoreError
from app.supervisor import say
from bench import batches, freshness, learning, load, memory, push, reading, scoring, workers
from bench.wrk import MissingTool

BENCHMARKS: dict[str, Callable[[], None]] = {
    "scoring": scoring.run,
    "load": load.run,
    "memory": memory.run,
    "batches": batches.run,
    "reading": reading.run,
    "learning": learning.run,
    "freshness": freshness.run,
    "push": push.run,
    "workers": workers.run,
}
# Comparing worker classes takes half an hour and answers a question that is settled.
USUAL = ("scoring", "load", "memory", "batches", "reading", "learning", "freshness", "push")


def main(names: Sequence[str]) -> int:
    """Run the named benchmarks, one after the other. Returns the exit code."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"bench: there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}\n")
        return 2
    for name in names or USUAL:
        start = time.perf_counter()
        try:
            BENCHMARKS[name]()
        except (MissingTool, StoreError) as error:
            sys.stderr.write(f"bench: {error}\n")
            return 1
        say(f"  ({time.perf_counter() - start:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
