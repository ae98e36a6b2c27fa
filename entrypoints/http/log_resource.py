"""The audit log over HTTP."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

import falcon

from ...domain.audit_range import MAX_PAGE
from ...domain.errors import ForbiddenError
from ...domain.fields import Faults
from ..record_json import record_json
from ..services import Services
from .answers import LogAnswer
from .credentials import require_session
from .operation import Parameter, Tag, operation
from .query import parse_limit, read_query
from .target_customer import ID_MESSAGE, read_id_message

_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_TIME: Final = {"type": "string", "format": "date-time"}
_PARAMETERS: Final = (
    Parameter("since", "The first time.", _TIME),
    Parameter("until", "The time after the last one.", _TIME),
    Parameter("cursor", "The `next_cursor` of the page before.", {"type": "string"}),
    Parameter(
        "limit",
        "How many records at most.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 100},
    ),
)


class LogResource:
    """``GET /api/v1/customer/{customer_id}/log?since=&until=&cursor=&limit=``, for admins."""

    def __init__(self, services: Services) -> None:
        self._audit = services.audit
        self._session_check = services.session_check

    @operation(
        "read_log",
        Tag.ADMIN,
        LogAnswer,
        body=ID_MESSAGE,
        parameters=_PARAMETERS,
        problems=(ForbiddenError,),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Read one page of the customer's audit records, oldest first."""
        actor = require_session(req, self._session_check)
        faults = read_id_message(req, customer_id).faults
        query = read_query(req, ("since", "until", "cursor", "limit"), faults)
        page = self._audit.read_records(
            customer_id,
            actor=actor,
            since=_parse_time(query, "since", faults),
            until=_parse_time(query, "until", faults),
            cursor=query.get("cursor"),
            limit=parse_limit(query, faults, default=100, most=MAX_PAGE),
            found=faults,
        )
        if page.records:
            # An id without records may be any text, such as a password in the wrong place.
            req.context.target = customer_id
        answer: LogAnswer = {
            "records": [record_json(record) for record in page.records],
            "next_cursor": page.next_cursor,
        }
        resp.media = answer


def _parse_time(query: Mapping[str, str], name: str, faults: Faults) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    if _RFC3339.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text.upper())
    faults.note(name, "must be a time of RFC 3339, such as 2026-01-31T12:00:00Z")
    return None
