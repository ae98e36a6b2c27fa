"""The use case of reading the audit log."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from ...ports.audit_log import AuditLog
from ..actor import Actor
from ..audit import AuditPage
from ..audit_range import note_range_faults
from ..errors import FieldFault
from ..fields import Faults, customer_id_fault
from ..use_case import use_cases
from .authorizer import Authorizer

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(9999, 12, 31, tzinfo=UTC)


@use_cases
class AuditService:
    """Reads the audit records of one customer in a range of time."""

    def __init__(self, *, audit_log: AuditLog, authorizer: Authorizer) -> None:
        self._audit_log = audit_log
        self._authorizer = authorizer

    def read_records(
        self,
        customer_id: str,
        *,
        actor: Actor,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
        found: Iterable[FieldFault] = (),
    ) -> AuditPage:
        """The records of ``since <= at < until``, oldest first, ``limit`` a page. Admins only.

        A deleted customer's records remain. An unknown customer has an empty page.

        Args:
            customer_id: the customer of the operations.
            actor: who asks.
            since: the earliest time, aware; None for no bound.
            until: the end, aware and excluded; None for no bound.
            cursor: ``next_cursor`` of the page before; None for the first page.
            limit: records a page, 1 to 1000.
            found: faults that the caller found in the same input; they are raised with those
                found here.

        Raises:
            InvalidInputError: names every argument that breaks a rule.
            ForbiddenError: ``actor`` is no admin.
        """
        faults = Faults(found)
        # Reserved ids are accepted: "-" has the records of logins that name no customer.
        faults.note("customer_id", customer_id_fault(customer_id))
        note_range_faults(faults, since=since, until=until, cursor=cursor, limit=limit)
        faults.raise_if_any()
        self._authorizer.require_admin(actor, "read_records", customer_id)
        return self._audit_log.read(
            customer_id,
            since=since or _BEGINNING,
            until=until or _END,
            after=cursor,
            limit=limit,
        )
