"""What is recorded of every request: an id, a duration, a count, and a log line."""

import random
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from app.container import Container
from app.logs import current_request_id

UNMATCHED = "unmatched"
# A label for each method that a client may invent would make labels without end.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class Observer:
    """WSGI middleware that takes or makes a request id, echoes it, and records each request once it is answered.

    Around Flask, not in its hooks: half the cost, and what fails before or after a view is seen, too.
    """

    def __init__(self, inner: WSGIApplication, container: Container) -> None:
        self._inner, self._metrics, self._log = inner, container.metrics, container.log
        self._logs_all = container.settings.log_level == "debug"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        started = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _SAFE_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"
        current_request_id.set(request_id)
        status, route = 500, UNMATCHED

        def respond(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            nonlocal status, route
            status, route = int(line[:3]), _route_of(environ)
            headers.append(("X-Request-ID", request_id))
            return start_response(line, headers, exc_info)

        try:
            return self._inner(environ, respond)
        finally:
            self._record(environ["REQUEST_METHOD"], route, status, time.perf_counter() - started)

    def _record(self, method: str, route: str, status: int, seconds: float) -> None:
        metrics = self._metrics
        metrics.child(metrics.requests, method if method in _METHODS else "other", route, str(status)).inc()
        metrics.child(metrics.durations, route).observe(seconds)
        if status < 400 and not self._logs_all:
            return
        write = self._log.error if status >= 500 else self._log.info if status >= 400 else self._log.debug
        write("request", method=method, route=route, status=status, ms=round(seconds * 1000, 3))


def _route_of(environ: WSGIEnvironment) -> str:
    """The pattern that the address matched. Only while Flask answers: afterwards it forgets its request."""
    request = environ.get("werkzeug.request")
    return request.url_rule.rule if request is not None and request.url_rule else UNMATCHED
