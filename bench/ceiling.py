"""The ceiling app: what Flask and one Redis round trip cost under the service's own web server settings.

Anything that answers after asking Redis pays at least this much. `gunicorn "bench.ceiling:build_app(1500, 80)"`.
"""

import os

from flask import Flask, Response, request

from app.container import connect
from config import Settings

KEY = "bench:ceiling"
SCRIPT = "redis.call('SET', KEYS[1], ARGV[1]) return 1"


def build_app(read_bytes: int, write_bytes: int) -> Flask:
    """A Flask application with two bare views; their bodies are constant and have the given sizes.

    GET /recommend does one GET of a short value; POST /track-event reads its body and does one EVALSHA of a
    script that does one SET, so that the store writes its append-only file for it as for an event.
    """
    settings = Settings.from_env(os.environ)
    reader, writer = connect(settings, settings.read_timeout_ms), connect(settings, settings.write_timeout_ms)
    sha = writer.script_load(SCRIPT)
    read_body, write_body = _json_of_size(read_bytes), _json_of_size(write_bytes)
    app = Flask("ceiling", static_folder=None)

    @app.get("/recommend")
    def read() -> Response:
        reader.get(KEY)
        return Response(read_body, mimetype="application/json")

    @app.post("/track-event")
    def write() -> Response:
        writer.execute_command("EVALSHA", sha, 1, KEY, request.get_data(cache=False)[:16])  # type: ignore[no-untyped-call]
        return Response(write_body, mimetype="application/json")

    @app.get("/readyz")
    def ready() -> Response:
        return Response(b"{}", mimetype="application/json")

    return app


def _json_of_size(size: int) -> bytes:
    return b'"' + b"x" * (size - 2) + b'"'
