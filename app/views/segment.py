"""The addresses that Segment's libraries post to. Their write keys are accepted and not looked at."""

import time
from collections.abc import Sequence

from flask import Blueprint, Request, Response

from app.container import Container
from app.problems import Rejected
from app.requests import is_lines, is_strict, read_body, read_header
from app.responses import render_json
from app.schemas import Success
from app.service import direct
from app.tracking import apply_events, understand
from events.decode import decode_events
from events.normalise import Arrival
from events.segment import is_message, translate

# By address: the kind of message, empty where each message says it itself. `/v1/identify` and `/v1/alias` take the
# service's own bodies, too, and are in `events.py`.
KINDS = {
    "/v1/batch": "", "/v1/b": "",
    "/v1/track": "track", "/v1/t": "track",
    "/v1/page": "page", "/v1/p": "page",
    "/v1/screen": "screen", "/v1/s": "screen",
    "/v1/group": "group", "/v1/g": "group",
    "/v1/i": "identify",
    "/v1/a": "alias",
}  # fmt: skip


def build_segment(container: Container) -> Blueprint:
    """Routes that take what Segment's libraries send."""
    views = Blueprint("segment", __name__)

    @direct
    def take(asking: Request) -> Response:
        raw = decode_events(read_body(asking, container.limits), container.limits, lines=is_lines(asking))
        return take_messages(asking, container, raw, KINDS[asking.url_rule.rule])  # type: ignore[union-attr]

    for path in KINDS:
        views.add_url_rule(path, path.removeprefix("/v1/"), take, methods=["POST"])

    @views.post("/v1/m")
    @direct
    def take_metrics(asking: Request) -> Response:
        read_body(asking, container.limits)  # how the library itself does: of no use here
        return render_json(Success())

    return views


def is_from_library(asking: Request, raw: Sequence[object]) -> bool:
    """Whether a request is made as Segment's libraries make it, with a write key, or names one of them."""
    basic = read_header(asking, "HTTP_AUTHORIZATION")[:6].lower() == "basic "
    return basic or any(is_message(event) for event in raw)


def take_messages(asking: Request, container: Container, raw: Sequence[object], kind: str) -> Response:
    """Apply messages. As at Segment, those that cannot be used are not the sender's concern, unless it is strict.

    Raises:
        Rejected: the sender is strict, and a message cannot be used.
    """
    now, strict = time.time(), is_strict(asking)
    agent = read_header(asking, "HTTP_USER_AGENT")
    messages = [translate(message, kind) for message in raw]
    understood = understand(container, messages, Arrival(now, container.new_id, agent=agent))
    if understood.problems and strict:
        raise Rejected(understood.problems, "nothing was applied: see errors for each message")
    apply_events(container, understood, now)
    return render_json(Success())
