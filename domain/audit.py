"""A record of the audit log (the shop's table ``logger``), and a page of records."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

SERVICE_NAME: Final = "customer"

_POSITION: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z~[A-Za-z0-9-]{1,64}", re.ASCII
)


def rfc3339(moment: datetime) -> str:
    """``moment`` in UTC with six decimals (RFC 3339), so that texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One operation on one customer: who did what, when, and with which outcome."""

    record_id: str
    customer_id: str
    """The customer of the operation; ``-`` for a login that names no customer."""
    actor_id: str
    """Who asked: a ``customer_id``, ``operator``, or ``-`` for a caller without a login."""
    operation_name: str
    status_code: int
    """The HTTP status that stands for the outcome."""
    message: str
    at: datetime
    fields: tuple[str, ...] = ()
    """The names of the fields that changed. Their values are never kept."""
    service_name: str = SERVICE_NAME

    @property
    def position(self) -> str:
        """The place of the record in its customer's log: the time, then a unique suffix."""
        return f"{rfc3339(self.at)}~{self.record_id}"


def is_position(text: str) -> bool:
    """Whether ``text`` has the form of a ``position``."""
    return _POSITION.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some records, oldest first, and the cursor of the next page, or None on the last page."""

    records: tuple[AuditRecord, ...]
    next_cursor: str | None
