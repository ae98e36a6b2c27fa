"""Appends audit records to a store, and reads them."""

from datetime import datetime

from support.builders.values import a_record
from support.stores.stored_state import BEGINNING, END

from cybershop_customer import AuditPage, AuditRecord, Storage


def appended(storage: Storage, customer_id: str, *moments: datetime) -> list[AuditRecord]:
    """Append a record for each moment, in this order, and return the records."""
    records = [a_record(customer_id, at=moment) for moment in moments]
    for record in records:
        storage.audit_log.append(record)
    return records


def read(
    storage: Storage,
    customer_id: str,
    since: datetime = BEGINNING,
    until: datetime = END,
    *,
    after: str | None = None,
    limit: int = 100,
) -> AuditPage:
    return storage.audit_log.read(customer_id, since=since, until=until, after=after, limit=limit)
