"""The server's log: a line of JSON for each thing that happened, on standard error.

No line holds a path, a query, a name or a message of an error: any of them may hold somebody's identifier. Routes are
told as templates, errors by their type and the lines of code that they passed.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import orjson
import structlog

_KEPT = 12
"""Frames of an error that are told, the innermost."""


def configure() -> None:
    """Let everything that is logged in this process be a line of JSON."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("event"),
            structlog.processors.JSONRenderer(orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Told()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "nicegui"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True


def frames(error: BaseException) -> list[str]:
    """The lines of code that an error has passed, the innermost last: `service/desk/profiles.py:41 profile`."""
    passed = traceback.extract_tb(error.__traceback__)[-_KEPT:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in passed]


class _Told(logging.Handler):
    """What libraries log, without their texts: those hold addresses and values."""

    def emit(self, record: logging.LogRecord) -> None:
        told: dict[str, Any] = {"logger": record.name, "place": f"{record.module}:{record.lineno}"}
        error = record.exc_info[1] if record.exc_info else record.msg
        if isinstance(error, BaseException):
            told |= {"error": type(error).__name__, "frames": frames(error)}
        structlog.get_logger("huaxiang.libraries").log(record.levelno, "library", **told)
