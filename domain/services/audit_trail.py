"""Makes the audit record of each operation."""

from datetime import datetime
from uuid import UUID

from ...ports.audit_log import AuditLog
from ...ports.clock import Clock
from ...ports.random_source import RandomSource
from ..audit import AuditRecord

ANYONE = "-"
"""Stands for an actor without a login, and for the customer of an unknown id or address."""


class AuditTrail:
    """Makes the record of each operation, and stores the record of a refused one."""

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
    ) -> AuditRecord:
        """The record of one operation. A repository stores it with the change."""
        return AuditRecord(
            record_id=str(UUID(bytes=self._random_source.token_bytes(16), version=4)),
            customer_id=customer_id,
            actor_id=actor_id,
            operation_name=operation_name,
            status_code=status_code,
            message=message,
            at=at or self._clock.now(),
            fields=fields,
        )

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
