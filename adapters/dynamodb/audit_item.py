"""Audit records as items of the table ``logger``."""

from datetime import datetime, timedelta

from ...domain.audit import DEFAULT_RETENTION, AuditRecord
from .attributes import AttributeValue, Item, number, read_number, read_text, text
from .audit_partition import customer_of, partition_of
from .schema import SCHEMA_VALUE, refuse_newer_schema


def expiry(record: AuditRecord, retention: timedelta) -> int:
    """When DynamoDB may delete ``record``, in seconds since the epoch."""
    return int(record.at.timestamp() + retention.total_seconds())


def record_to_item(record: AuditRecord, retention: timedelta = DEFAULT_RETENTION) -> Item:
    """The item of ``record``. Its sort key is the record's position: the time and the id.

    A version of the service that does not know the last four attributes ignores them.
    """
    item: dict[str, AttributeValue] = {
        "customer_id": text(partition_of(record)),
        "at": text(record.position),
        "schema": SCHEMA_VALUE,
        "actor_id": text(record.actor_id),
        "service_name": text(record.service_name),
        "operation_name": text(record.operation_name),
        "status_code": number(record.status_code),
        "ttl": number(expiry(record, retention)),
    }
    if record.message:
        item["message"] = text(record.message)
    if record.fields:
        item["fields"] = {"L": [text(field) for field in record.fields]}
    if record.source:
        item["source"] = text(record.source)
    if record.request_id:
        item["request_id"] = text(record.request_id)
    if record.session_id:
        item["session_id"] = text(record.session_id)
    if record.user_agent:
        item["user_agent"] = text(record.user_agent)
    return item


def record_from_item(item: Item) -> AuditRecord:
    """The record in ``item``; raises StoreFaultError if a newer service wrote the item."""
    refuse_newer_schema(item)
    at, _, record_id = read_text(item, "at").partition("~")
    fields = item.get("fields")
    return AuditRecord(
        record_id=record_id,
        customer_id=customer_of(read_text(item, "customer_id")),
        actor_id=read_text(item, "actor_id"),
        operation_name=read_text(item, "operation_name"),
        status_code=read_number(item, "status_code"),
        message=read_text(item, "message"),
        at=datetime.fromisoformat(at),
        fields=() if fields is None else tuple(field["S"] for field in fields["L"]),
        service_name=read_text(item, "service_name"),
        source=read_text(item, "source") or None,
        request_id=read_text(item, "request_id") or None,
        session_id=read_text(item, "session_id") or None,
        user_agent=read_text(item, "user_agent") or None,
    )
