"""A record of the audit log (the shop's table ``logger``), and a page of records."""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

SERVICE_NAME: Final = "customer"

ANYONE: Final = "-"
"""Stands for an actor without a login, and for the customer of an unknown id or address."""

DEFAULT_RETENTION: Final = timedelta(days=400)
"""How long audit records are kept, unless the settings say otherwise."""

MAX_SOURCE_BYTES: Final = 64
"""The room for a source. An IPv6 network takes 43 bytes at most (RFC 4291, 2.2 and 2.3)."""

MAX_REQUEST_ID_BYTES: Final = 64
"""The room for a request id, the same as over HTTP."""

MAX_USER_AGENT_BYTES: Final = 200
"""The room for a user agent, so that a record stays below 1 KB."""

_POSITION: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z~[A-Za-z0-9-]{1,64}", re.ASCII
)


def rfc3339(moment: datetime) -> str:
    """``moment`` in UTC with six decimals (RFC 3339), so that texts sort by time."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='microseconds')[:26]}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One operation on one customer: who did what, when, and with which outcome."""

    record_id: str
    customer_id: str
    """The customer of the operation; ``-`` for an attempt that names no customer."""
    actor_id: str
    """Who asked: a ``customer_id``, ``operator``, ``operator:`` and the system user, or ``-`` for a
    caller without a login."""
    operation_name: str
    status_code: int
    """The HTTP status that stands for the outcome."""
    message: str
    at: datetime
    fields: tuple[str, ...] = ()
    """The names of the fields that changed. Their values are never kept."""
    service_name: str = SERVICE_NAME
    source: str | None = None
    """The client's network address, or None if it is not known."""
    request_id: str | None = None
    """The id that the answer and the request log carry too, or None if there is none."""
    session_id: str | None = None
    """The session that the operation opened or ended; None for other operations."""
    user_agent: str | None = None
    """The program that opened the session, as it names itself; None where that is not known."""

    @property
    def position(self) -> str:
        """The place of the record in its customer's log: the time, then a unique suffix."""
        return record_position(self.at, self.record_id)


def record_position(at: datetime, record_id: str) -> str:
    """The position of the record with this time and id."""
    return f"{rfc3339(at)}~{record_id}"


def opening_record_id(session_id: str) -> str:
    """The id of the record of the login that opened the session.

    It is made of the session's id, so a reader who has the session finds the record by its key.
    """
    return str(UUID(bytes=urlsafe_b64decode(session_id + "==")))


def is_position(text: str) -> bool:
    """Whether ``text`` has the form of a ``position``."""
    return _POSITION.fullmatch(text) is not None


def bounded_text(text: str | None, max_bytes: int) -> str | None:
    """``text``, cut to ``max_bytes`` of UTF-8; None if nothing is left of it.

    A program that imports the library may pass any text. A record stays below 1 KB with it.
    """
    if text is None:
        return None
    return text.encode(errors="replace")[:max_bytes].decode(errors="ignore") or None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some records, oldest first, and the cursor of the next page, or None on the last page.

    A page that has a cursor may have fewer records than were asked for, even none.
    """

    records: tuple[AuditRecord, ...]
    next_cursor: str | None
