"""What the audit log (the shop's table ``logger``) holds, and a page of it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

SERVICE_NAME: Final = "customer"

_POSITION: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z~[A-Za-z0-9-]{1,64}", re.ASCII
)


def rfc3339(moment: datetime) -> str:
    """``moment`` in UTC with six decimals, so that text order is time order (RFC 3339)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One operation on one customer: who did what, when, and how it ended.

    Fields that changed are named; their values are never kept.
    """

    record_id: str
    customer_id: str
    """Whom the operation was about; ``-`` for a login under a name that nobody has."""
    actor_id: str
    """Who asked: a ``customer_id``, ``operator``, or ``-`` for anyone."""
    operation_name: str
    status_code: int
    """The HTTP status that stands for the outcome."""
    message: str
    at: datetime
    fields: tuple[str, ...] = ()
    service_name: str = SERVICE_NAME

    @property
    def position(self) -> str:
        """Where the record stands in its customer's log: the time, then a unique suffix."""
        return f"{rfc3339(self.at)}~{self.record_id}"


def is_position(text: str) -> bool:
    """Whether ``text`` can be the ``position`` of a record."""
    return _POSITION.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some records, oldest first, and the cursor of the next page, or None at the end."""

    records: tuple[AuditRecord, ...]
    next_cursor: str | None
