"""Writes the line of a usual session check, in a sixth of the time that ``logging`` takes.

The line is the same. A program that has changed how the service logs still gets a record.
"""

import logging
from json.encoder import encode_basestring_ascii
from time import time
from typing import Final

from ...adapters.current_trace import current_trace_id
from ..line_handler import LineHandler
from ..log_formats import JsonFormatter, log_time
from ..logs import RequestFilter
from .outcomes import OK
from .request_log import RequestLog
from .request_record import LOGGER

_PARENT: Final = logging.getLogger("cybershop_customer")


class CheckLog:
    """The lines of requests to ``route``.

    Args:
        request_log: writes a line as ``logging`` does.
        route: a text that JSON does not escape.
    """

    def __init__(self, request_log: RequestLog, route: str) -> None:
        self._request_log = request_log
        self._route = route
        self._begin = f'", "level": "INFO", "logger": "{LOGGER.name}", "message": "request"'

    def write(
        self,
        request_id: str,
        *,
        status: int,
        outcome: str,
        seconds: float,
        source: str,
        customer_id: str | None,
    ) -> None:
        """Write the line of one GET request, unless the log leaves it out."""
        if not LOGGER.isEnabledFor(logging.INFO):
            return
        milliseconds = round(seconds * 1000, 3)
        handler = _usual_handler()
        trace_id = current_trace_id()
        if handler is None or trace_id is not None or outcome is not OK or customer_id is None:
            fields = {
                "request_id": request_id,
                "trace_id": trace_id,
                "method": "GET",
                "route": self._route,
                "status_code": status,
                "problem": None if outcome is OK else outcome,
                "milliseconds": milliseconds,
                "source": source,
                "customer_id": customer_id,
                "asking_service": None,
                "target": None,
            }
            self._request_log.write(logging.INFO, fields)
            return
        now = time()
        # Neither of the ids has a character that JSON escapes.
        line = (
            f'{{"time": "{log_time(now)}{self._begin}, "request_id": "{request_id}",'
            f' "method": "GET", "route": "{self._route}", "status_code": {status},'
            f' "milliseconds": {milliseconds!r}, "source": {encode_basestring_ascii(source)},'
            f' "customer_id": "{customer_id}"}}\n'
        )
        handler.write_soon(line.encode(), now)


def _usual_handler() -> LineHandler | None:
    """The handler of the root logger, if the log is as ``log_to_stderr`` made it."""
    root = logging.root
    if len(root.handlers) != 1 or LOGGER.handlers or _PARENT.handlers:
        return None
    handler = root.handlers[0]
    if type(handler) is not LineHandler or type(handler.formatter) is not JsonFormatter:
        return None
    # Its one filter adds the ids, which this line has.
    usual = (
        len(handler.filters) == 1
        and type(handler.filters[0]) is RequestFilter
        and handler.level <= logging.INFO
        and not LOGGER.filters
        and LOGGER.propagate
        and _PARENT.propagate
        and logging.getLogRecordFactory() is logging.LogRecord
    )
    return handler if usual else None
