"""Under which partition key of the table ``logger`` an audit record is.

A customer's records are under the ``customer_id``. The records of no customer, under ``-``, come
from attempts that anyone may make. They have a partition for each day (UTC), so that none grows
for ever. The partition ``-#days`` has an entry for each day that has records.

No partition clashes with a ``customer_id``, since that has no ``#``.
"""

from typing import Final

from ...domain.audit import ANYONE, AuditRecord
from .attributes import Item, number, text
from .schema import SCHEMA_VALUE

DAYS: Final = f"{ANYONE}#days"
"""The partition key of the days."""

_DAY_LENGTH: Final = len("2026-01-31")
_LAST_OF_DAY: Final = f"T23:59:59.999999Z~{64 * 'z'}"
"""What follows the day in a position that no record of that day is beyond."""


def day_of(position: str) -> str:
    """The day in ``position``, or in a time of RFC 3339."""
    return position[:_DAY_LENGTH]


def end_of_day(day: str) -> str:
    """A position that no record of ``day`` is beyond, and that is before all later ones."""
    return day + _LAST_OF_DAY


def day_partition(day: str) -> str:
    """The partition key of the records of no customer on ``day``."""
    return f"{ANYONE}#{day}"


def partition_of(record: AuditRecord) -> str:
    """The partition key of ``record``."""
    if record.customer_id == ANYONE:
        return day_partition(day_of(record.position))
    return record.customer_id


def customer_of(partition: str) -> str:
    """The ``customer_id`` of the records in ``partition``."""
    return ANYONE if partition.startswith(f"{ANYONE}#") else partition


def day_to_item(record: AuditRecord, ttl: int) -> Item:
    """The entry for the day of ``record``."""
    return {
        "customer_id": text(DAYS),
        "at": text(day_of(record.position)),
        "schema": SCHEMA_VALUE,
        "ttl": number(ttl),
    }
