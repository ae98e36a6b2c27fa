"""Entries of the session change feed as items of the table ``logger``.

They have a partition of their own. DynamoDB deletes them after a day.
"""

from datetime import timedelta
from typing import Final

from ...domain.audit import AuditRecord
from ...domain.session_feed import SessionChange
from .attributes import Item, number, read_text, text
from .schema import SCHEMA_VALUE, refuse_newer_schema

PARTITION: Final = "#sessions"
"""The partition key of the feed. It is not a valid ``customer_id``, as audit records have there."""

_TIME_TO_LIVE: Final = timedelta(days=1)


def session_change_to_item(record: AuditRecord) -> Item:
    """The entry for the change that ``record`` describes."""
    return {
        "customer_id": text(PARTITION),
        "at": text(record.position),
        "schema": SCHEMA_VALUE,
        "changed": text(record.customer_id),
        "ttl": number(int((record.at + _TIME_TO_LIVE).timestamp())),
    }


def session_change_from_item(item: Item) -> SessionChange:
    """The entry in ``item``; raises StoreFaultError if a newer service wrote the item."""
    refuse_newer_schema(item)
    return SessionChange(read_text(item, "at"), read_text(item, "changed"))
