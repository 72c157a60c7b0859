"""One table from every error to what a caller sees of it."""

import json
from typing import Any

import pytest
from flask import Blueprint, Flask
from werkzeug.exceptions import BadRequest

from app.factory import create_app
from app.logs import build_logger
from app.problems import NotFound, Rejected, UnsupportedMedia, register_problems
from config import Settings
from events.decode import BodyError, BodyTooLarge
from events.event import EventProblem
from events.log import LogUnavailable
from events.values import FieldError
from profiles.errors import SchemaError, StoreUnavailable

ONE = EventProblem(index=3, code="missing_type", detail="d", field="event_type")


def answer_to(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers of a view that raises."""
    app = Flask("failing")
    register_problems(app, build_logger("error"))

    @app.get("/fails")
    def fails() -> str:
        raise error

    answer = app.test_client().get("/fails")
    return answer.status_code, json.loads(answer.data), dict(answer.headers)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BodyError("invalid_json", "d"), 400, "invalid_json"),
        (BodyTooLarge("too_many_events", "d"), 413, "too_many_events"),
        (FieldError("invalid_limit", "limit", "d"), 422, "invalid_limit"),
        (Rejected([ONE], "d"), 422, "events_rejected"),
        (NotFound("product_not_found", "d"), 404, "product_not_found"),
        (UnsupportedMedia("d"), 415, "unsupported_media_type"),
        (BadRequest("d"), 400, "bad_request"),
    ],
)
def test_what_the_caller_did_wrong_is_said_to_them(error: Exception, status: int, code: str) -> None:
    given, problem, headers = answer_to(error)
    assert (given, problem["status"], problem["code"], problem["detail"]) == (status, status, code, "d")
    assert problem["type"] == f"urn:shelflife:problem:{code}"
    assert problem["instance"] == "/fails"
    assert headers["Content-Type"] == "application/problem+json"
    assert "Retry-After" not in headers
    assert problem.get("field") == ("limit" if isinstance(error, FieldError) else None)
    assert ("errors" in problem) == isinstance(error, Rejected)


def test_single_events_are_named_by_their_place() -> None:
    _, problem, _ = answer_to(Rejected([ONE], "d"))
    assert problem["errors"] == [{"index": 3, "code": "missing_type", "detail": "d", "field": "event_type"}]


@pytest.mark.parametrize("error", [StoreUnavailable("redis://user:secret@host"), LogUnavailable("secret")])
def test_an_outage_asks_to_try_again_and_tells_nothing_of_the_inside(error: Exception) -> None:
    status, problem, headers = answer_to(error)
    assert (status, problem["code"], headers["Retry-After"]) == (503, "store_unavailable", "1")
    assert "secret" not in json.dumps(problem)


@pytest.mark.parametrize(
    ("method", "blueprint", "advice"),
    [
        ("GET", "events", "ask again in a moment"),
        ("GET", "users", "ask again in a moment"),
        ("PUT", "products", "send the same request again"),
        ("POST", "events", "send the same request again, with the same event ids"),
    ],
)
def test_what_to_do_in_an_outage_fits_the_request(method: str, blueprint: str, advice: str) -> None:
    app, views = Flask("failing"), Blueprint(blueprint, __name__)
    register_problems(app, build_logger("error"))

    @views.route("/fails", methods=[method])
    def fails() -> str:
        raise StoreUnavailable("down")

    app.register_blueprint(views)
    problem = app.test_client().open("/fails", method=method).get_json()
    assert problem["detail"] == f"the store does not answer; {advice}"


@pytest.mark.parametrize("error", [RuntimeError("secret"), SchemaError("secret"), KeyError("secret")])
def test_a_fault_of_ours_is_logged_and_tells_nothing_of_the_inside(
    error: Exception, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    status, problem, _ = answer_to(error)
    assert (status, problem["code"]) == (500, "internal_error")
    assert "secret" not in json.dumps(problem)
    (line,) = [json.loads(text) for text in capfdbinary.readouterr().err.splitlines() if text.startswith(b"{")]
    assert (line["event"], line["level"]) == ("unexpected_error", "error")
    assert "secret" in line["exception"]


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/nowhere", 404, "there is no /nowhere; /docs lists what there is, and so does docs/api.md"),
        ("DELETE", "/recommend", 405, "/recommend takes GET and POST, not DELETE"),
        ("GET", "/track-event", 405, "/track-event takes POST, not GET"),
        ("GET", "/products/p1", 302, ""),
    ],
)
def test_what_flask_itself_answers_has_the_same_form(method: str, path: str, status: int, detail: str) -> None:
    answer = create_app(Settings(log_level="error")).test_client().open(path, method=method)
    assert answer.status_code == status
    if status < 400:
        assert answer.headers["Location"].endswith("/p/p1")
    else:
        assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"]
        assert answer.get_json()["detail"] == detail
    assert ("Allow" in answer.headers) == (status == 405)
