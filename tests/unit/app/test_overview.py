"""The figures for operators, from metrics, files and tables."""

import time
from pathlib import Path

import pytest

from app.container import Container
from app.factory import create_app
from app.overview import build_overview, count_traffic
from config import Settings
from recommender.learner_status import LearnerStatus, save_status
from recommender.outcome_tables import OTHER, PLACEMENTS, SOURCES, build_outcome_tables
from recommender.outcomes import Outcome, list_outcomes
from recommender.placements import SHIPPED
from recommender.version import SHIPPED as SHIPPED_VERSION
from recommender.version import Scores, Trial
from recommender.versions import Versions
from tests.models import sessions_of, teach
from tests.weights import build_tuned

NOW = 1_800_000_000.0


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """Of a worker that has a folder of its own, and neither store nor model yet."""
    return Container(Settings(var_dir=str(tmp_path), redis_url="unix:///nowhere"))


def test_a_service_that_nobody_used_has_nothing_to_show(container: Container) -> None:
    overview = build_overview(container, NOW)
    assert (overview.at, overview.learner, overview.outcomes, overview.trending) == (NOW, None, [], [])
    assert (overview.model.version, overview.model.created, overview.model.snapshot_at) == (SHIPPED_VERSION, None, None)
    assert overview.model.tables == []
    traffic = overview.traffic
    assert [*traffic.requests, *traffic.durations, *traffic.events, *traffic.recommendations] == []


def test_counters_and_buckets_are_those_of_the_metrics(container: Container) -> None:
    metrics = container.metrics
    for seconds in (0.0005, 0.004, 0.004, 0.7, 3.0):
        metrics.child(metrics.durations, "/recommend").observe(seconds)
        metrics.child(metrics.requests, "GET", "/recommend", "200").inc()
    metrics.child(metrics.events, "view", "applied").inc(3)
    metrics.child(metrics.recommendations, "hybrid", "none", "false").inc(2)
    metrics.child(metrics.store_errors, "read").inc()
    metrics.catalogue_products.set(5)
    overview = build_overview(container, NOW)
    traffic = overview.traffic
    (found,) = traffic.durations
    assert found.route == "/recommend"
    assert found.seconds == pytest.approx(3.7085)
    assert dict(zip([*traffic.bounds, "all"], found.buckets, strict=True)) == {
        0.001: 1, 0.0025: 1, 0.005: 3, 0.01: 3, 0.025: 3, 0.05: 3, 0.1: 3, 0.25: 3, 0.5: 3, 1.0: 4, "all": 5,
    }  # fmt: skip
    assert [(r.method, r.route, r.status, r.count) for r in traffic.requests] == [("GET", "/recommend", "200", 5)]
    assert [(e.type, e.result, e.count) for e in traffic.events] == [("view", "applied", 3)]
    assert [(s.strategy, s.fallback, s.degraded, s.count) for s in traffic.recommendations] == [
        ("hybrid", "none", False, 2)
    ]
    assert traffic.store_errors == 1
    assert [worker.products for worker in overview.workers] == [5]


def test_counters_that_are_not_there_are_none() -> None:
    assert count_traffic(dict.fromkeys(_names(), [])).store_errors == 0


def _names() -> list[str]:
    parts = ("http_requests_total", "events_total", "recommendations_total", "store_errors_total")
    durations = ("http_request_duration_seconds_bucket", "http_request_duration_seconds_sum")
    return [f"shelflife_{part}" for part in (*parts, *durations)]


def test_a_learner_that_is_silent_does_not_run(container: Container) -> None:
    container.model_folder.mkdir(parents=True)
    save_status(container.model_folder, LearnerStatus(NOW - 1.0, NOW - 2.0, 0.25, 7, 2, {"rate": 3}))
    learner = build_overview(container, NOW).learner
    assert learner is not None
    assert (learner.running, learner.lag_seconds, learner.newest) == (True, 0.25, NOW - 2.0)
    assert (learner.learnt, learner.buried, learner.ignored) == (7, 2, {"rate": 3})
    gone = build_overview(container, NOW + 99.0).learner
    assert gone is not None and (gone.running, gone.lag_seconds) == (False, 100.25)
    save_status(container.model_folder, LearnerStatus(NOW, 0.0, 0.0, 0, 0, {}))
    idle = build_overview(container, NOW).learner
    assert idle is not None and idle.newest is None


def test_the_model_s_tables_version_and_snapshot(container: Container) -> None:
    teach(container.model_folder, sessions_of(["a", "b"], ["b", "c"], ["a"]))
    container.model.follow()
    scores = Scores(0.5, 0.2)
    trial = Trial(scores, 1000, SHIPPED_VERSION, scores, 0.005, "the log")
    Versions(container.model_folder).promote(build_tuned(), trial, NOW - 60.0)
    container.experts.follow()
    model = build_overview(container, NOW).model
    assert (model.version, model.created, model.refused) == (1, NOW - 60.0, "")
    tables = {table.name: table for table in model.tables}
    assert (tables["sessions"].rows, tables["factors"].rows, tables["orders"].rows) == (3, 3, 0)
    assert all(0 <= table.rows <= table.room and table.bytes > 0 for table in model.tables)
    assert sum(table.bytes for table in model.tables) == sum(a.nbytes for a in container.model.arrays.values())


def test_outcomes_are_told_by_name_and_faded() -> None:
    tables = build_outcome_tables(4)
    home = SHIPPED.number_of("home")
    tables.source_shown[home, SOURCES.index("trending")] = 4.0
    tables.source_clicked[home, SOURCES.index("trending")] = 1.0
    tables.source_shown[OTHER, SOURCES.index("popular")] = 0.0
    trending, popular = Outcome(home, "trending", 16.0, 2.0), Outcome(OTHER, "popular", 1.0, 0.0)
    assert sorted(list_outcomes(tables, 0.0)) == [popular, trending]
    assert sorted(list_outcomes(tables, 1.0)) == [
        popular._replace(shown=0.5),
        trending._replace(shown=8.0, clicked=1.0),
    ]
    assert [*list_outcomes(tables, 20.0)] == []


def test_every_placement_has_its_name_back() -> None:
    named = [name for number in range(PLACEMENTS) if (name := SHIPPED.name_of(number)) is not None]
    assert {"", "home", "cart"} <= {*named}
    assert all(SHIPPED.name_of(SHIPPED.number_of(name)) == name for name in named)
    assert SHIPPED.name_of(OTHER) is None


@pytest.mark.parametrize(
    ("host", "admin", "serves"),
    [
        ("127.0.0.1", "auto", True),
        ("127.8.8.8", "auto", True),
        ("::1", "auto", True),
        ("localhost", "auto", True),
        ("0.0.0.0", "auto", False),
        ("::", "auto", False),
        ("192.168.1.5", "auto", False),
        ("shop.test", "auto", False),
        ("0.0.0.0", "on", True),
        ("127.0.0.1", "off", False),
    ],
)
def test_who_is_served_the_page(host: str, admin: str, serves: bool) -> None:
    settings = Settings.from_env({"HOST": host, "SHELFLIFE_ADMIN": admin})
    assert settings.serves_admin is serves
    rules = {rule.rule for rule in create_app(settings).url_map.iter_rules()}
    assert {"/admin", "/admin/<path:path>", "/v1/admin/overview"} & rules == (
        {"/admin", "/admin/<path:path>", "/v1/admin/overview"} if serves else set()
    )


def test_it_costs_no_more_than_reading_what_is_there(container: Container) -> None:
    """Nothing is asked of the store, which is not there: else it would fail."""
    assert build_overview(container, time.time()).version
