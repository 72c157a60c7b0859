"""The composition root: every collaborator of the service, built once from the settings."""

import random
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.logs import Logger, build_logger
from app.metrics import Metrics
from app.model_metrics import ModelMetrics
from app.push.handover import Handover
from app.refresher import Refresher
from app.version import VERSION
from config import Settings
from events.decode import Limits
from events.log import EventLog
from events.normalise import Rules
from events.redis_log import RedisEventLog
from events.taxonomy import load_taxonomy, parse_weights
from profiles.delta import HalfLives
from profiles.keys import Keyspace
from profiles.profile import Bounds
from profiles.redis_store import RedisProfileStore, Retention
from recommender.catalogue import Catalogue, PopularityRule
from recommender.content import ContentVectors
from recommender.experts import Experts
from recommender.finder import Finder
from recommender.model_reader import ModelReader
from recommender.popularity_tables import PopularityHalfLives
from recommender.redis_catalogue import RedisCatalogue
from recommender.versions import Versions

if TYPE_CHECKING:
    from learner.model import Opened
    from learner.process import LearnerProcess


class Container:
    """What views and commands work with. Connections are opened on first use, so it may be built before a fork."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.log: Logger = build_logger(settings.log_level)
        self.metrics = Metrics(VERSION, settings.prometheus_multiproc_dir)
        self.rules = _build_rules(settings)
        self.limits = Limits(settings.max_body_bytes, settings.max_event_bytes, settings.max_batch_events)
        self.half_lives = HalfLives(settings.long_half_life_seconds, settings.session_half_life_seconds)
        self.writer = connect(settings, settings.write_timeout_ms)
        reader = connect(settings, settings.read_timeout_ms)
        self.keyspace = keyspace = Keyspace(settings.key_prefix, settings.partitions, settings.dedupe_seconds)
        self.profiles = RedisProfileStore(
            (reader, self.writer),
            keyspace,
            _build_retention(settings),
            Bounds(settings.interests_limit, settings.marks_limit, settings.recent_limit),
            (self.half_lives, self.rules.taxonomy),
        )
        self.event_log: EventLog = RedisEventLog(self.writer, settings.partitions, keyspace)
        self.products = RedisCatalogue(self.writer, settings.key_prefix)
        half_life, gain = settings.popularity_half_life_seconds, settings.popularity_gain
        self.catalogue = Catalogue(PopularityRule(half_life, gain, settings.popularity_midpoint))
        self.finder = Finder(self.catalogue)
        self.vectors = ContentVectors(self.catalogue)
        self.model_folder = Path(settings.var_dir) / "model" / settings.key_prefix
        self.model = ModelReader(self.model_folder)
        self.experts = Experts(self.model, Versions(self.model_folder))
        model_metrics = ModelMetrics(self.metrics, self.model, self.experts, self.model_folder)
        self.handover = Handover(Path(settings.var_dir).absolute() / f"stream-{settings.key_prefix}.sock")
        self.refresher = Refresher(
            (self.catalogue, self.products, self.finder),
            (self.model, self.experts),
            self.log,
            (self.metrics, model_metrics),
        )

    def open_model(self) -> "Opened":
        """The model, to be written; only one process of a host may.

        Raises:
            TableError: the model's folder cannot be used.
        """
        from learner.model import open_model
        from recommender.model import Capacity

        settings = self.settings
        half_lives = PopularityHalfLives(settings.popularity_half_life_seconds, settings.trend_half_life_seconds)
        return open_model(self.model_folder, Capacity(sessions=settings.model_sessions), half_lives)

    def build_learner(self) -> "LearnerProcess":
        """The learner; one process of a host runs it.

        Raises:
            TableError: the model's folder cannot be used.
        """
        from learner.process import LearnerProcess
        from learner.tail import Tail

        opened = self.open_model()
        for sentence in opened.refused:
            self.log.warning("snapshot_refused", error=sentence)
        tail = Tail(self.event_log, opened[:2], self.settings.snapshot_seconds, time.time)
        return LearnerProcess(tail, Versions(self.model_folder), self.log, time.time)

    async def run_stream(self) -> None:
        """The stream process, until a signal ends it; one process of a host runs it.

        Raises:
            DoorTaken: another one does.
        """
        from app.push.process import run_stream
        from app.serve import base_url
        from profiles.redis_changes import RedisChanges

        settings = self.settings
        changes = RedisChanges(settings.redis_url, self.keyspace)
        web_url = settings.stream_web_url or base_url(settings)
        await run_stream(self.handover.path, changes, web_url, settings.stream_listeners, self.log)

    @staticmethod
    def new_id() -> str:
        """A random id for an event or an answer: 128 bits, hexadecimal."""
        return f"{random.getrandbits(128):032x}"

    @staticmethod
    def new_visitor_id() -> str:
        """An id for an anonymous visitor: 128 bits, hexadecimal, not to be guessed, for it is all the cookie says."""
        return secrets.token_hex(16)


def connect(settings: Settings, timeout_ms: int) -> redis.Redis:
    """A client that gives up after `timeout_ms` and does not retry: each caller states its own outage policy."""
    options: dict[str, Any] = {
        "socket_timeout": timeout_ms / 1000.0,
        "socket_connect_timeout": timeout_ms / 1000.0,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
    return redis.Redis.from_url(settings.redis_url, **options)


def _build_rules(settings: Settings) -> Rules:
    placeholders = frozenset(name.strip().lower() for name in settings.placeholder_user_ids.split(",") if name.strip())
    rejects = settings.unknown_event_policy == "reject"
    return Rules(load_taxonomy(parse_weights(settings.event_weights)), placeholders, rejects, settings.max_batch_events)


def _build_retention(settings: Settings) -> Retention:
    return Retention(
        profile_seconds=settings.profile_ttl_seconds,
        session_seconds=settings.session_ttl_seconds,
        log_seconds=settings.log_max_age_seconds,
        log_entries=max(1, settings.log_max_events // settings.partitions),
    )
