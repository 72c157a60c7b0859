"""Which other origins' pages may call the service."""

from flask import Flask
from flask_cors import CORS

EXPOSED = ["Retry-After", "X-Request-ID"]
PREFLIGHT_SECONDS = 7200  # browsers keep a preflight's answer at most this long


def allow_origins(app: Flask, origins: str) -> None:
    """Let pages of `origins` (comma-separated) call every route, with cookies. Nothing is added when it is empty."""
    listed = [origin.strip() for origin in origins.split(",") if origin.strip()]
    if listed:
        CORS(
            app,
            origins=listed,
            supports_credentials="*" not in listed,
            expose_headers=EXPOSED,
            max_age=PREFLIGHT_SECONDS,
        )
