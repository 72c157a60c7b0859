"""Writing answers."""

from http import HTTPStatus

import msgspec
from flask import Response

_encode = msgspec.json.Encoder(enc_hook=str).encode


def render_json(body: object, status: int = HTTPStatus.OK, cache: str = "no-store") -> Response:
    """A JSON response; what is about a visitor must not be cached, so that is the default."""
    response = Response(_encode(body), status, content_type="application/json")
    response.headers["Cache-Control"] = cache
    return response
