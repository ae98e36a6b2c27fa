"""The audit log in memory."""

from bisect import bisect_left, bisect_right
from datetime import datetime
from operator import attrgetter

from ...domain.audit import AuditPage, AuditRecord, rfc3339
from ...ports.audit_log import AuditLog
from .tables import Tables


class MemoryAuditLog(AuditLog):
    """Keeps records in ``tables``; it grows for as long as the process lives."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, record: AuditRecord) -> None:
        with self._tables.lock:
            self._tables.log(record)

    def read(
        self, customer_id: str, *, since: datetime, until: datetime, after: str | None, limit: int
    ) -> AuditPage:
        by_position = attrgetter("position")
        with self._tables.lock:
            records = self._tables.logs.get(customer_id, [])
            start = bisect_left(records, rfc3339(since), key=by_position)
            if after is not None:
                start = max(start, bisect_right(records, after, key=by_position))
            end = bisect_left(records, rfc3339(until), key=by_position)
            page = tuple(records[start : min(end, start + limit)])
        more = start + limit < end
        return AuditPage(page, page[-1].position if more else None)
