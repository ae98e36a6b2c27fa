"""The entries of the days that have records of no customer, for copied records."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from ...domain.store_entry import AuditEntry
from .attributes import seconds_after
from .audit_partition import day_of, day_to_item
from .gateway import ConditionFailedError, DynamoDBGateway, RequestKind

_DAY: Final = timedelta(days=1)


class CopiedDays:
    """Lets readers of ``table`` find the days of the records that are copied."""

    def __init__(self, gateway: DynamoDBGateway, table: str) -> None:
        self._gateway = gateway
        self._table = table
        self._noted: dict[str, datetime | None] = {}
        """Until when each day is kept; None if for ever."""

    def note(self, entry: AuditEntry) -> None:
        """Keep the day of this record of no customer at least as long as the record."""
        day, end = day_of(entry.record.position), entry.kept_until
        if day in self._noted and _is_kept(self._noted[day], end):
            return
        # A day longer than the record, as the service does it: so one write does for the day.
        until = None if end is None else end + _DAY
        with suppress(ConditionFailedError):
            self._gateway.call("put_item", self._put(entry, until), RequestKind.IDEMPOTENT_WRITE)
        self._noted[day] = until

    def _put(self, entry: AuditEntry, until: datetime | None) -> dict[str, Any]:
        """A put that does not shorten the time of an entry, which an earlier run wrote."""
        item = dict(day_to_item(entry.record, 0))
        del item["ttl"]
        if until is None:
            return {"TableName": self._table, "Item": item}
        item["ttl"] = seconds_after(until)
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#at) OR #ttl < :ttl",
            "ExpressionAttributeNames": {"#at": "at", "#ttl": "ttl"},
            "ExpressionAttributeValues": {":ttl": item["ttl"]},
        }


def _is_kept(noted: datetime | None, end: datetime | None) -> bool:
    """Whether a day that is kept until ``noted`` is kept until ``end`` too."""
    return noted is None or (end is not None and end <= noted)
