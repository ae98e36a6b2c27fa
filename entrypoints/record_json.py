"""A record of the audit log as a JSON object."""

from typing import Any

from ..domain.audit import AuditRecord, rfc3339


def record_json(record: AuditRecord) -> dict[str, Any]:
    """Every field of ``record``, for admins."""
    return {
        "customer_id": record.customer_id,
        "service_name": record.service_name,
        "operation_name": record.operation_name,
        "status_code": record.status_code,
        "message": record.message,
        "time": rfc3339(record.at),
        "actor_id": record.actor_id,
        "fields": list(record.fields),
        "record_id": record.record_id,
        "source": record.source,
        "request_id": record.request_id,
        "session_id": record.session_id,
        "user_agent": record.user_agent,
    }
