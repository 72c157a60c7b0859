"""The thread that keeps a worker's catalogue at the truth in Redis: loads it, then follows its changes."""

import threading
import time
from collections.abc import Callable, Iterator

from app.logs import Logger
from profiles.errors import StoreUnavailable
from recommender.catalogue import Catalogue
from recommender.product import Product
from recommender.redis_catalogue import Overrun, RedisCatalogue

POLL_MS = 250
OUTAGE_SECONDS = 0.25
FADE_SECONDS = 60.0
# New popularity re-sorts lists, which costs the same for many products as for one; products themselves do not wait.
ENGAGEMENT_SECONDS = 0.5
# Products that are taken over at once while loading: every part re-sorts most lists.
PART = 10_000


class Refresher:
    """The only writer of `catalogue`. `start` may be called any number of times; the thread ends with the process."""

    def __init__(
        self, catalogue: Catalogue, source: RedisCatalogue, log: Logger, report_size: Callable[[int], None]
    ) -> None:
        self._catalogue, self._source, self._log, self._report_size = catalogue, source, log, report_size
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.loaded = threading.Event()

    def start(self) -> None:
        """Start the thread in this process. Call it after a fork, not before."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="catalogue", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                self._follow(self._load())
            except Overrun:
                self._log.warning("catalogue_overrun", action="loading it anew")
            except StoreUnavailable:
                time.sleep(OUTAGE_SECONDS)
            except Exception:
                self._log.exception("catalogue_refresh_failed", action="loading it anew")
                time.sleep(OUTAGE_SECONDS)

    def _load(self) -> str:
        position = self._source.position()
        known = self._catalogue.ids()
        for products, engagement in _join(self._source.load()):
            self._catalogue.apply(products, (), time.time())
            self._catalogue.apply_engagement(engagement, time.time())
            known.difference_update(product.product_id for product in products)
        self._catalogue.apply((), known, time.time())
        self._report_size(len(self._catalogue))
        self.loaded.set()
        return position

    def _follow(self, position: str) -> None:
        waiting: dict[str, float] = {}
        faded = learnt = time.monotonic()
        while True:
            try:
                changes = self._source.follow(position, POLL_MS)
            except StoreUnavailable:
                time.sleep(OUTAGE_SECONDS)
                continue
            position = changes.last_id
            waiting.update(changes.engagement)
            now = time.monotonic()
            if changes.products or changes.deleted:
                self._catalogue.apply(changes.products, changes.deleted, time.time())
                self._report_size(len(self._catalogue))
                learnt = 0.0  # a product that is new must not wait for its popularity
            if waiting and now - learnt > ENGAGEMENT_SECONDS:
                self._catalogue.apply_engagement(waiting, time.time())
                waiting, learnt = {}, now
            if now - faded > FADE_SECONDS:
                self._catalogue.fade(time.time())
                faded = now


def _join(chunks: Iterator[tuple[list[Product], dict[str, float]]]) -> Iterator[tuple[list[Product], dict[str, float]]]:
    """The same products and engagement in fewer parts."""
    products: list[Product] = []
    engagement: dict[str, float] = {}
    for more, learnt in chunks:
        products += more
        engagement.update(learnt)
        if len(products) >= PART:
            yield products, engagement
            products, engagement = [], {}
    if products:
        yield products, engagement
