"""What the operator's page shows, gathered from memory and a few small files: nothing is asked of the store."""

from collections import defaultdict
from collections.abc import Iterable

from prometheus_client.samples import Sample

from app.admin_schemas import (
    Durations,
    EventCount,
    Learner,
    ModelState,
    Overview,
    PlacedOutcome,
    RequestCount,
    SlateCount,
    TableRows,
    Traffic,
    Trend,
    Worker,
)
from app.container import Container
from app.metrics import BUCKETS
from app.version import VERSION
from profiles.profile import Profile
from recommender.learner_status import SILENCE_SECONDS, load_status
from recommender.outcomes import list_outcomes
from recommender.placements import SHIPPED
from recommender.popularity_tables import LONG, faded
from recommender.recommend import Asking, recommend
from recommender.slate import Question
from recommender.table_sizes import measure_tables
from recommender.table_snapshots import newest_time
from recommender.versions import SNAPSHOTS, Versions

TRENDING_LIMIT = 10


def build_overview(container: Container, now: float) -> Overview:
    """The state of the service as this worker sees it. `now`: Unix seconds."""
    values = _by_name(container.metrics.samples())
    return Overview(
        at=now,
        version=VERSION,
        workers=sorted(
            (Worker(int(s.labels.get("pid", 0)), int(s.value)) for s in values["shelflife_catalogue_products"]),
            key=lambda worker: worker.pid,
        ),
        traffic=count_traffic(values),
        learner=_describe_learner(container, now),
        model=_describe_model(container),
        outcomes=_describe_outcomes(container, now),
        trending=_find_trending(container, now),
    )


def count_traffic(values: dict[str, list[Sample]]) -> Traffic:
    """Counters and histograms in samples by name."""
    return Traffic(
        bounds=[*BUCKETS],
        requests=[RequestCount(**s.labels, count=int(s.value)) for s in values["shelflife_http_requests_total"]],
        durations=_count_durations(values),
        events=[EventCount(**s.labels, count=int(s.value)) for s in values["shelflife_events_total"]],
        recommendations=[
            SlateCount(s.labels["strategy"], s.labels["fallback"], s.labels["degraded"] == "true", count=int(s.value))
            for s in values["shelflife_recommendations_total"]
        ],
        store_errors=sum(int(s.value) for s in values["shelflife_store_errors_total"]),
    )


def _count_durations(values: dict[str, list[Sample]]) -> list[Durations]:
    name = "shelflife_http_request_duration_seconds"
    buckets: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for sample in values[f"{name}_bucket"]:
        buckets[sample.labels["route"]].append((float(sample.labels["le"]), int(sample.value)))
    seconds = {sample.labels["route"]: sample.value for sample in values[f"{name}_sum"]}
    return [Durations(route, [n for _, n in sorted(found)], seconds[route]) for route, found in buckets.items()]


def _by_name(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        found[sample.name].append(sample)
    return found


def _describe_learner(container: Container, now: float) -> Learner | None:
    status = load_status(container.model_folder)
    if status is None:
        return None
    return Learner(
        at=status.at,
        running=now - status.at <= SILENCE_SECONDS,
        lag_seconds=status.lag_at(now),
        newest=status.newest or None,
        learnt=status.learnt,
        buried=status.buried,
        ignored=status.ignored,
    )


def _describe_model(container: Container) -> ModelState:
    folder, current = container.model_folder, container.experts.version
    promoted = Versions(folder).find(current.number)
    return ModelState(
        version=current.number,
        created=promoted.created if promoted else None,
        refused=current.refused,
        snapshot_at=newest_time(folder / SNAPSHOTS),
        tables=[TableRows(*size) for size in measure_tables(container.model.arrays)],
    )


def _describe_outcomes(container: Container, now: float) -> list[PlacedOutcome]:
    view = container.model.view
    if view is None:
        return []
    fallen = faded(view.tables.popularity.half_lives, LONG, now)
    return [
        PlacedOutcome(
            placement=SHIPPED.name_of(found.placement),
            source=found.source,
            shown=round(found.shown, 3),
            clicked=round(found.clicked, 3),
            click_through=round(found.clicked / found.shown, 6) if found.shown > 0.0 else None,
        )
        for found in list_outcomes(view.outcomes, fallen)
    ]


def _find_trending(container: Container, now: float) -> list[Trend]:
    """Not by way of `slates.py`, which would count an answer that nobody is shown."""
    asking = Asking(
        question=Question(limit=TRENDING_LIMIT, strategy="trending"),
        profile=Profile(),
        vectors=container.vectors,
        expert=container.experts.get(),
        own=0,
        now=now,
        exponent=container.settings.interest_exponent,
    )
    picks = [pick for pick in recommend(asking).picks if "rate" in pick.parts]  # those that fill up have none
    return [
        Trend(pick.facts.product_id, pick.facts.name, round(pick.parts["rate"], 3), round(pick.score, 3))
        for pick in picks
    ]
