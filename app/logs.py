"""Structured logs: one JSON object a line, on standard error."""

import logging
import sys
from typing import Any

import msgspec
import structlog
from structlog.contextvars import merge_contextvars

Logger = structlog.stdlib.BoundLogger


def build_logger(level: str) -> Logger:
    """A logger that writes lines of at least `level` and adds the current request's id."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logger: Logger = structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_serialise),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
    return logger


def _serialise(record: Any, **_: Any) -> bytes:
    return msgspec.json.encode(record, enc_hook=repr)
