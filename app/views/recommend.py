"""The question everything is for."""

import time

from flask import Blueprint, Request, Response

from app.asking import Asked, add_told, parse_asked
from app.container import Container
from app.requests import cookie_visitor, read_body
from app.responses import render_json
from app.service import direct
from app.slates import answer
from events.decode import decode_json
from events.normalise import Arrival
from events.values import FieldError
from profiles.errors import StoreUnavailable
from profiles.profile import Profile


def build_recommend(container: Container) -> Blueprint:
    """Routes that recommend."""
    views = Blueprint("recommend", __name__)

    @views.route("/recommend", methods=["GET", "POST"])
    @views.route("/v1/recommend", methods=["GET", "POST"])
    @direct
    def recommend_products(asking: Request) -> Response:
        now = time.time()
        cookie = cookie_visitor(asking, container.settings.cookie_name)
        asked = parse_asked(_read_fields(asking, container), container, Arrival(now, container.new_id, cookie))
        stored, degraded = _read_profile(asked, container)
        profile = add_told(stored, asked.told, container)
        body = answer(container, asked.question, (asked.visitor, profile), degraded)
        body.warnings = asked.warnings
        return render_json(body)

    return views


def _read_fields(asking: Request, container: Container) -> dict[str, object]:
    """Query parameters, and on POST the body, which wins."""
    fields: dict[str, object] = {**asking.args}
    if asking.method != "POST":
        return fields
    body = read_body(asking, container.limits)
    if not body.strip():
        return fields
    value = decode_json(body)
    if not isinstance(value, dict):
        raise FieldError("invalid_body", "", "the body must be a JSON object")
    return {**fields, **value}


def _read_profile(asked: Asked, container: Container) -> tuple[Profile, bool]:
    """The stored profile; when the store is down an empty one, and True: popular products are better than none."""
    if asked.visitor is None:
        return Profile(), False
    try:
        return container.profiles.read(asked.visitor), False
    except StoreUnavailable as error:
        metrics = container.metrics
        metrics.child(metrics.store_errors, "read").inc()
        container.log.warning("recommend_degraded", error=str(error))
        return Profile(), True
