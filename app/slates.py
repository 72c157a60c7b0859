"""From a question to the answer that shows a slate, for every view that has one."""

import random
import time

from app.container import Container
from app.schemas import Recommendations, Recommended
from events.event import Visitor
from profiles.profile import Profile
from recommender.outcomes import number_source
from recommender.placements import SHIPPED
from recommender.recommend import Asking, recommend
from recommender.recommendation_id import encode_id
from recommender.session_tables import visitor_hash
from recommender.slate import Pick, Question, Slate


def answer(
    container: Container, question: Question, asker: tuple[Visitor | None, Profile], degraded: bool
) -> Recommendations:
    """The slate for a visitor (None for nobody) with this profile. `degraded` tells of an outage."""
    container.refresher.start()
    visitor, profile = asker
    now = time.time()
    asking = Asking(
        question=question,
        profile=profile,
        vectors=container.vectors,
        expert=container.experts.get(),
        own=visitor_hash(visitor) if visitor else 0,
        now=now,
        exponent=container.settings.interest_exponent,
    )
    slate = recommend(asking)
    degraded = degraded or not container.refresher.loaded.is_set()
    metrics = container.metrics
    metrics.child(metrics.recommendations, question.strategy, slate.fallback or "none", str(degraded).lower()).inc()
    return Recommendations(
        recommendation_id=_name(slate, question.placement, now),
        user_id=visitor.id if visitor and visitor.kind == "user" else None,
        anonymous_id=visitor.id if visitor and visitor.kind == "anonymous" else None,
        placement=question.placement or None,
        strategy=question.strategy,
        degraded=degraded,
        fallback=slate.fallback,
        recommendations=[_render(pick, rank, question.explain) for rank, pick in enumerate(slate.picks, 1)],
        warnings=[],
    )


def _name(slate: Slate, placement: str, now: float) -> str:
    """An id that tells what stands where, for the events that come of it."""
    places = ((number_source(pick.sources), pick.facts.product_id) for pick in slate.picks)
    return encode_id(now, random.getrandbits(64), SHIPPED.number_of(placement), places)


def _render(pick: Pick, rank: int, explain: bool) -> Recommended:
    facts = pick.facts
    parts = {name: round(part, 6) for name, part in pick.parts.items()} if explain else None
    return Recommended(facts.product_id, rank, round(pick.score, 6), pick.reason, pick.sources, facts.payload, parts)
