"""The stream process: hears of changed profiles, asks the web server anew, and tells who listens."""

import asyncio
import resource
import signal
from pathlib import Path
from typing import Any, Protocol

from app.push.asker import Asker
from app.push.door import Door
from app.push.hub import Hub
from profiles.redis_changes import RedisChanges

SWEEP_SECONDS = 1.0
# Beside one for each listener: the store, the web server, workers that hand over, logs, libraries.
SPARE_DESCRIPTORS = 200
END_SECONDS = 2.0


class Log(Protocol):
    """Writes log lines."""

    def info(self, event: str, **fields: Any) -> Any:
        """A line that tells of the usual."""

    def warning(self, event: str, **fields: Any) -> Any:
        """A line that somebody should look at."""


async def run_stream(path: Path, changes: RedisChanges, web_url: str, capacity: int, log: Log) -> None:
    """Serve up to `capacity` listeners, who are handed over at the socket `path`, until SIGTERM or SIGINT.

    Raises:
        DoorTaken: another process does, with the same folder.
    """
    room = make_room(capacity)
    if room < capacity:
        log.warning("stream_limited", listeners=room, wanted=capacity)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    asker = Asker(web_url)
    hub = Hub(changes, asker.ask, room)
    work = [loop.create_task(part) for part in (Door(path, hub).run(), changes.run(hub), _sweep(hub), ending.wait())]
    log.info("stream_started")
    done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    for task in work:
        task.cancel()
    await _end(hub)
    asker.close()
    await changes.close()
    for task in done:
        task.result()  # raises what has ended it
    log.info("stream_stopped")


def make_room(capacity: int) -> int:
    """So many listeners as this process may have open files for; it takes as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = capacity + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return capacity if soft == resource.RLIM_INFINITY else max(1, min(capacity, soft - SPARE_DESCRIPTORS))


async def _sweep(hub: Hub) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        hub.keep_alive(loop.time())


async def _end(hub: Hub) -> None:
    """End all streams; those that take nothing are cut off after a while."""
    hub.end()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + END_SECONDS
    while hub.listeners and loop.time() < deadline:
        await asyncio.sleep(0.02)
