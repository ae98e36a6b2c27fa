"""The document of an export: JSON that is written part by part, for HTTP and the command line."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Final, Literal, TypedDict

from ..domain.actor import is_operator_id
from ..domain.audit import ANYONE, AuditRecord, rfc3339
from ..domain.customer import Customer
from ..domain.customer_export import CustomerExport
from ..domain.one_time_token import TokenPurpose
from .customer_json import CustomerJson, customer_json
from .json_members import (
    CustomerIdText,
    MessageText,
    SessionIdText,
    SourceText,
    TimeText,
    UserAgentText,
)
from .json_shape import Member
from .session_json import SessionDetailsJson, details_json

MEDIA_TYPE: Final = "application/json"
RECORDS_A_PART: Final = 50
"""How many records one part has: about 25 KB, so that a part is not too small to send."""

_ANOTHER: Final = "another customer"
ActorWord = Literal["customer", "operator", "anyone", "another customer"]


class ExportProfileJson(CustomerJson):
    """The customer, with what the service keeps for itself."""

    email_key: Annotated[
        str | None, Member("The form of the address that is unique.", "zoe@shop.example")
    ]
    expires_at: Annotated[
        str | None,
        Member("When a customer ends who has proven nothing.", None, {"format": "date-time"}),
    ]
    version: Annotated[int, Member("Grows with each change of the customer.", 1)]
    password_version: Annotated[int, Member("Grows with each change of the password.", 1)]


class LinkJson(TypedDict):
    """A link that was mailed, without its token."""

    purpose: Annotated[str, Member("What the link is for.", "verify-email")]
    email: Annotated[str | None, Member("The address that it proves.", "zoe@shop.example")]
    expires_at: TimeText


class EndedSessionJson(TypedDict):
    """A session that ended early."""

    session_id: SessionIdText
    ended_at: TimeText


class DeviceJson(TypedDict):
    """A known device."""

    device: Annotated[str, Member("Names the device. It is not the token.", "fq2d0p")]
    used_at: TimeText


class ExportRecordJson(TypedDict):
    """A record of the audit log, as its customer sees it."""

    time: TimeText
    operation_name: Annotated[str, Member("What was asked for.", "login")]
    status_code: Annotated[int, Member("The HTTP status that stands for the outcome.", 200)]
    message: MessageText
    actor: Annotated[ActorWord, Member("Who asked.", "customer")]
    fields: Annotated[list[str], Member("The names of the fields that changed.", ["fname"])]
    source: SourceText
    user_agent: UserAgentText
    session_id: Annotated[
        str | None, Member("The session that was opened or ended.", "Nq3Vx0xk2JmB5oO8y1c7Wg")
    ]
    request_id: Annotated[str | None, Member("The `X-Request-ID` of the answer.", "4f6d2f9a")]
    record_id: Annotated[str, Member("Names the record.", "0b6e4c1d")]
    service_name: Annotated[str, Member("The service that wrote the record.", "customer")]


class ExportHeadJson(TypedDict):
    """An export without its records."""

    customer_id: CustomerIdText
    exported_at: TimeText
    profile: ExportProfileJson
    links: list[LinkJson]
    sessions: list[SessionDetailsJson]
    ended_sessions: list[EndedSessionJson]
    devices: list[DeviceJson]


class ExportJson(ExportHeadJson):
    """Everything that is held on a customer."""

    records: list[ExportRecordJson]


def export_parts(export: CustomerExport) -> Iterator[bytes]:
    """The document of ``export``, in UTF-8. It is whole only with the last part.

    A record is one line. The first part has no record.

    Raises:
        StoreUnavailableError: the store does not answer, so the document stays unfinished.
        StoreFaultError: the store refuses; the document stays unfinished too.
    """
    head = _encoded(_head(export), indent=2).removesuffix("\n}")
    yield f'{head},\n  "records": ['.encode()
    separator = "\n    "
    while records := tuple(islice(export.records, RECORDS_A_PART)):
        lines = ",\n    ".join(_encoded(_record_json(record)) for record in records)
        yield f"{separator}{lines}".encode()
        separator = ",\n    "
    yield b"\n  ]\n}\n"


def export_file_name(customer_id: str) -> str:
    """The name under which a browser saves the document."""
    return f"customer-{customer_id}.json"


def _encoded(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _head(export: CustomerExport) -> ExportHeadJson:
    return {
        "customer_id": export.customer.customer_id,
        "exported_at": rfc3339(export.exported_at),
        "profile": _profile_json(export.customer),
        "links": _links_json(export.customer),
        "sessions": [details_json(details) for details in export.sessions],
        "ended_sessions": [
            {"session_id": ended.session_id, "ended_at": rfc3339(ended.at)}
            for ended in export.revocations
        ],
        "devices": [
            {"device": device.ref, "used_at": rfc3339(device.used_at)} for device in export.devices
        ],
    }


def _profile_json(customer: Customer) -> ExportProfileJson:
    expires_at = customer.expires_at
    return {
        **customer_json(customer),
        "email_key": customer.email_key,
        "expires_at": None if expires_at is None else rfc3339(expires_at),
        "version": customer.version,
        "password_version": customer.password_version,
    }


def _links_json(customer: Customer) -> list[LinkJson]:
    """The newest links that were sent, without their tokens."""
    tokens = {purpose: customer.token(purpose) for purpose in TokenPurpose}
    return [
        {
            "purpose": purpose.value,
            "email": None if token.address is None else token.address.address,
            "expires_at": rfc3339(token.expires_at),
        }
        for purpose, token in tokens.items()
        if token is not None
    ]


def _record_json(record: AuditRecord) -> ExportRecordJson:
    """A record as its customer sees it.

    If another customer acted, such as an admin, it has neither their id nor their source: these
    are personal data of someone else (GDPR, article 15, paragraph 4).
    """
    actor = _actor(record)
    is_of_another = actor == _ANOTHER
    return {
        "time": rfc3339(record.at),
        "operation_name": record.operation_name,
        "status_code": record.status_code,
        "message": record.message,
        "actor": actor,
        "fields": list(record.fields),
        "source": None if is_of_another else record.source,
        "user_agent": None if is_of_another else record.user_agent,
        "session_id": record.session_id,
        "request_id": None if is_of_another else record.request_id,
        "record_id": record.record_id,
        "service_name": record.service_name,
    }


def _actor(record: AuditRecord) -> ActorWord:
    if record.actor_id == record.customer_id:
        return "customer"
    if record.actor_id == ANYONE:
        return "anyone"
    # Which system user it was is not the customer's.
    return "operator" if is_operator_id(record.actor_id) else _ANOTHER
