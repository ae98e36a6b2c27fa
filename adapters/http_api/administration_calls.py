"""The calls about any customer, for admins. Each presents the ``context_id`` of its actor."""

from datetime import datetime
from typing import Final, Unpack

from ...domain.audit import AuditPage, rfc3339
from ...domain.audit_range import note_range_faults
from ...domain.client_arguments import require_target
from ...domain.customer_page import CustomerPage, note_page_faults
from ...domain.customer_profile import CustomerProfile
from ...domain.errors import (
    CustomerNotFoundError,
    EmailTakenError,
    ForbiddenError,
    LoginRequiredError,
    SelfRemovalError,
)
from ...domain.fields import EMAIL, Faults, Profile, given_profile
from ...domain.session_details import SessionSummary
from .api_call import BASE, ApiCall, bearer, if_match, path, with_query
from .results import (
    MAX_LIST,
    read_customers,
    read_done,
    read_new_version,
    read_page,
    read_profile,
    read_sessions,
)

_NO_ADMIN: Final = frozenset({ForbiddenError})


def get_customer(context_id: str, customer_id: str) -> ApiCall[CustomerProfile]:
    """``GET /api/v1/customer/{customer_id}``."""
    return ApiCall(
        method="GET",
        target=_path(customer_id),
        headers=bearer(context_id),
        parse=read_profile,
        repeatable=True,
        customer_id=customer_id,
        errors=_NO_ADMIN | {CustomerNotFoundError},
    )


def list_customers(context_id: str, *, cursor: str | None, limit: int) -> ApiCall[CustomerPage]:
    """``GET /api/v1/customer``."""
    faults = Faults()
    note_page_faults(faults, cursor=cursor, limit=limit)
    return _customers(context_id, None, cursor, limit, faults)


def find_customers(
    context_id: str, email: str, *, cursor: str | None, limit: int
) -> ApiCall[CustomerPage]:
    """``GET /api/v1/customer?email=``."""
    faults = Faults()
    faults.note("email", EMAIL.fault(email))
    note_page_faults(faults, cursor=cursor, limit=limit, email_key=None)
    return _customers(context_id, email, cursor, limit, faults)


def update_customer(
    context_id: str,
    customer_id: str,
    *,
    if_version: int | None,
    email: str | None,
    password: str | None,
    **profile: Unpack[Profile[str | None]],
) -> ApiCall[int]:
    """``PUT /api/v1/customer/{customer_id}``."""
    return ApiCall(
        method="PUT",
        target=_path(customer_id),
        fields={"email": email, "password": password, **given_profile(profile)},
        headers={**bearer(context_id), **if_match(if_version)},
        parse=read_new_version,
        customer_id=customer_id,
        errors=_NO_ADMIN | {CustomerNotFoundError, EmailTakenError},
    )


def delete_customer(context_id: str, customer_id: str, *, if_version: int | None) -> ApiCall[bool]:
    """``DELETE /api/v1/customer/{customer_id}``."""
    return ApiCall(
        method="DELETE",
        target=_path(customer_id),
        headers={**bearer(context_id), **if_match(if_version)},
        parse=read_done,
        customer_id=customer_id,
        errors=_NO_ADMIN | {CustomerNotFoundError, LoginRequiredError, SelfRemovalError},
    )


def list_sessions(context_id: str, customer_id: str) -> ApiCall[tuple[SessionSummary, ...]]:
    """``GET /api/v1/customer/{customer_id}/sessions?details=true``."""
    return ApiCall(
        method="GET",
        target=with_query(_path(customer_id, "sessions"), details="true"),
        headers=bearer(context_id),
        parse=read_sessions,
        repeatable=True,
        max_body=MAX_LIST,
        customer_id=customer_id,
        errors=_NO_ADMIN | {CustomerNotFoundError},
    )


def end_sessions(context_id: str, customer_id: str) -> ApiCall[bool]:
    """``DELETE /api/v1/customer/{customer_id}/sessions``."""
    return ApiCall(
        method="DELETE",
        target=_path(customer_id, "sessions"),
        headers=bearer(context_id),
        parse=read_done,
        customer_id=customer_id,
        errors=_NO_ADMIN | {CustomerNotFoundError, LoginRequiredError},
    )


def read_records(
    context_id: str,
    customer_id: str,
    *,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
) -> ApiCall[AuditPage]:
    """``GET /api/v1/customer/{customer_id}/log``."""
    faults = Faults()
    note_range_faults(faults, since=since, until=until, cursor=cursor, limit=limit)
    faults.raise_if_any()
    target = with_query(
        _path(customer_id, "log"),
        since=None if since is None else rfc3339(since),
        until=None if until is None else rfc3339(until),
        cursor=cursor,
        limit=limit,
    )
    return ApiCall(
        method="GET",
        target=target,
        headers=bearer(context_id),
        parse=lambda response: read_page(response, customer_id),
        repeatable=True,
        max_body=MAX_LIST,
        errors=_NO_ADMIN,
    )


def unlock(context_id: str, customer_id: str) -> ApiCall[bool]:
    """``DELETE /api/v1/customer/{customer_id}/throttle``."""
    return ApiCall(
        method="DELETE",
        target=_path(customer_id, "throttle"),
        headers=bearer(context_id),
        parse=read_done,
        customer_id=customer_id,
        errors=_NO_ADMIN,
    )


def _customers(
    context_id: str, email: str | None, cursor: str | None, limit: int, faults: Faults
) -> ApiCall[CustomerPage]:
    faults.raise_if_any()
    return ApiCall(
        method="GET",
        target=with_query(BASE, email=email, cursor=cursor, limit=limit),
        headers=bearer(context_id),
        parse=lambda response: read_customers(response, limit),
        repeatable=True,
        max_body=MAX_LIST,
        errors=_NO_ADMIN,
    )


def _path(customer_id: str, *parts: str) -> str:
    """The path of a customer.

    Raises:
        InvalidInputError: ``customer_id`` is malformed.
        CustomerNotFoundError: it is a word of the service's own paths, which no customer has.
    """
    require_target(customer_id)
    return path(customer_id, *parts)
