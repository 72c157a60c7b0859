"""The store goes away in the middle of a load and comes back: nothing acknowledged is lost, nobody sees a 5xx
from /recommend, and no process of the service is restarted.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import requests

from tests.servers import RunningService

CLIENTS = 4
BEFORE_SECONDS, DOWN_SECONDS, AFTER_SECONDS = 2.5, 0.7, 1.0
# With `everysec` Redis may hold back a write for up to two seconds while an fsync is running (redis.conf).
EVERYSEC_WINDOW_SECONDS = 2.0


class Load:
    """Clients that send events and ask for recommendations until they are told to stop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self._numbers = count()
        self.acknowledged: dict[str, float] = {}
        self.refused: list[requests.Response] = []
        self.recommend_statuses: list[int] = []
        self.degraded = 0

    def run(self) -> Iterator[None]:
        """Load while the caller's block runs, then let every unacknowledged event be sent again until it is taken."""
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            futures = [pool.submit(self._track) for _ in range(CLIENTS)] + [pool.submit(self._ask)]
            yield
            self._stop.set()
            for future in futures:
                future.result()

    def _track(self) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                number = next(self._numbers)
                user = f"outage-{number}"
                event = {
                    "event_id": f"e{number}",
                    "user_id": user,
                    "event_type": "view",
                    "product_id": "x",
                    "category": "C",
                }
                while (answer := session.post(f"{self._url}/track-event", json=event, timeout=10)).status_code != 200:
                    self.refused.append(answer)
                    time.sleep(0.05)
                self.acknowledged[user] = time.monotonic()

    def _ask(self) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                answer = session.get(f"{self._url}/recommend", params={"user_id": "outage-0"}, timeout=10)
                self.recommend_statuses.append(answer.status_code)
                self.degraded += answer.status_code == 200 and answer.json()["degraded"]


def views_of(service: RunningService, user: str) -> int:
    """How many views the profile of `user` has counted; 0 for a stranger."""
    answer = requests.get(f"{service.url}/v1/users/{user}", timeout=10)
    return int(answer.json()["counts"]["view"]) if answer.status_code == 200 else 0


def kill_store(service: RunningService) -> None:
    """SIGKILL, as a power cut for the process alone."""
    assert service.store.process is not None
    service.store.process.kill()
    service.store.process.wait()


@pytest.mark.parametrize("fsync", ["always", "everysec"])
def test_acknowledged_events_survive_a_killed_store(start_service: Callable[..., RunningService], fsync: str) -> None:
    service = start_service(SHELFLIFE_STORE_FSYNC=fsync)
    pids = [child.pid for child in service.children]
    load = Load(service.url)
    for _ in load.run():
        time.sleep(BEFORE_SECONDS)
        killed = time.monotonic()
        kill_store(service)
        time.sleep(DOWN_SECONDS)
        service.store.start()
        time.sleep(AFTER_SECONDS)
    sure = {
        user
        for user, at in load.acknowledged.items()
        if fsync == "always" or not 0 < killed - at < EVERYSEC_WINDOW_SECONDS
    }
    assert {user: views for user in sure if (views := views_of(service, user)) != 1} == {}
    assert len(sure) > 100
    assert any(at > killed for at in load.acknowledged.values())
    assert set(load.recommend_statuses) == {200}
    assert load.degraded > 0
    assert {answer.status_code for answer in load.refused} == {503}
    assert all(answer.headers["Retry-After"].isdigit() for answer in load.refused)
    assert [child.pid for child in service.children if child.poll() is None] == pids


def test_a_hanging_store_degrades_answers_and_applies_nothing_twice(
    start_service: Callable[..., RunningService],
) -> None:
    service = start_service(SHELFLIFE_WRITE_TIMEOUT_MS="200")
    assert service.store.process is not None
    requests.put(f"{service.url}/v1/products/hang", json={"name": "Hang", "category": "C", "popularity": 1}, timeout=10)
    event = {"event_id": "once", "user_id": "hanging", "event_type": "view", "product_id": "hang"}
    service.store.process.send_signal(signal.SIGSTOP)
    try:
        refused = requests.post(f"{service.url}/track-event", json=event, timeout=10)
        answer = requests.get(f"{service.url}/recommend?user_id=hanging", timeout=10)
    finally:
        service.store.process.send_signal(signal.SIGCONT)
    assert refused.status_code == 503
    assert refused.json()["code"] == "store_unavailable"
    assert answer.status_code == 200
    assert answer.json()["degraded"] is True
    assert answer.json()["fallback"] == "popular"
    again = requests.post(f"{service.url}/track-event", json=event, timeout=10)
    assert again.status_code == 200
    assert views_of(service, "hanging") == 1
