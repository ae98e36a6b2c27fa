"""The audit log on DynamoDB."""

from datetime import datetime

from ...domain.audit import AuditPage, AuditRecord, rfc3339
from ...ports.audit_log import AuditLog
from .attributes import Item, text
from .audit_item import record_from_item, record_to_item
from .database import Database
from .gateway import RequestKind


class DynamoDBAuditLog(AuditLog):
    """Keeps audit records in the table ``logger``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, record: AuditRecord) -> None:
        request = {"TableName": self._database.logger_table, "Item": record_to_item(record)}
        self._database.gateway.call("put_item", request, RequestKind.IDEMPOTENT_WRITE)

    def read(
        self, customer_id: str, *, since: datetime, until: datetime, after: str | None, limit: int
    ) -> AuditPage:
        first, last = rfc3339(since), rfc3339(until)
        if after is not None:
            # Begins behind ``after``: no text sorts between a text and the same text with NUL.
            first = max(first, f"{after}\0")
        # BETWEEN includes both ends, which is harmless: a position is longer than the text of a
        # time, so it equals neither. DynamoDB refuses an empty range.
        items = self._query(customer_id, first, last, limit + 1) if first < last else []
        records = tuple(record_from_item(item) for item in items[:limit])
        return AuditPage(records, records[-1].position if len(items) > limit else None)

    def _query(self, customer_id: str, first: str, last: str, limit: int) -> list[Item]:
        query = {
            "TableName": self._database.logger_table,
            "KeyConditionExpression": "#customer = :customer AND #at BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#customer": "customer_id", "#at": "at"},
            "ExpressionAttributeValues": {
                ":customer": text(customer_id),
                ":first": text(first),
                ":last": text(last),
            },
        }
        return self._database.query(query, limit)
