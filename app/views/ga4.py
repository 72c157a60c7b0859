"""The addresses of GA4's Measurement Protocol. Measurement ids and secrets are accepted and not looked at."""

import time

from flask import Blueprint, Request, Response

from app.container import Container
from app.requests import read_body, read_header
from app.responses import render_json
from app.schemas import Validated
from app.service import direct
from app.tracking import apply_events, understand
from events.decode import BodyError, BodyTooLarge, decode_events
from events.ga4 import ValidationMessage, explain, translate
from events.normalise import Arrival, Normalised


def build_ga4(container: Container) -> Blueprint:
    """Routes that take what is made for Google Analytics 4."""
    views = Blueprint("ga4", __name__)

    @views.post("/mp/collect")
    @views.post("/v1/mp/collect")
    @direct
    def collect(asking: Request) -> Response:
        now = time.time()
        apply_events(container, _understand(asking, container, now), now)
        return Response(status=204)

    @views.post("/debug/mp/collect")
    @direct
    def validate(asking: Request) -> Response:
        try:
            problems = _understand(asking, container, time.time()).problems
        except BodyTooLarge:
            raise
        except BodyError as error:
            return render_json(Validated([ValidationMessage("", error.detail, "VALUE_INVALID")]))
        return render_json(Validated([explain(problem) for problem in problems]))

    return views


def _understand(asking: Request, container: Container, now: float) -> Normalised:
    raw = decode_events(read_body(asking, container.limits), container.limits)
    arrival = Arrival(now, container.new_id, agent=read_header(asking, "HTTP_USER_AGENT"))
    return understand(container, [translate(event) for event in raw], arrival)
