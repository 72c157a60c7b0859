"""What gunicorn.conf.py does to real workers: which cores they get, and what is left when they are gone."""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import requests

from app.serve import GUNICORN
from tests.processes import children_of, is_alive, wait_until
from tests.servers import ROOT, RunningService, clean_environment


def workers_of(service: RunningService) -> set[int]:
    """The pids of the web workers."""
    return children_of(service.children[-1].pid)


def shares_of_cores(service: RunningService) -> list[list[int]]:
    """The cores that each worker may run on."""
    return sorted(sorted(os.sched_getaffinity(worker)) for worker in workers_of(service))


def sockets_of(worker: int) -> int:
    """The number of sockets that a worker has open."""
    return sum(os.readlink(entry).startswith("socket:") for entry in Path(f"/proc/{worker}/fd").iterdir())


def metrics_folders(service: RunningService) -> list[str]:
    """The folder that each worker has its metrics files in, once it has opened them."""
    maps = [Path(f"/proc/{worker}/maps").read_text() for worker in workers_of(service)]
    return [found[0] for text in maps if (found := re.search(r"/\S+/shelflife-metrics-[^/]+", text))]


def test_workers_share_out_the_cores_and_a_new_one_takes_the_free_share(
    start_service: Callable[..., RunningService],
) -> None:
    service = start_service()
    cores = sorted(os.sched_getaffinity(0))
    expected = [cores[0::2], cores[1::2]] if len(cores) > 1 else [cores, cores]
    wait_until(lambda: shares_of_cores(service) == expected)
    victim = max(workers_of(service))
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: len(workers_of(service) - {victim}) == 2)
    wait_until(lambda: shares_of_cores(service) == expected)
    service.stop()


def test_kept_connections_are_shared_out_among_the_workers(start_service: Callable[..., RunningService]) -> None:
    service = start_service()
    wait_until(lambda: len(metrics_folders(service)) == 2)
    # Again and again, for one that still loads its kernels takes none; and one that asked before may just be closing.
    wait_until(lambda: min(connect(service, 16)) >= 6)
    service.stop()


def connect(service: RunningService, count: int) -> list[int]:
    """Number of connections that each worker has of so many browsers' that keep theirs."""
    before = {worker: sockets_of(worker) for worker in workers_of(service)}
    browsers = [requests.Session() for _ in range(count)]
    for browser in browsers:
        assert browser.get(f"{service.url}/livez", timeout=10).status_code == 200
    grown = [sockets_of(worker) - before[worker] for worker in before]
    for browser in browsers:
        browser.close()
    return grown


def test_metrics_are_kept_in_one_folder_that_goes_with_the_server(start_service: Callable[..., RunningService]) -> None:
    service = start_service()
    wait_until(lambda: len(metrics_folders(service)) == 2)
    folder, other = metrics_folders(service)
    assert folder == other
    assert Path(folder).is_dir()
    workers = workers_of(service)
    service.stop()
    assert not Path(folder).exists()
    assert [worker for worker in workers if is_alive(worker)] == []


def test_a_bad_setting_is_named_without_a_traceback() -> None:
    environment = clean_environment(PORT="http")
    result = subprocess.run(GUNICORN, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("shelflife: PORT='http': must be a whole number from 1 to 65,535. ")
