"""Entrances for events."""

import time

from flask import Blueprint, Request, Response, request

from app.container import Container
from app.problems import Rejected
from app.requests import cookie_visitor, current_request, is_lines, is_strict, parse_integer, read_body, read_header
from app.responses import render_json
from app.schemas import LoggedEvent, RecentEvents, TrackedMany, TrackedOne, Understood, Validation
from app.service import direct
from app.tracking import Tracked, apply_events, understand
from app.views.segment import is_from_library, take_messages
from config import Settings
from events.decode import ENVELOPES, decode_events, decode_json, is_envelope
from events.event import Event, Visitor
from events.fields import ALIASES
from events.normalise import Arrival

MAX_RECENT = 1000
_ENVELOPES = tuple(name.encode() for name in ENVELOPES)
# Stands for the visitor whom a cookie would be set for, where nothing is stored.
SOMEBODY = Visitor("anonymous", "new-visitor")


def build_events(container: Container) -> Blueprint:
    """Routes that take events, explain them, and show the log."""
    views = Blueprint("events", __name__)

    @views.post("/track-event")
    @views.post("/v1/events")
    @views.post("/events")
    @direct
    def track_event(asking: Request) -> Response:
        return _track(asking, container, *_read_events(asking, container, None))

    @views.post("/v1/identify")
    def identify() -> Response:
        return _link(current_request(), container, "identify")

    @views.post("/v1/alias")
    def alias() -> Response:
        return _link(current_request(), container, "alias")

    @views.post("/v1/events/validate")
    def validate_events() -> Response:
        asking = current_request()
        raw, _ = _read_events(asking, container, None)
        known = cookie_visitor(asking, container.settings.cookie_name)
        agent = read_header(asking, "HTTP_USER_AGENT")
        arrival = Arrival(time.time(), container.new_id, known, lambda: SOMEBODY, agent)
        understood = understand(container, raw, arrival)
        explained = [
            Understood(index, event, _warnings(event, container))
            for index, event in zip(understood.sources, understood.events, strict=True)
        ]
        body = Validation(len(understood.events), len(understood.problems), explained, understood.problems)
        return render_json(body)

    @views.get("/v1/events/recent")
    def recent_events() -> Response:
        limit = parse_integer(request.args.get("limit", 50), "limit", (1, MAX_RECENT))
        entries = container.event_log.newest(limit)
        return render_json(RecentEvents([LoggedEvent(entry.id, entry.partition, entry.event) for entry in entries]))

    return views


def _link(asking: Request, container: Container, message: str) -> Response:
    raw, is_single = _read_events(asking, container, message)
    if is_from_library(asking, raw):
        return take_messages(asking, container, raw, message)
    return _track(asking, container, raw, is_single)


def _track(asking: Request, container: Container, raw: list[object], is_single: bool) -> Response:
    now = time.time()
    strict = is_strict(asking)
    known = cookie_visitor(asking, container.settings.cookie_name)
    met: list[Visitor] = []

    def meet_stranger() -> Visitor:
        if not met:  # all events of a request that name nobody are the same visitor's
            met.append(Visitor("anonymous", container.new_visitor_id()))
        return met[0]

    agent = read_header(asking, "HTTP_USER_AGENT")
    understood = understand(container, raw, Arrival(now, container.new_id, known, meet_stranger, agent))
    if understood.problems and (not understood.events or strict):
        # A single event's own problem is the best summary there is.
        only = understood.problems[0].detail if len(understood.problems) == 1 else "see errors for each event"
        raise Rejected(understood.problems, f"nothing was applied: {only}")
    tracked = apply_events(container, understood, now)
    response = render_json(_one(tracked) if is_single else _many(tracked))
    if met and any(event.visitor == met[0] for event in understood.events):
        _set_cookie(asking, response, container.settings, met[0].id)
    return response


def _read_events(asking: Request, container: Container, message: str | None) -> tuple[list[object], bool]:
    """Raw events of the request, and whether it was one event on its own."""
    body, lines = read_body(asking, container.limits), is_lines(asking)
    raw = decode_events(body, container.limits, lines=lines)
    if message is not None:
        raw = [{**event, "event_type": message} if isinstance(event, dict) else event for event in raw]
    if len(raw) != 1 or not isinstance(raw[0], dict) or lines or _is_list(body):
        return raw, False
    key = read_header(asking, "HTTP_IDEMPOTENCY_KEY")
    if key and raw[0].keys().isdisjoint(ALIASES["event_id"]):
        raw = [{**raw[0], "event_id": key}]
    return raw, True


def _is_list(body: bytes) -> bool:
    """Whether a body that is JSON holds a list of events, however short."""
    if body.lstrip()[:1] == b"[":
        return True
    return any(name in body for name in _ENVELOPES) and is_envelope(decode_json(body))


def _one(tracked: Tracked) -> TrackedOne:
    first = tracked.understood.events[0] if tracked.understood.events else None
    return TrackedOne("ok", first.event_id if first else "", not any(tracked.applied))


def _many(tracked: Tracked) -> TrackedMany:
    applied = sum(tracked.applied)
    problems = tracked.understood.problems
    return TrackedMany(applied, len(tracked.applied) - applied, len(problems), problems)


def _warnings(event: Event, container: Container) -> list[str]:
    warnings = []
    if container.rules.taxonomy.find(event.type) is None:
        warnings.append(f"{event.type} is not in the taxonomy: it is kept and counted, with weight 0")
    if event.product_id and container.catalogue.find(event.product_id) is None:
        warnings.append(f"product {event.product_id} is not in the catalogue")
    if event.product_id and event.weight and not event.categories:
        warnings.append("no category is known for the product, so the event shows no interest in one")
    return warnings


def _set_cookie(asking: Request, response: Response, settings: Settings, visitor_id: str) -> None:
    response.set_cookie(
        settings.cookie_name,
        visitor_id,
        max_age=settings.cookie_max_age_seconds,
        secure=asking.is_secure,
        httponly=True,
        samesite="Lax",
    )
