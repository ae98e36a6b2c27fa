"""The use case of exporting everything that is held on a customer."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from ...ports.audit_log import AuditLog
from ...ports.clock import Clock
from ...ports.session_repository import SessionRepository
from ..actor import Actor
from ..audit import ANYONE, AuditPage, AuditRecord
from ..customer_export import CustomerExport
from ..errors import CustomerNotFoundError, FieldFault
from ..fields import require_customer_id
from ..session import CLOCK_TOLERANCE
from .attempt_budgets import AttemptBudgets
from .audit_trail import AuditTrail
from .authorizer import Authorizer
from .session_service import SessionService

RECORDS_A_PAGE: Final = 500
"""How many audit records are read, and held in memory, at a time."""


class ExportService:
    """Exports the profile, the sessions, the devices and the audit records of a customer."""

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        session_service: SessionService,
        audit_log: AuditLog,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        budgets: AttemptBudgets,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._session_service = session_service
        self._audit_log = audit_log
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._budgets = budgets
        self._clock = clock

    def record_export_of_all(self, *, actor: Actor, with_hashes: bool) -> None:
        """Record that ``actor`` reads all customers. Admins only.

        The record is that of no customer. Store it before the first customer is handed out.

        Raises:
            ForbiddenError: ``actor`` is no admin.
        """
        self._authorizer.require_admin(actor, "export_customers", ANYONE)
        message = (
            "All customers exported, with password hashes."
            if with_hashes
            else "All customers exported."
        )
        self._audit_trail.note("export_customers", ANYONE, message, actor_id=actor.customer_id)

    def require_permission(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> None:
        """Refuse an actor who may not export the data of this customer. It exports nothing.

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            LoginRequiredError: ``actor`` is the customer, and the login was too long ago.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "export", customer_id)
        self._authorizer.require_recent_login(actor, "export", customer_id)

    def export_customer(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> CustomerExport:
        """Everything that is held on a customer, for the customer or an admin.

        The customer needs a recent login, and may export a few times an hour. The export has a
        record of its own, which is among its records.

        The first page of the records is read at once. Each further page is read when its first
        record is taken, and only one page is held in memory.

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            LoginRequiredError: ``actor`` is the customer, and the login was too long ago.
            TooManyAttemptsError: the customer has exported too often.
            CustomerNotFoundError: there is no such customer.
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        self.require_permission(customer_id, actor=actor, found=found)
        if actor.customer_id == customer_id:
            self._budgets.charge_export(customer_id)
        stored = self._sessions.get_with_sessions(customer_id, now=self._clock.now())
        if stored is None:
            raise CustomerNotFoundError(customer_id)
        sessions = self._session_service.describe_stored(stored)
        record = self._audit_trail.record(
            "export", customer_id, "Data exported.", actor_id=actor.customer_id
        )
        self._audit_log.append(record)
        return CustomerExport(
            exported_at=record.at,
            customer=stored.customer,
            sessions=sessions,
            revocations=stored.revocations,
            devices=stored.devices,
            records=self._read_records(customer_id, stored.customer.created_at, record.at),
        )

    def _read_records(
        self, customer_id: str, created_at: datetime, exported_at: datetime
    ) -> Iterator[AuditRecord]:
        """The records of this customer until now. The first page is read before this returns.

        Records from before ``created_at`` are left out: they are of another customer, who had the
        same id and was deleted. The end lies a little after ``exported_at``, since the clocks of
        other processes may be ahead. It keeps an export from following a log that grows for ever.
        """
        until = exported_at + CLOCK_TOLERANCE

        def read(after: str | None) -> AuditPage:
            return self._audit_log.read(
                customer_id, since=created_at, until=until, after=after, limit=RECORDS_A_PAGE
            )

        def follow(page: AuditPage) -> Iterator[AuditRecord]:
            yield from page.records
            while page.next_cursor is not None:
                page = read(page.next_cursor)
                yield from page.records

        return follow(read(None))
