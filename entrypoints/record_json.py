"""A record of the audit log as a JSON object."""

from typing import Annotated, TypedDict

from ..domain.audit import AuditRecord, rfc3339
from .json_members import AuditNameText, MessageText, SourceText, TimeText, UserAgentText
from .json_shape import Member


class LogRecordJson(TypedDict):
    """A record of the audit log."""

    customer_id: AuditNameText
    service_name: Annotated[str, Member("The service that wrote the record.", "customer")]
    operation_name: Annotated[str, Member("What was asked for.", "login")]
    status_code: Annotated[int, Member("The HTTP status that stands for the outcome.", 200)]
    message: MessageText
    time: TimeText
    actor_id: Annotated[
        str,
        Member(
            "Who asked: a customer; `operator`, or `operator:` and the system user; or `-` without"
            " a login.",
            "zoe",
        ),
    ]
    fields: Annotated[
        list[str], Member("The names of the fields that were set, never their values.", ["fname"])
    ]
    record_id: Annotated[str, Member("Names the record.", "0b6e4c1d-7a52-4a0e-9c4e-5b1f5d0c7a11")]
    source: SourceText
    request_id: Annotated[
        str | None,
        Member("The `X-Request-ID` of the answer. `null` without a request.", "4f6d2f9a"),
    ]
    session_id: Annotated[
        str | None,
        Member("The session that was opened or ended, or `null`.", "Nq3Vx0xk2JmB5oO8y1c7Wg"),
    ]
    user_agent: UserAgentText


def record_json(record: AuditRecord) -> LogRecordJson:
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
