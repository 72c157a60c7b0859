"""Prometheus metrics. `docs/metrics.md` lists them; labels never hold ids."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.samples import Sample

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Metrics:
    """All metrics of one process. With `multiprocess_dir` set, `render` adds up those of all workers."""

    def __init__(self, version: str, multiprocess_dir: str) -> None:
        self._dir = multiprocess_dir
        self._registry = registry = CollectorRegistry()
        self._children: dict[tuple[Any, ...], Any] = {}
        self.requests = Counter(
            "shelflife_http_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self.durations = Histogram(
            "shelflife_http_request_duration_seconds",
            "Time to answer a request.",
            ("route",),
            buckets=BUCKETS,
            registry=registry,
        )
        self.events = Counter(
            "shelflife_events",
            "Events received: applied, duplicate or rejected.",
            ("type", "result"),
            registry=registry,
        )
        self.recommendations = Counter(
            "shelflife_recommendations", "Slates answered, by strategy, fallback and degradation.",
            ("strategy", "fallback", "degraded"), registry=registry,
        )  # fmt: skip
        self.store_errors = Counter(
            "shelflife_store_errors", "Requests that found the store unavailable.", ("operation",), registry=registry
        )
        self.rows_cut = Counter(
            "shelflife_profile_rows_cut", "Interests and marks dropped at a profile's bounds.", registry=registry
        )
        self.catalogue_products = Gauge(
            "shelflife_catalogue_products", "Available products in each worker's catalogue.",
            multiprocess_mode="liveall", registry=registry,
        )  # fmt: skip
        self.learner_lag = Gauge(
            "shelflife_learner_lag_seconds", "How far the model may be behind the event log.",
            multiprocess_mode="mostrecent", registry=registry,
        )  # fmt: skip
        self.learner_entries = Gauge(
            "shelflife_learner_entries", "Entries that the learner has seen since it started, by what became of them.",
            ("result",), multiprocess_mode="mostrecent", registry=registry,
        )  # fmt: skip
        self.model_products = Gauge(
            "shelflife_model_products", "Products that the model knows.",
            multiprocess_mode="mostrecent", registry=registry,
        )  # fmt: skip
        self.model_sessions = Gauge(
            "shelflife_model_sessions", "Sessions that the model was made of so far.",
            multiprocess_mode="mostrecent", registry=registry,
        )  # fmt: skip
        self.model_version = Gauge(
            "shelflife_model_version", "Version of the model that is in use.",
            multiprocess_mode="mostrecent", registry=registry,
        )  # fmt: skip
        self.stream_listeners = Gauge(
            "shelflife_stream_listeners", "Listeners of the stream.",
            multiprocess_mode="mostrecent", registry=registry,
        )  # fmt: skip
        self.stream_messages = Counter("shelflife_stream_messages", "Messages sent to listeners.", registry=registry)
        self.streams_refused = Counter(
            "shelflife_streams_refused", "Requests to listen that were refused.", ("reason",), registry=registry
        )
        build = Gauge(
            "shelflife_build_info", "Always 1; the version is the label.", ("version",),
            multiprocess_mode="max", registry=registry,
        )  # fmt: skip
        build.labels(version).set(1)

    def child(self, metric: Any, *labels: str) -> Any:
        """A metric with its labels, remembered: looking it up costs more than counting."""
        key = (metric, *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = metric.labels(*labels)
        return child

    def record_stream(self, listeners: int, messages: int) -> None:
        """How many listen now, and how many messages were sent since this was last recorded."""
        self.stream_listeners.set(listeners)
        self.stream_messages.inc(messages)

    def render(self) -> bytes:
        """The text exposition of all workers' metrics."""
        return generate_latest(self._of_all_workers())

    def samples(self) -> Iterator[Sample]:
        """Every value of all workers' metrics, summed as in `render`."""
        return (sample for family in self._of_all_workers().collect() for sample in family.samples)

    def _of_all_workers(self) -> CollectorRegistry:
        if not self._dir:
            return self._registry
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=self._dir)  # type: ignore[no-untyped-call]
        return registry
