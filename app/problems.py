"""Errors as RFC 9457 problem details. Domain errors know no HTTP: this table says what each one means here."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.logs import Logger, current_request_id
from app.push.handover import StreamRefused
from events.decode import BodyError, BodyTooLarge
from events.event import EventProblem
from events.log import LogUnavailable
from events.values import FieldError
from profiles.errors import StoreUnavailable

RETRY_AFTER_SECONDS = 1
# Blueprints whose requests may name events, so that sending them again counts none twice.
WITH_IDS = frozenset({"events", "segment"})


class Rejected(Exception):
    """Raised when every event of a request, or any one in strict mode, cannot be used."""

    def __init__(self, problems: list[EventProblem], detail: str) -> None:
        super().__init__(detail)
        self.problems, self.detail = problems, detail


class NotFound(Exception):
    """Raised when what the address names does not exist; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class UnsupportedMedia(Exception):
    """Raised for a body in a type or encoding that is not understood."""


class Problem(msgspec.Struct, omit_defaults=True):
    """The body of every error."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    request_id: str = ""
    field: str = ""
    errors: list[EventProblem] = []


def _describe(error: Exception) -> tuple[int, str, str]:
    """Status, stable code, and a sentence for people."""
    match error:
        case BodyTooLarge():
            return 413, error.code, error.detail
        case BodyError():
            return 400, error.code, error.detail
        case FieldError():
            return 422, error.code, error.detail
        case Rejected():
            return 422, "events_rejected", error.detail
        case NotFound():
            return 404, error.code, error.detail
        case UnsupportedMedia():
            return 415, "unsupported_media_type", str(error)
        case StoreUnavailable() | LogUnavailable():
            return 503, "store_unavailable", f"the store does not answer; {_try_again()}"
        case StreamRefused():
            return 503, error.code, error.detail
        case HTTPException():
            status = error.code or 500
            name = HTTPStatus(status).phrase.lower().replace(" ", "_")
            return status, name, _explain(error)
        case _:
            return 500, "internal_error", "something went wrong here; the log has the details under this request_id"


def _try_again() -> str:
    if request.method == "GET":
        return "ask again in a moment"
    return "send the same request again" + (", with the same event ids" if request.blueprint in WITH_IDS else "")


def _explain(error: HTTPException) -> str:
    """What would be right instead of what Flask itself refuses."""
    if error.code == HTTPStatus.NOT_FOUND:
        return f"there is no {request.path}; /docs lists what there is, and so does docs/api.md"
    if isinstance(error, MethodNotAllowed):
        methods = sorted({*(error.valid_methods or ())} - {"HEAD", "OPTIONS"})
        return f"{request.path} takes {' and '.join(methods)}, not {request.method}"
    return error.description or HTTPStatus(error.code or 500).phrase


def render_problem(error: Exception, headers: Mapping[str, str] | None = None) -> Response:
    """The response for any exception."""
    status, code, detail = _describe(error)
    problem = Problem(
        type=f"urn:shelflife:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        instance=request.path,
        request_id=current_request_id.get(),
        field=error.field if isinstance(error, FieldError) else "",
        errors=error.problems if isinstance(error, Rejected) else [],
    )
    response = Response(msgspec.json.encode(problem), status, mimetype="application/problem+json")
    response.headers.update(headers or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        seconds = error.retry_after if isinstance(error, StreamRefused) else RETRY_AFTER_SECONDS
        response.headers["Retry-After"] = str(seconds)
    return response


def register_problems(app: Flask, log: Logger) -> None:
    """Make every error of `app` a problem; what is our fault is logged with its traceback."""

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Response:
        allowed = {name: value for name, value in error.get_headers() if name in ("Allow", "Location")}
        if error.code is not None and error.code < 400 and error.response is None:
            return Response(status=error.code, headers=allowed)
        return render_problem(error, allowed)

    @app.errorhandler(Exception)
    def on_any(error: Exception) -> Response:
        if _describe(error)[0] == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.exception("unexpected_error", exc_info=error)
        return render_problem(error)
