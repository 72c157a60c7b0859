"""Writing answers."""

from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

import msgspec
from flask import Response
from werkzeug.datastructures import Headers

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Json(Response):
    """A response whose headers are as they are to be sent, so that nothing looks them through once more."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """See werkzeug, which also completes a Location and drops bodies: there is none of these here."""
        return self.headers


def render_json(body: object, status: int = HTTPStatus.OK, cache: str = "no-store") -> Response:
    """A JSON response; what is about a visitor must not be cached, so that is the default."""
    return Json(_encode(body), status, [("Content-Type", "application/json"), ("Cache-Control", cache)])
