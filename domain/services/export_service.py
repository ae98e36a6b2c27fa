"""The use case of exporting everything that is held on a customer."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ...ports.audit_log import AuditLog
from ...ports.clock import Clock
from ...ports.session_repository import SessionRepository
from ..actor import Actor
from ..audit import AuditRecord
from ..customer import Customer
from ..customer_export import CustomerExport
from ..errors import CustomerNotFoundError, FieldFault
from ..fields import require_customer_id
from .attempt_budgets import AttemptBudgets
from .audit_service import MAX_PAGE
from .audit_trail import ANYONE, AuditTrail
from .authorizer import Authorizer
from .session_service import SessionService

_INSTANT: Final = timedelta(microseconds=1)


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

    def export_customer(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> CustomerExport:
        """Everything that is held on a customer, for the customer or an admin.

        The customer needs a recent login, and may export a few times an hour. The export itself is
        the last record in it. The records begin with the customer's registration: earlier ones are
        about another customer who had the same id. Where another person acted, such as an admin,
        the network address of that person is left out.

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            LoginRequiredError: ``actor`` is the customer, and the login was too long ago.
            TooManyAttemptsError: the customer has exported too often.
            CustomerNotFoundError: there is no such customer.
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "export", customer_id)
        self._authorizer.require_recent_login(actor, "export", customer_id)
        if actor.customer_id == customer_id:
            self._budgets.charge_export(customer_id)
        stored = self._sessions.get_with_sessions(customer_id, now=self._clock.now())
        if stored is None:
            raise CustomerNotFoundError(customer_id)
        record = self._audit_trail.record(
            "export", customer_id, "Data exported.", actor_id=actor.customer_id
        )
        self._audit_log.append(record)
        return CustomerExport(
            customer=stored.customer,
            sessions=self._session_service.describe_stored(stored),
            devices=stored.devices,
            records=self._read_records(stored.customer, record),
        )

    def _read_records(self, customer: Customer, last: AuditRecord) -> Iterator[AuditRecord]:
        """The customer's records, page by page. The last one is ``last``."""
        until = last.at + _INSTANT
        after: str | None = None
        while True:
            page = self._audit_log.read(
                customer.customer_id,
                since=customer.created_at,
                until=until,
                after=after,
                limit=MAX_PAGE,
            )
            # A store may not show ``last`` yet, so it is added below in any case.
            yield from (
                _without_address_of_others(record)
                for record in page.records
                if record.record_id != last.record_id
            )
            after = page.next_cursor
            if after is None:
                break
        yield _without_address_of_others(last)


def _without_address_of_others(record: AuditRecord) -> AuditRecord:
    if record.actor_id in (ANYONE, record.customer_id):
        return record
    return replace(record, source=None)
