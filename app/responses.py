"""Writing answers."""

from http import HTTPStatus

import msgspec
from flask import Response

_encode = msgspec.json.Encoder(enc_hook=str).encode


def render_json(body: object, status: int = HTTPStatus.OK, cache: str = "no-store") -> Response:
    """A JSON response; what is about a visitor must not be cached, so that is the default."""
    return Response(_encode(body), status, [("Content-Type", "application/json"), ("Cache-Control", cache)])
