"""What is recorded of every request: an id, a duration, a count, and a log line."""

import re
import secrets
import time

from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

from app.container import Container

# A label for each method that a client may invent would make labels without end.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def observe_requests(app: Flask, container: Container) -> None:
    """Take or make a request id, echo it, and record each request once it is answered."""
    metrics, log = container.metrics, container.log

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _SAFE_ID.fullmatch(given) else secrets.token_hex(8)
        clear_contextvars()
        bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        seconds = time.perf_counter() - g.started if "started" in g else 0.0
        route = request.url_rule.rule if request.url_rule else "unmatched"
        status = response.status_code
        method = request.method if request.method in _METHODS else "other"
        metrics.child(metrics.requests, method, route, str(status)).inc()
        metrics.child(metrics.durations, route).observe(seconds)
        response.headers["X-Request-ID"] = g.get("request_id", "")
        write = log.error if status >= 500 else log.info if status >= 400 else log.debug
        write("request", method=request.method, route=route, status=status, ms=round(seconds * 1000, 3))
        return response
