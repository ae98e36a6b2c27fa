"""Makes the audit record of each operation."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...ports.audit_log import AuditLog
from ...ports.clock import Clock
from ...ports.random_source import RandomSource
from ..audit import (
    ANYONE,
    MAX_REQUEST_ID_BYTES,
    MAX_SOURCE_BYTES,
    MAX_USER_AGENT_BYTES,
    AuditRecord,
    bounded_text,
    opening_record_id,
)
from ..request_context import current_request
from ..session import Session

__all__ = ["ANYONE", "AuditTrail"]


class AuditTrail:
    """Makes the record of each operation, and stores the record of a refused one.

    Each record has the source and the id of the current request (OWASP ASVS 5.0, 16.2.1).
    """

    def __init__(self, audit_log: AuditLog, clock: Clock, random_source: RandomSource) -> None:
        self._audit_log = audit_log
        self._clock = clock
        self._random_source = random_source

    def record(
        self,
        operation_name: str,
        customer_id: str,
        message: str,
        *,
        actor_id: str = ANYONE,
        fields: tuple[str, ...] = (),
        status_code: int = 200,
        at: datetime | None = None,
        session_id: str | None = None,
    ) -> AuditRecord:
        """The record of one operation. A repository stores it with the change.

        ``session_id`` names a session that the operation ends.
        """
        request = current_request()
        return AuditRecord(
            record_id=str(UUID(bytes=self._random_source.token_bytes(16), version=4)),
            customer_id=customer_id,
            actor_id=actor_id,
            operation_name=operation_name,
            status_code=status_code,
            message=message,
            at=at or self._clock.now(),
            fields=fields,
            source=bounded_text(request.source, MAX_SOURCE_BYTES),
            request_id=bounded_text(request.request_id, MAX_REQUEST_ID_BYTES),
            session_id=session_id,
        )

    def record_opening(
        self,
        operation_name: str,
        session: Session,
        message: str,
        *,
        user_agent: str | None,
        fields: tuple[str, ...] = (),
    ) -> AuditRecord:
        """The record of an operation that opens ``session``, which its customer asked for.

        Its position follows from the session, so that ``SessionService.describe_sessions`` finds
        it by its key.
        """
        record = self.record(
            operation_name,
            session.customer_id,
            message,
            actor_id=session.customer_id,
            fields=fields,
            at=session.issued_at,
            session_id=session.session_id,
        )
        return replace(
            record,
            record_id=opening_record_id(session.session_id),
            user_agent=bounded_text(user_agent, MAX_USER_AGENT_BYTES),
        )

    def note(self, operation_name: str, customer_id: str, message: str, *, actor_id: str) -> None:
        """Store the record of an operation that changed nothing, and of which people must know."""
        self._audit_log.append(self.record(operation_name, customer_id, message, actor_id=actor_id))

    def refuse(
        self,
        operation_name: str,
        customer_id: str,
        message: str,
        *,
        actor_id: str = ANYONE,
        status_code: int,
    ) -> None:
        """Store the record of an operation that was refused."""
        self._audit_log.append(
            self.record(
                operation_name, customer_id, message, actor_id=actor_id, status_code=status_code
            )
        )
