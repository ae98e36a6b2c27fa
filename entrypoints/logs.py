"""Configures the log of a running service, on the standard error. docs/logs.md describes it."""

import logging
import sys
from collections.abc import Mapping
from typing import Final, TextIO

from ..adapters.current_trace import current_trace_id
from ..domain.request_context import current_request
from .line_handler import LineHandler
from .log_formats import JsonFormatter, TextFormatter

__all__ = ["RequestFilter"]

LEVELS: Final = ("debug", "info", "warning", "error")
"""The values of ``CUSTOMER_LOG_LEVEL``."""


class RequestFilter(logging.Filter):
    """Adds ``request_id`` and ``trace_id`` of the present request to each record, of any logger.

    It drops no record. A program with a handler of its own adds this filter to that handler.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        # A record that names its request may be written after the request has ended.
        if not hasattr(record, "request_id"):
            record.request_id = current_request().request_id
        if not hasattr(record, "trace_id"):
            record.trace_id = current_trace_id()
        return True


def log_to_stderr(
    log_format: str | None = None,
    level: str = "info",
    *,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Write this service's log, and the warnings of its libraries, to the standard error.

    A handler of the root logger, and a level of the service's own logger, stay as they are.

    Args:
        log_format: ``text`` or ``json``. With None it is ``text`` on a terminal, else ``json``.
        level: the lowest level that this service logs. Its libraries log warnings and errors, or
            errors alone with ``error``. They never log more: botocore's debug log has secrets.
        environ: where ``NO_COLOR`` and ``TERM`` are looked up; by default nowhere.
    """
    own_level = logging.getLevelNamesMapping()[level.upper()]
    handler = _handler(sys.stderr)
    handler.setFormatter(_formatter(log_format, sys.stderr, environ or {}))
    handler.addFilter(RequestFilter())
    logging.basicConfig(handlers=[handler], level=max(own_level, logging.WARNING))
    # This logger warns for each request that waits for a thread, which is normal under load.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    own = logging.getLogger("cybershop_customer")
    if own.level == logging.NOTSET:
        own.setLevel(own_level)


def _handler(stream: TextIO) -> logging.Handler:
    try:
        return LineHandler(stream)
    except OSError:
        # It has no file descriptor: a program has put its own in the place.
        return logging.StreamHandler(stream)


def _formatter(
    log_format: str | None, stream: TextIO, environ: Mapping[str, str]
) -> logging.Formatter:
    terminal = stream.isatty()
    if log_format == "json" or (log_format is None and not terminal):
        return JsonFormatter()
    # https://no-color.org: any value that is not empty.
    plain = environ.get("NO_COLOR") or environ.get("TERM") == "dumb"
    return TextFormatter(colour=terminal and not plain)
