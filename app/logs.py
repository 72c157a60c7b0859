"""Structured logs: one JSON object a line, on standard error."""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import msgspec
import structlog

Logger = structlog.stdlib.BoundLogger
# The id of the request that this thread is answering, empty outside of one.
current_request_id: ContextVar[str] = ContextVar("request_id", default="")


def build_logger(level: str) -> Logger:
    """A logger that writes lines of at least `level` and adds the current request's id."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logger: Logger = structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        processors=[
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_serialise),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
    return logger


def _add_request_id(_: Any, __: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if request_id := current_request_id.get():
        record["request_id"] = request_id
    return record


def _serialise(record: Any, **_: Any) -> bytes:
    return msgspec.json.encode(record, enc_hook=repr)
