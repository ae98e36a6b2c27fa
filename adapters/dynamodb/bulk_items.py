"""The entries of a copy as items of both tables."""

from typing import Final

from ...domain.epoch_time import from_seconds
from ...domain.session import CustomerWithSessions
from ...domain.store_entry import (
    AuditEntry,
    CustomerEntry,
    EmailGuardEntry,
    StoreEntry,
    TombstoneEntry,
)
from .attributes import Item, read_moment, read_number, read_text, seconds_after
from .audit_item import record_from_item, record_to_item
from .audit_partition import DAYS
from .customer_item import (
    customer_from_item,
    customer_to_item,
    session_attributes,
    sessions_from_item,
)
from .devices import device_attributes, devices_from_item
from .email_guard import guard_to_item
from .feed_shards import PARTITIONS
from .keys import customer_key, guard_key
from .revocations import revocation_attributes, revocations_from_item
from .schema import refuse_newer_schema
from .tombstone import KEPT_UNTIL, is_tombstone, tombstone

TTL: Final = "ttl"

_CUSTOMER: Final = customer_key("")
_GUARD: Final = guard_key("")
_NOT_COPIED: Final = PARTITIONS | {DAYS}
"""The partitions of ``logger`` without audit records."""


def entry_to_item(entry: StoreEntry) -> Item:
    """The item of ``entry``. That of an AuditEntry is for the table ``logger``."""
    match entry:
        case CustomerEntry():
            stored = entry.stored
            return {
                **customer_to_item(stored.customer),
                **session_attributes(stored.sessions),
                **revocation_attributes(stored.revocations),
                **device_attributes(stored.devices),
            }
        case EmailGuardEntry():
            return guard_to_item(entry.email_key, entry.customer_id)
        case TombstoneEntry():
            return tombstone(entry.customer_id, entry.kept_until)
        case AuditEntry():
            item = dict(record_to_item(entry.record))
            del item[TTL]
            if entry.kept_until is not None:
                item[TTL] = seconds_after(entry.kept_until)
            return item


def entry_from_customer_table(item: Item) -> StoreEntry | None:
    """The entry in an item of ``customer``, or None for a login budget.

    Raises:
        StoreFaultError: a newer service wrote the item.
    """
    pk = read_text(item, "pk")
    if pk.startswith(_GUARD):
        refuse_newer_schema(item)
        return EmailGuardEntry(pk.removeprefix(_GUARD), read_text(item, "customer_id"))
    if not pk.startswith(_CUSTOMER):
        return None
    customer_id = pk.removeprefix(_CUSTOMER)
    if is_tombstone(item):
        refuse_newer_schema(item)
        return TombstoneEntry(customer_id, read_moment(item, KEPT_UNTIL))
    return CustomerEntry(
        CustomerWithSessions(
            customer_from_item(item),
            sessions_from_item(customer_id, item),
            revocations_from_item(item),
            devices_from_item(item),
        )
    )


def entry_from_logger_table(item: Item) -> AuditEntry | None:
    """The entry in an item of ``logger``, or None for a day or an entry of the feed.

    Raises:
        StoreFaultError: a newer service wrote the item.
    """
    if read_text(item, "customer_id") in _NOT_COPIED:
        return None
    end = from_seconds(read_number(item, TTL)) if TTL in item else None
    return AuditEntry(record_from_item(item), end)
