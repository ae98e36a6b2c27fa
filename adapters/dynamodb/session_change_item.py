"""Entries of the session change feed as items of the table ``logger``.

They have partitions of their own. DynamoDB deletes them after a day.
"""

from datetime import timedelta
from typing import Final

from ...domain.audit import AuditRecord
from ...domain.session_feed import SessionChange
from .attributes import Item, number, read_text, text
from .schema import SCHEMA_VALUE, refuse_newer_schema

_TIME_TO_LIVE: Final = timedelta(days=1)


def session_change_to_item(record: AuditRecord, partition: str) -> Item:
    """The entry in ``partition`` for the change that ``record`` describes."""
    return {
        "customer_id": text(partition),
        "at": text(record.position),
        "schema": SCHEMA_VALUE,
        "changed": text(record.customer_id),
        "ttl": number(int((record.at + _TIME_TO_LIVE).timestamp())),
    }


def session_change_from_item(item: Item, part: int) -> SessionChange:
    """The entry in ``item``, of this shard.

    Raises:
        StoreFaultError: a newer service wrote the item.
    """
    refuse_newer_schema(item)
    return SessionChange(read_text(item, "at"), read_text(item, "changed"), part)
