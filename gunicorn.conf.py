"""Settings of the web server, for `gunicorn -c gunicorn.conf.py wsgi:app`. Docs: docs/operations.md."""

import gc
import mmap
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from config import Settings, SettingsError, unknown_names

try:
    settings = Settings.from_env(os.environ)
except SettingsError as error:
    raise SystemExit(f"shelflife: {error}") from None

# How long a worker leaves a connection to others before it takes it all the same: they may be busy, or hang.
PATIENCE = 10
YIELD_SECONDS = 0.0005
GONE = 2**62


class EvenWorker(ThreadWorker):  # type: ignore[misc]
    """Threads, like its base, but new connections go to the worker that has fewest.

    A listening socket wakes all workers, and one that accepts as fast as it can ends up with most of a few kept-alive
    connections, or all of them, while a core idles (docs/benchmarks.md).

    `pre_fork` sets `slot`, and `connections`: the numbers of all workers' connections by slot, in memory they share.
    """

    slot: int
    connections: memoryview
    passed = 0

    def notify(self) -> None:
        """Say that this worker lives, in every turn of its loop, and how many connections it has."""
        self.connections[self.slot] = self.nr_conns
        super().notify()

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, unless another worker should."""
        self.connections[self.slot] = self.nr_conns
        if self.passed < PATIENCE and self.nr_conns > min(self.connections):
            self.passed += 1
            time.sleep(YIELD_SECONDS)
            return
        self.passed = 0
        super().accept(listener)


bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"

# On two cores, /recommend and /track-event a second: gthread with 8 threads 2,774 and 1,633 (p99 16 and 22 ms), gevent
# 2,333 and 1,740 (48 and 23 ms), sync 2,402 and 1,771 (15 and 21 ms). All within the noise of each other, so the rest
# decides: sync opens a connection for every request, and gevent patches every library and has the longest tail.
# `python -m bench workers`; docs/benchmarks.md.
worker_class = EvenWorker
workers = settings.web_concurrency
threads = settings.web_threads
preload_app = False  # the code is loaded before, each worker opens its own connections

timeout = 30
graceful_timeout = 25  # under the 30 s that orchestrators usually grant
keepalive = 75  # longer than the 60 s after which common load balancers drop an idle connection

accesslog = None  # the application writes its own, structured
loglevel = settings.log_level
control_socket_disable = True  # nobody uses it, and it needs a writable home

READY_SECONDS = 10.0  # well under `timeout`, or the worker would be taken for a hanging one

_shared_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
worker_tmp_dir = _shared_memory  # a heartbeat file on a slow disk stalls the worker


def on_starting(server: Any) -> None:
    """Give the workers memory to share, and a folder for metrics before any of them imports prometheus_client."""
    server.connections = memoryview(mmap.mmap(-1, 8 * workers)).cast("q")
    for name in unknown_names(os.environ):
        server.log.warning("%s is not a setting; docs/settings.md lists them", name)
    given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not given:
        server.metrics_dir = tempfile.mkdtemp(prefix="shelflife-metrics-", dir=_shared_memory)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = server.metrics_dir
        return
    Path(given).mkdir(parents=True, exist_ok=True)
    for left_over in Path(given).glob("*.db"):
        left_over.unlink()


def when_ready(server: Any) -> None:
    """Import what the workers run, and load its compiled kernels, once: they are forked with it, and share its memory.

    Not the application itself, for its metrics would count this process, too.
    """
    import app.factory  # noqa: F401
    from recommender.kernel_cache import are_compiled
    from recommender.warm import warm_reading

    if are_compiled(os.environ.get("NUMBA_CACHE_DIR")):  # to compile them takes long; /healthz answers meanwhile
        warm_reading()
    gc.collect()
    gc.freeze()


def on_exit(server: Any) -> None:
    """Remove the metrics folder if it is ours."""
    metrics_dir = getattr(server, "metrics_dir", None)
    if metrics_dir is not None:
        shutil.rmtree(metrics_dir, ignore_errors=True)


def pre_fork(server: Any, worker: Any) -> None:
    """Give the worker the slot that fewest living workers have: its predecessor's, when that one died."""
    taken = [other.slot for other in server.WORKERS.values()]
    worker.slot = min(range(workers), key=taken.count)
    worker.connections = server.connections


def post_fork(server: Any, worker: Any) -> None:
    """Pin the worker to its share of the cores: one core each when there are as many workers as cores.

    A gthread worker gains a fifth to two fifths from it. Several services on one machine do not all
    land on its first core, because fewer workers than cores share them all out.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    if workers <= len(cores):
        os.sched_setaffinity(0, cores[worker.slot :: workers])


def post_worker_init(worker: Any) -> None:
    """Load catalogue and kernels before taking requests; when that takes long, or Redis is down, go on without."""
    refresher = worker.wsgi.extensions["shelflife"].refresher
    refresher.start()
    deadline = time.monotonic() + READY_SECONDS
    while worker.alive and time.monotonic() < deadline and not refresher.is_ready:
        time.sleep(0.05)  # SIGTERM makes it end here, too
    # What is there now stays: the collector need not walk a whole catalogue again and again.
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    """Drop the gauges of a worker that is gone; its counters stay in the sums."""
    from prometheus_client import multiprocess

    server.connections[worker.slot] = GONE
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it has no annotations
