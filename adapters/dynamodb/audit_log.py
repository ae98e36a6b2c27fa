"""The audit log on DynamoDB."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from ...domain.audit import ANYONE, AuditPage, AuditRecord, rfc3339
from ...ports.audit_log import AuditLog
from .attributes import Item, read_text, text
from .audit_item import record_from_item
from .audit_partition import DAYS, day_of, day_partition, end_of_day
from .database import Database

DAYS_A_PAGE: Final = 31
"""The most partitions of days that one page reads."""


class DynamoDBAuditLog(AuditLog):
    """Keeps audit records in the table ``logger``.

    A page of a customer's log costs one query. A page of the records of no customer costs two, and
    one for each day that it reads, of at most ``DAYS_A_PAGE`` days that have records.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, record: AuditRecord) -> None:
        self._database.append(record)

    def read(
        self, customer_id: str, *, since: datetime, until: datetime, after: str | None, limit: int
    ) -> AuditPage:
        first, last = rfc3339(since), rfc3339(until)
        if after is not None:
            # Begins behind ``after``: no text sorts between a text and the same text with NUL.
            first = max(first, f"{after}\0")
        if first >= last:
            # DynamoDB refuses an empty range.
            return AuditPage((), None)
        if customer_id == ANYONE:
            return self._read_days(first, last, limit)
        # BETWEEN includes both ends, which is harmless: a position is longer than the text of a
        # time, so it equals neither.
        return _page(self._query(customer_id, first, last, limit + 1), limit)

    def find(self, customer_id: str, positions: Collection[str]) -> Mapping[str, AuditRecord]:
        keys = [{"customer_id": text(customer_id), "at": text(at)} for at in set(positions)]
        records = map(record_from_item, self._database.get_records(keys))
        return {record.position: record for record in records}

    def _read_days(self, first: str, last: str, limit: int) -> AuditPage:
        """A page of the records of no customer, from the partitions of several days."""
        # Earlier versions of the service kept them in one partition.
        found = self._query(ANYONE, first, last, limit + 1)
        days = self._days(first, last)
        read_until: str | None = None
        in_days: list[Item] = []
        for day in days[:DAYS_A_PAGE]:
            if len(in_days) > limit:
                break
            wanted = limit + 1 - len(in_days)
            in_days += self._query(day_partition(day), first, last, wanted)
        else:
            if len(days) > DAYS_A_PAGE and len(in_days) <= limit:
                read_until = end_of_day(days[DAYS_A_PAGE - 1])
                found = [item for item in found if read_text(item, "at") <= read_until]
        found += in_days
        found.sort(key=lambda item: read_text(item, "at"))
        page = _page(found, limit)
        return AuditPage(page.records, page.next_cursor or read_until)

    def _days(self, first: str, last: str) -> list[str]:
        """The first days that have records, and one more than a page reads."""
        items = self._query(DAYS, day_of(first), day_of(last), DAYS_A_PAGE + 1)
        return [read_text(item, "at") for item in items]

    def _query(self, partition: str, first: str, last: str, limit: int) -> list[Item]:
        query = {
            "TableName": self._database.logger_table,
            "KeyConditionExpression": "#customer = :customer AND #at BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#customer": "customer_id", "#at": "at"},
            "ExpressionAttributeValues": {
                ":customer": text(partition),
                ":first": text(first),
                ":last": text(last),
            },
        }
        return self._database.query(query, limit)


def _page(items: list[Item], limit: int) -> AuditPage:
    """The first ``limit`` items, which are sorted; a cursor if there are more."""
    records = tuple(record_from_item(item) for item in items[:limit])
    return AuditPage(records, records[-1].position if len(items) > limit else None)
