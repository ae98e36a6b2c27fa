"""The calls about the own account. Each presents the ``context_id`` of its customer."""

from typing import Unpack

from ...domain.customer_profile import CustomerProfile
from ...domain.errors import (
    CustomerNotFoundError,
    EmailTakenError,
    LoginRequiredError,
    SelfRemovalError,
    SessionNotFoundError,
    WrongPasswordError,
)
from ...domain.fields import Faults, Profile, given_profile
from ...domain.session import ContextId, LoginResult, session_id_fault
from ...domain.session_details import SessionSummary
from .api_call import ApiCall, bearer, if_match, on_behalf, path
from .results import (
    MAX_LIST,
    read_changed,
    read_done,
    read_login,
    read_new_version,
    read_profile,
    read_sessions,
)

_MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
_GONE = frozenset({CustomerNotFoundError})
"""The account can be deleted at any time."""


def get_account(context_id: str) -> ApiCall[CustomerProfile]:
    """``GET /api/v1/customer/me``."""
    return ApiCall(
        method="GET",
        target=path("me"),
        headers=bearer(context_id),
        parse=read_profile,
        repeatable=True,
        customer_id=_customer_of(context_id),
        errors=_GONE,
    )


def update_account(
    context_id: str, *, if_version: int | None, **profile: Unpack[Profile[str | None]]
) -> ApiCall[int]:
    """``PATCH /api/v1/customer/me``."""
    return ApiCall(
        method="PATCH",
        target=path("me"),
        fields=given_profile(profile),
        headers={**bearer(context_id), **if_match(if_version), **_MERGE_PATCH},
        parse=read_new_version,
        customer_id=_customer_of(context_id),
        errors=_GONE,
    )


def change_email(context_id: str, email: str) -> ApiCall[bool]:
    """``PUT /api/v1/customer/me/email``."""
    return ApiCall(
        method="PUT",
        target=path("me", "email"),
        fields={"email": email},
        headers=bearer(context_id),
        parse=read_changed,
        customer_id=_customer_of(context_id),
        errors=_GONE | {EmailTakenError, LoginRequiredError},
    )


def change_password(
    context_id: str,
    *,
    password: str,
    new_password: str,
    device_token: str | None,
    source: str | None,
    user_agent: str | None,
) -> ApiCall[LoginResult]:
    """``PUT /api/v1/customer/me/password``."""
    fields = {"password": password, "new_password": new_password, "device_token": device_token}
    return ApiCall(
        method="PUT",
        target=path("me", "password"),
        fields=fields,
        headers={**bearer(context_id), **on_behalf(source, user_agent)},
        parse=read_login,
        customer_id=_customer_of(context_id),
        errors=_GONE | {LoginRequiredError, WrongPasswordError},
    )


def delete_account(context_id: str, *, if_version: int | None) -> ApiCall[bool]:
    """``DELETE /api/v1/customer/me``."""
    return ApiCall(
        method="DELETE",
        target=path("me"),
        headers={**bearer(context_id), **if_match(if_version)},
        parse=read_done,
        customer_id=_customer_of(context_id),
        errors=_GONE | {LoginRequiredError, SelfRemovalError},
    )


def list_own_sessions(context_id: str) -> ApiCall[tuple[SessionSummary, ...]]:
    """``GET /api/v1/customer/me/sessions``."""
    return ApiCall(
        method="GET",
        target=path("me", "sessions"),
        headers=bearer(context_id),
        parse=read_sessions,
        repeatable=True,
        max_body=MAX_LIST,
        customer_id=_customer_of(context_id),
        errors=_GONE,
    )


def end_session(context_id: str, session_id: str) -> ApiCall[bool]:
    """``DELETE /api/v1/customer/me/sessions/{session_id}``.

    Raises:
        InvalidInputError: ``session_id`` is malformed. In a path it could be another request.
    """
    faults = Faults()
    faults.note("session_id", session_id_fault(session_id))
    faults.raise_if_any()
    return ApiCall(
        method="DELETE",
        target=path("me", "sessions", session_id),
        headers=bearer(context_id),
        parse=read_done,
        customer_id=_customer_of(context_id),
        errors=_GONE | {LoginRequiredError, SessionNotFoundError},
    )


def end_other_sessions(context_id: str) -> ApiCall[bool]:
    """``DELETE /api/v1/customer/me/sessions``."""
    return ApiCall(
        method="DELETE",
        target=path("me", "sessions"),
        headers=bearer(context_id),
        parse=read_done,
        customer_id=_customer_of(context_id),
        errors=_GONE | {LoginRequiredError},
    )


def _customer_of(context_id: str) -> str:
    return ContextId.parse(context_id).customer_id
