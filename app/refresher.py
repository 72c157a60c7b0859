"""The thread that keeps a worker's catalogue at the truth in Redis, and its view of the model at what is learnt."""

import threading
import time
from collections.abc import Iterable, Iterator

from app.logs import Logger
from app.metrics import Metrics
from app.model_metrics import ModelMetrics
from profiles.errors import StoreUnavailable
from recommender.catalogue import Catalogue
from recommender.experts import Experts
from recommender.finder import Finder
from recommender.model_reader import ModelReader
from recommender.product import Product
from recommender.redis_catalogue import Overrun, RedisCatalogue
from recommender.warm import warm_reading

# New names and generations of the model are looked for as often.
POLL_MS = 200
OUTAGE_SECONDS = 0.25
FADE_SECONDS = 60.0
# New popularity re-sorts lists, which costs the same for many products as for one; products themselves do not wait.
ENGAGEMENT_SECONDS = 0.5
# Products that are taken over at once while loading: every part re-sorts most lists.
PART = 10_000


class Refresher:
    """The only writer of its catalogue. `start` may be called any number of times; threads end with the process."""

    def __init__(
        self,
        catalogue: tuple[Catalogue, RedisCatalogue, Finder],
        model: tuple[ModelReader, Experts],
        log: Logger,
        metrics: tuple[Metrics, ModelMetrics],
    ) -> None:
        self._catalogue, self._source, self._finder = catalogue
        self._model, self._experts = model
        self._log, (self._metrics, self._model_metrics) = log, metrics
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._learnt = self._faded = 0.0
        self._is_anew = False
        self._refused = self._failure = ""
        self.loaded = threading.Event()

    def start(self) -> None:
        """Start the threads in this process. Call it after a fork, not before."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="catalogue", daemon=True)
                    self._thread.start()
                    threading.Thread(target=self._warm, name="kernels", daemon=True).start()

    @property
    def is_ready(self) -> bool:
        """Whether this worker can answer as well as it ever will."""
        return self.loaded.is_set() and self._experts.ready.is_set()

    def _warm(self) -> None:
        """Compile kernels, or load them from disk. Without the first answers would wait for it."""
        warm_reading()
        self._experts.ready.set()

    def _run(self) -> None:
        while True:
            try:
                self._follow(self._load())
            except Overrun:
                self._log.warning("catalogue_overrun", action="loading it anew")
            except StoreUnavailable:
                self._follow_model()
                time.sleep(OUTAGE_SECONDS)
            except Exception:
                self._log.exception("catalogue_refresh_failed", action="loading it anew")
                time.sleep(OUTAGE_SECONDS)

    def _load(self) -> str:
        position = self._source.position()
        known = self._catalogue.ids()
        for products in _in_parts(self._source.load()):
            self._catalogue.apply(products, (), time.time())
            known.difference_update(product.product_id for product in products)
        self._catalogue.apply((), known, time.time())
        # The model may have been taken over before, while the store was down: then this was said of nothing.
        self._catalogue.apply_engagement(self._model.engagement_of(self._catalogue.ids()), time.time())
        self._finder.catch_up()
        self._metrics.catalogue_products.set(len(self._catalogue))
        self._follow_model()
        self.loaded.set()
        return position

    def _follow(self, position: str) -> None:
        while True:
            try:
                changes = self._source.follow(position, POLL_MS if not self._finder.catch_up() else 1)
            except StoreUnavailable:
                self._follow_model()
                time.sleep(OUTAGE_SECONDS)
                continue
            position = changes.last_id
            if changes.products or changes.deleted:
                self._catalogue.apply(changes.products, changes.deleted, time.time())
                self._finder.catch_up()
                self._metrics.catalogue_products.set(len(self._catalogue))
                # A product that is new must not wait for its popularity.
                known = self._model.engagement_of(product.product_id for product in changes.products)
                self._catalogue.apply_engagement(known, time.time())
            self._follow_model()

    def _follow_model(self) -> None:
        """Bring the view of the model up to date; when that goes wrong, the catalogue is followed all the same."""
        try:
            self._take_over_model()
            self._failure = ""
        except Exception as error:
            if repr(error) != self._failure:
                self._failure = repr(error)
                self._log.exception("model_follow_failed", action="trying again")

    def _take_over_model(self) -> None:
        """Take over what is new in the model, and now and then the popularity that it makes."""
        if self._experts.follow():
            version = self._experts.version
            self._log.info("model_version", number=version.number, refused=version.refused)
        if self._model.follow():  # it may have less than the one before, after a way back
            self._is_anew = True
        if self._model.refused != self._refused:
            self._refused = self._model.refused
            if self._refused:
                self._log.warning("model_refused", error=self._refused)
        now = time.monotonic()
        if self._is_anew or now - self._learnt > ENGAGEMENT_SECONDS:
            take_over = self._catalogue.replace_engagement if self._is_anew else self._catalogue.apply_engagement
            take_over(self._model.take_engagement(), time.time())
            self._is_anew = False
            self._model_metrics.record()
            self._learnt = now
        if now - self._faded > FADE_SECONDS:
            self._catalogue.fade(time.time())
            self._faded = now


def _in_parts(chunks: Iterable[list[Product]]) -> Iterator[list[Product]]:
    """The same products, at least PART at a time."""
    waiting: list[Product] = []
    for products in chunks:
        waiting += products
        if len(waiting) >= PART:
            yield waiting
            waiting = []
    yield waiting
