"""The audit log in memory."""

from collections.abc import Collection, Mapping
from datetime import datetime

from ...domain.audit import AuditPage, AuditRecord, rfc3339
from ...ports.audit_log import AuditLog
from .tables import Tables


class MemoryAuditLog(AuditLog):
    """Keeps records in ``tables``, until their retention is over or the process ends."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, record: AuditRecord) -> None:
        with self._tables.lock:
            self._tables.log(record)

    def read(
        self, customer_id: str, *, since: datetime, until: datetime, after: str | None, limit: int
    ) -> AuditPage:
        with self._tables.lock:
            records = self._tables.logs.get(customer_id)
            if records is None:
                return AuditPage((), None)
            page, more = records.read(
                first=rfc3339(since), end=rfc3339(until), after=after or "", limit=limit
            )
        return AuditPage(page, page[-1].position if more else None)

    def find(self, customer_id: str, positions: Collection[str]) -> Mapping[str, AuditRecord]:
        with self._tables.lock:
            records = self._tables.logs.get(customer_id)
            if records is None:
                return {}
            found = ((position, records.get(position)) for position in positions)
            return {position: record for position, record in found if record is not None}
