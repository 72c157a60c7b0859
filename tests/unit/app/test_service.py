"""The short way to a view: the same answers, errors and records as Flask's own way."""

import gc
import json
import weakref
from typing import Any

import pytest
from flask import Blueprint, Request, Response, g, has_request_context, request
from werkzeug.exceptions import BadRequest
from werkzeug.test import create_environ

from app.logs import build_logger
from app.problems import Rejected, register_problems
from app.service import Service, direct
from events.event import EventProblem
from events.values import FieldError

NO_TYPE = EventProblem(index=0, code="missing_type", detail="no type", field="event_type")
FAULTS = {
    "field": FieldError("invalid_limit", "limit", "limit must be a whole number"),
    "events": Rejected(
        [EventProblem(index=0, code="missing_type", detail="no type", field="event_type")], "nothing was applied"
    ),
    "http": BadRequest("not like this"),
    "bug": ZeroDivisionError("secret"),
}


def build(*, shortened: bool, hooked: bool = False) -> tuple[Service, list[bool]]:
    """An application with a view that fails when told to, and whether Flask's contexts were there at each call."""
    app, contexts = Service("tried"), list[bool]()
    register_problems(app, build_logger("critical"))
    views = Blueprint("views", __name__)

    @views.route("/direct", methods=["GET", "POST"])
    @direct
    def answer(asking: Request) -> Response:
        contexts.append(has_request_context())
        if fault := asking.args.get("fault"):
            raise FAULTS[fault]
        return Response(asking.method + asking.get_data(as_text=True), headers={"X-Rule": str(asking.url_rule)})

    @views.get("/usual")
    def usual() -> str:
        g.seen = request.path
        return str(g.seen)

    app.register_blueprint(views)
    if hooked:
        app.after_request(lambda response: response)
    if shortened:
        app.find_direct_views()
    return app, contexts


@pytest.mark.parametrize("fault", ["", *FAULTS])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_both_ways_answer_alike(method: str, fault: str) -> None:
    answers = []
    for shortened in (True, False):
        app, contexts = build(shortened=shortened)
        given = app.test_client().open(
            f"/direct?fault={fault}", method=method, data=b"body" if method == "POST" else b""
        )
        answers.append((given.status_code, given.data, dict(given.headers)))
        assert contexts == [not shortened]
    assert answers[0] == answers[1]
    assert answers[0][0] == (200 if not fault else {"field": 422, "events": 422, "http": 400, "bug": 500}[fault])
    assert b"secret" not in answers[0][1]


def test_a_problem_names_its_address() -> None:
    given = build(shortened=True)[0].test_client().get("/direct?fault=field")
    problem = json.loads(given.data)
    assert (problem["instance"], problem["field"], given.mimetype) == ("/direct", "limit", "application/problem+json")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("OPTIONS", 200), ("DELETE", 405)])
def test_other_methods_are_flasks(method: str, status: int) -> None:
    app, contexts = build(shortened=True)
    given = app.test_client().open("/direct", method=method)
    assert given.status_code == status
    assert contexts in ([], [True])


def test_other_views_have_their_contexts() -> None:
    assert build(shortened=True)[0].test_client().get("/usual").data == b"/usual"


def test_what_runs_after_every_request_runs_after_these_too() -> None:
    app, contexts = build(shortened=True, hooked=True)
    assert app.test_client().get("/direct").data == b"GET"
    assert contexts == [True]


def test_the_observer_learns_the_route() -> None:
    given = build(shortened=True)[0].test_client().get("/direct")
    assert given.headers["X-Rule"] == "/direct"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("shortened", [True, False])
def test_the_observer_learns_the_route_of_what_fails(fault: str, *, shortened: bool) -> None:
    routes = []

    def respond(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        routes.append(environ["werkzeug.request"].url_rule.rule)

    environ = create_environ(f"/direct?fault={fault}")
    b"".join(build(shortened=shortened)[0].wsgi_app(environ, respond))
    assert routes == ["/direct"]


def test_nothing_is_left_to_the_garbage_collector() -> None:
    app, _ = build(shortened=True)
    seen: list[weakref.ref[Request]] = []

    class Watched(Request):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            seen.append(weakref.ref(self))

    app.request_class = Watched
    gc.collect()
    gc.disable()
    try:
        b"".join(app.wsgi_app(create_environ("/direct"), lambda *_: lambda _: None))
        assert [request() for request in seen] == [None]
    finally:
        gc.enable()
