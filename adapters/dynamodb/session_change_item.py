"""What the feed tells, as items of the table ``logger``: a partition of their own, for a day."""

from datetime import timedelta
from typing import Final

from ...domain.audit import AuditRecord
from ...domain.session_feed import SessionChange
from .attributes import Item, number, read_text, text
from .schema import SCHEMA_VALUE, refuse_newer_schema

PARTITION: Final = "#sessions"
"""Stands where audit records have a ``customer_id``, and can be none of these."""

_KEPT: Final = timedelta(days=1)


def session_change_to_item(record: AuditRecord) -> Item:
    """The change that ``record`` is about."""
    return {
        "customer_id": text(PARTITION),
        "at": text(record.position),
        "schema": SCHEMA_VALUE,
        "changed": text(record.customer_id),
        "ttl": number(int((record.at + _KEPT).timestamp())),
    }


def session_change_from_item(item: Item) -> SessionChange:
    """The change; raises StoreFaultError if a newer version of the service wrote it."""
    refuse_newer_schema(item)
    return SessionChange(read_text(item, "at"), read_text(item, "changed"))
