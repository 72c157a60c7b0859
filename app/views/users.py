"""What the service thinks of a visitor."""

import time

import msgspec
from flask import Blueprint, Response, request

from app.container import Container
from app.problems import NotFound
from app.responses import render_json
from events.event import Visitor
from events.values import parse_id, parse_timestamp
from profiles.profile import Profile
from profiles.view import ProfileView, build_view
from recommender.from_interests import find_met, group_by_category, share_interests

MAX_SUMMARY = 5


class VisitorView(ProfileView, kw_only=True):
    """A profile, whose it is, half-lives in seconds, and in sentences what it means for recommendations."""

    user_id: str | None = None
    anonymous_id: str | None = None
    half_lives: dict[str, float] = {}
    summary: list[str] = []


def build_users(container: Container) -> Blueprint:
    """Routes that show profiles."""
    views = Blueprint("users", __name__)

    @views.get("/v1/users/<path:user_id>")
    def read_user(user_id: str) -> Response:
        return _show(Visitor("user", parse_id(user_id, "user_id")), container)

    @views.get("/v1/anonymous/<path:anonymous_id>")
    def read_anonymous(anonymous_id: str) -> Response:
        return _show(Visitor("anonymous", parse_id(anonymous_id, "anonymous_id")), container)

    return views


def _show(visitor: Visitor, container: Container) -> Response:
    at = request.args.get("at")
    now = time.time() if at is None else parse_timestamp(at, "at")
    profile = container.profiles.read(visitor)
    if profile.is_empty:
        raise NotFound("visitor_not_found", f"nothing is known of {visitor.kind} {visitor.id!r}")
    view = build_view(profile, now, container.half_lives, container.rules.taxonomy)
    body = VisitorView(
        **msgspec.structs.asdict(view),
        user_id=visitor.id if visitor.kind == "user" else None,
        anonymous_id=visitor.id if visitor.kind == "anonymous" else None,
        half_lives=_half_lives(container),
        summary=_summarise(profile, container),
    )
    return render_json(body)


def _half_lives(container: Container) -> dict[str, float]:
    known = container.half_lives
    return {"long_term": known.long, "session": known.session, "bought": known.bought}


def _summarise(profile: Profile, container: Container) -> list[str]:
    """The strongest interests in words, and the products they come from."""
    container.refresher.start()
    met = find_met(profile, container.catalogue)
    shares = share_interests(profile, met)
    strongest = sorted(shares.items(), key=lambda item: -item[1])[:MAX_SUMMARY]
    groups, sentences = group_by_category(met), []
    for category, share in strongest:
        names = [facts.name for facts in groups.get(category, ())]
        why = f", because of {'; '.join(names)}" if any(names) else ""
        sentences.append(f"{share:.0%} of the interest is in {category}{why}")
    return sentences
