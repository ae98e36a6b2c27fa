"""Reads results from responses. Each function returns None if the response is not valid."""

import re
from typing import Any, Final, cast

from ...domain.audit import AuditPage, AuditRecord
from ...domain.customer_page import CustomerPage, is_cursor
from ...domain.customer_profile import AddedCustomer, CustomerProfile
from ...domain.errors import SessionRefusedError
from ...domain.fields import PROFILE
from ...domain.session import ContextId, LoginResult, Session
from ...domain.session_details import SessionSummary
from .http_response import HttpResponse
from .json_values import parse_objects, parse_strings, parse_text, parse_time

MAX_LIST: Final = 1024 * 1024
"""The most bytes of a response with a list. A page of 1000 audit records has about half of that."""

_ENTITY_TAG: Final = re.compile(r'(?:W/)?"(\d{1,15})"', re.ASCII)


def read_accepted(response: HttpResponse) -> bool | None:
    """True, if it is the service's answer to someone of whom it tells nothing."""
    content = response.json()
    accepted = isinstance(content.get("message"), str) and "customer_id" not in content
    return accepted or None


def read_done(response: HttpResponse) -> bool | None:
    """True, if it is the service's answer that the request about a customer is done."""
    return True if read_customer_id(response) is not None else None


def read_version(response: HttpResponse) -> int | None:
    """The version in the header ETag."""
    match = _ENTITY_TAG.fullmatch(response.headers.get("etag", ""))
    return None if match is None else int(match[1])


def read_customer_id(response: HttpResponse) -> str | None:
    """The id of the customer for whom a change is done. The answer to a read has no message."""
    content = response.json()
    told = isinstance(content.get("message"), str)
    return parse_text(content.get("customer_id")) if told else None


def read_new_version(response: HttpResponse) -> int | None:
    """The version of a customer whose update is done."""
    return None if read_customer_id(response) is None else read_version(response)


def read_added(response: HttpResponse) -> AddedCustomer | None:
    """The new customer."""
    customer_id, version = read_customer_id(response), read_version(response)
    if customer_id is None or version is None:
        return None
    return AddedCustomer(customer_id, version)


def read_changed(response: HttpResponse) -> bool | None:
    """The member ``changed``."""
    changed = response.json().get("changed")
    return changed if isinstance(changed, bool) else None


def read_profile(response: HttpResponse) -> CustomerProfile | None:
    """A customer's profile."""
    return _parse_profile(response.json(), read_version(response))


def read_customers(response: HttpResponse, limit: int) -> CustomerPage | None:
    """A page of at most ``limit`` customers."""
    content = response.json()
    items, cursor = parse_objects(content.get("customers")), content.get("next_cursor")
    if items is None or len(items) > limit:
        return None
    if cursor is not None and not is_cursor(cursor):
        return None
    parsed = [_parse_profile(item, _parse_version(item)) for item in items]
    customers = tuple(customer for customer in parsed if customer is not None)
    return CustomerPage(customers, cursor) if len(customers) == len(parsed) else None


def _parse_version(item: dict[str, Any]) -> int | None:
    version = item.get("version")
    return version if type(version) is int else None


def _parse_profile(content: dict[str, Any], version: int | None) -> CustomerProfile | None:
    customer_id, email = parse_text(content.get("customer_id")), content.get("email")
    roles = parse_strings(content.get("roles"))
    created_at = parse_time(content.get("created_at"))
    updated_at = parse_time(content.get("updated_at"))
    verified = content.get("email_verified", False)
    # An older version of the service does not know the newer fields.
    texts = {name: content.get(name, "") for name in PROFILE}
    if (
        customer_id is None
        or version is None
        or roles is None
        or created_at is None
        or updated_at is None
        or not isinstance(verified, bool)
        or not (email is None or isinstance(email, str))
        or not all(isinstance(text, str) for text in texts.values())
    ):
        return None
    return CustomerProfile(
        customer_id=customer_id,
        email=email,
        email_verified=verified,
        roles=roles,
        created_at=created_at,
        updated_at=updated_at,
        version=version,
        **texts,
    )


def read_login(response: HttpResponse) -> LoginResult | None:
    """A new session with its secrets."""
    content = response.json()
    context_id, device_token = content.get("context_id"), content.get("device_token", "")
    if not isinstance(context_id, str) or not isinstance(device_token, str):
        return None
    try:
        claimed = ContextId.parse(context_id)
    except SessionRefusedError:
        return None
    session = parse_session(content, claimed)
    return None if session is None else LoginResult(context_id, session, device_token)


def parse_session(content: dict[str, Any], claimed: ContextId) -> Session | None:
    """The session of ``claimed``, if ``content`` speaks of its customer."""
    if content.get("customer_id") != claimed.customer_id:
        return None
    roles = parse_strings(content.get("roles"))
    issued_at = parse_time(content.get("issued_at"))
    expires_at = parse_time(content.get("expires_at"))
    # An older version of the service does not say it, and proves no address.
    verified = content.get("email_verified", False)
    if roles is None or issued_at is None or expires_at is None or not isinstance(verified, bool):
        return None
    return Session(claimed.session_id, claimed.customer_id, roles, issued_at, expires_at, verified)


def read_sessions(response: HttpResponse) -> tuple[SessionSummary, ...] | None:
    """The sessions of a customer."""
    items = parse_objects(response.json().get("sessions"))
    if items is None:
        return None
    parsed = [_parse_summary(item) for item in items]
    sessions = tuple(session for session in parsed if session is not None)
    return sessions if len(sessions) == len(parsed) else None


def read_page(response: HttpResponse, customer_id: str) -> AuditPage | None:
    """A page of audit records of this customer."""
    content = response.json()
    items, cursor = parse_objects(content.get("records")), content.get("next_cursor")
    if items is None or not (cursor is None or isinstance(cursor, str)):
        return None
    parsed = [_parse_record(item) for item in items]
    records = tuple(record for record in parsed if record is not None)
    of_customer = all(record.customer_id == customer_id for record in records)
    return AuditPage(records, cursor) if of_customer and len(records) == len(parsed) else None


def _parse_summary(item: dict[str, Any]) -> SessionSummary | None:
    session_id = parse_text(item.get("session_id"))
    issued_at, expires_at = parse_time(item.get("issued_at")), parse_time(item.get("expires_at"))
    if session_id is None or issued_at is None or expires_at is None:
        return None
    return SessionSummary(
        session_id,
        issued_at,
        expires_at,
        parse_text(item.get("source")),
        parse_text(item.get("user_agent")),
        parse_text(item.get("device")),
    )


_RECORD_TEXTS: Final = (
    "record_id",
    "customer_id",
    "actor_id",
    "operation_name",
    "message",
    "service_name",
)


def _parse_record(item: dict[str, Any]) -> AuditRecord | None:
    texts = {name: item.get(name) for name in _RECORD_TEXTS}
    at, status, fields = parse_time(item.get("time")), item.get("status_code"), item.get("fields")
    names = parse_strings(fields)
    if at is None or names is None or not isinstance(status, int) or not isinstance(fields, list):
        return None
    if not all(isinstance(text, str) for text in texts.values()):
        return None
    values: dict[str, Any] = texts
    return AuditRecord(
        **values,
        status_code=status,
        at=at,
        fields=tuple(cast("list[str]", fields)),
        source=parse_text(item.get("source")),
        request_id=parse_text(item.get("request_id")),
        session_id=parse_text(item.get("session_id")),
        user_agent=parse_text(item.get("user_agent")),
    )
