"""Flask, with a short way to the few views that nearly all requests are for."""

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Request, Response
from flask.ctx import RequestContext
from werkzeug.routing import Rule

from app.requests import current_request

View = Callable[[Request], Response]


def direct(view: View) -> Callable[[], Response]:
    """A view for Flask from one that takes its request as an argument; `Service` calls the latter itself.

    It must not use what Flask keeps for the length of a request (`flask.request`, `flask.g`).
    """

    @wraps(view)
    def with_request() -> Response:
        return view(current_request())

    with_request.direct = view  # type: ignore[attr-defined]
    return with_request


class Service(Flask):
    """An application that calls its `direct` views without Flask's contexts, hooks and signals.

    These are a fifth of what a question costs (docs/adr/0015-direct-views.md). What a view raises goes to the same
    handlers as everywhere. Where something is to run after every request, as for pages of other origins, all views are
    called Flask's way.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None, root_path=str(Path(__file__).parent))
        self._direct: dict[tuple[str, str], tuple[Rule, View]] = {}

    def find_direct_views(self) -> None:
        """Take the short way from now on; call it when all views are registered."""
        for rule in self.url_map.iter_rules():
            view = getattr(self.view_functions[rule.endpoint], "direct", None)
            if view is not None:
                methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}  # whose answers Flask makes itself
                self._direct.update({(method, rule.rule): (rule, view) for method in methods})

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        found = self._direct.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if found is None or self.after_request_funcs:
            return super().wsgi_app(environ, start_response)
        request = self.request_class(environ)
        request.url_rule, view = found
        try:
            response: Any = view(request)
        except Exception as error:
            with RequestContext(self, environ, request):
                response = self.make_response(self.handle_user_exception(error))
            environ["werkzeug.request"] = request  # the end of the context took it, and its route is to be recorded
        answer: Iterable[bytes] = response(environ, start_response)
        environ["werkzeug.request"] = None  # a circle with the request, which only the garbage collector would undo
        return answer
