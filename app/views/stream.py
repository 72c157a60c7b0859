"""The visitor's new recommendations as they come: Server-Sent Events, held by the stream process (docs/stream.md)."""

import socket
import time
from http import HTTPStatus

import msgspec
from flask import Blueprint, Request, Response

from app.asking import ALIASES, parse_asked
from app.container import Container
from app.push.handover import RETRY_DOWN, HandingOver, Listening, StreamRefused
from app.requests import cookie_visitor, current_request, read_header
from events.event import Visitor
from events.normalise import Arrival
from events.values import FieldError

HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events until a buffer is full
}
MAX_TOKEN = 128
_WHO = frozenset((*ALIASES["user_id"], *ALIASES["anonymous_id"]))
_ASKED = frozenset(name for names in ALIASES.values() for name in names) - _WHO


def build_stream(container: Container) -> Blueprint:
    """The route that listens."""
    views = Blueprint("stream", __name__)

    @views.get("/v1/stream")
    def stream() -> Response:
        asking = current_request()
        cookie = cookie_visitor(asking, container.settings.cookie_name)
        asked = parse_asked({**asking.args}, container, Arrival(time.time(), container.new_id, cookie))
        if asked.visitor is None:
            raise FieldError("missing_visitor", "user_id", "say who listens: user_id, anonymous_id, or the cookie")
        if asking.method == "HEAD":
            return Response(mimetype="text/event-stream", headers=HEADERS)
        try:
            client = _client_of(asking)
            reservation = container.handover.reserve(_listening(asking, asked.visitor))
        except StreamRefused as error:
            container.metrics.child(container.metrics.streams_refused, error.code).inc()
            raise
        body = HandingOver(reservation, client)
        return Response(body, HTTPStatus.OK, HEADERS, mimetype="text/event-stream")

    return views


def _client_of(asking: Request) -> socket.socket:
    """The client's own connection.

    Raises:
        StreamRefused: this server does not say, or it speaks more on it than plain HTTP/1.
    """
    client = asking.environ.get("gunicorn.socket")
    if type(client) is not socket.socket or asking.environ.get("HTTP_VERSION") == "2":
        detail = "this web server cannot hand connections over; ask /recommend again and again instead"
        raise StreamRefused("stream_unavailable", detail, RETRY_DOWN)
    return client


def _listening(asking: Request, visitor: Visitor) -> Listening:
    question = {name: value for name, value in asking.args.items() if name in _ASKED}
    who = "user_id" if visitor.kind == "user" else "anonymous_id"
    return Listening(
        visitor=visitor.key,
        question=msgspec.json.encode({**question, who: visitor.id}, order="sorted").decode(),
        last_token=(read_header(asking, "HTTP_LAST_EVENT_ID") or asking.args.get("last_event_id", ""))[:MAX_TOKEN],
        chunked=asking.environ.get("SERVER_PROTOCOL") == "HTTP/1.1",
    )
