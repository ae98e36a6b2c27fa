"""The audit log in the file."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from ...domain.audit import AuditPage, AuditRecord, rfc3339
from ...ports.audit_log import AuditLog
from .database import Database
from .records import record_from_text


class SQLiteAuditLog(AuditLog):
    """Keeps audit records in the file, sorted by customer and position."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, record: AuditRecord) -> None:
        with self._database.changing() as connection:
            self._database.log(connection, record)

    def read(
        self, customer_id: str, *, since: datetime, until: datetime, after: str | None, limit: int
    ) -> AuditPage:
        rows = self._database.read_all(
            "SELECT record FROM audit_record WHERE customer_id = ?"
            " AND position >= ? AND position < ? AND position > ? ORDER BY position LIMIT ?",
            (customer_id, rfc3339(since), rfc3339(until), after or "", limit + 1),
        )
        records = tuple(record_from_text(text) for (text,) in rows[:limit])
        return AuditPage(records, records[-1].position if len(rows) > limit else None)

    def find(self, customer_id: str, positions: Collection[str]) -> Mapping[str, AuditRecord]:
        rows = self._database.read_all(
            "SELECT position, record FROM audit_record WHERE customer_id = ?"
            " AND position IN (SELECT value FROM json_each(?))",
            (customer_id, json.dumps([*positions])),
        )
        return {position: record_from_text(text) for position, text in rows}
