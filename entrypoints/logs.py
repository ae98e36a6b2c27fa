"""Configures the log of a running service: one JSON object a line, on the standard error."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

from ..domain.audit import rfc3339

_FIELDS: Final = (
    "request_id",
    "method",
    "route",
    "status_code",
    "problem",
    "milliseconds",
    "source",
    "customer_id",
    "asking_service",
    "target",
)


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON, with the fields of its request and its traceback, if any."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        given = vars(record)
        for field in _FIELDS:
            value = given.get(field)
            if value is not None:
                line[field] = value
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_to_stderr() -> None:
    """Write this service's log, and the warnings of its libraries, to the standard error.

    A handler of the root logger, and a level of the service's own logger, stay as they are.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    # This logger warns for each request that waits for a thread, which is normal under load.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    own = logging.getLogger("cybershop_customer")
    if own.level == logging.NOTSET:
        own.setLevel(logging.INFO)
