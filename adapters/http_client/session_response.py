"""Parses the response to a session check, and trusts nothing in it."""

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, TypeAlias, cast

from ...domain.errors import RefusalReason
from ...domain.session import ContextId, Session
from .call_failure import CallFailure, Retry
from .http_response import HttpResponse

_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


Verdict: TypeAlias = Session | RefusalReason
"""The live session, or the reason why the service refuses the ``context_id``."""


def read_session(response: HttpResponse, claimed: ContextId) -> Verdict | CallFailure:
    """The verdict of the service on ``claimed``, or why the response is no verdict."""
    if response.status == HTTPStatus.OK:
        session = _parse_session(response.json(), claimed)
        return session or CallFailure("its answer is not about this session")
    if response.status == HTTPStatus.UNAUTHORIZED and response.problem == "session-refused":
        return _parse_refusal(response.json(), claimed)
    return response.to_failure()


def _parse_refusal(problem: dict[str, Any], claimed: ContextId) -> RefusalReason | CallFailure:
    reason = _parse_reason(problem.get("reason"))
    if reason in (RefusalReason.MISSING, RefusalReason.MALFORMED):
        # The checker sent a well-formed context_id, so this says nothing about the session.
        cause = "the context_id is lost on the way; let every proxy pass Authorization on"
        return CallFailure(cause, Retry.NEVER)
    if problem.get("session_id") != claimed.session_id:
        return CallFailure("its refusal does not name this session")
    return reason


def _parse_reason(reason: object) -> RefusalReason:
    try:
        return RefusalReason(cast("str", reason))
    except ValueError:
        # A later version of the service may send other reasons.
        return RefusalReason.UNKNOWN


def _parse_session(content: dict[str, Any], claimed: ContextId) -> Session | None:
    named = content.get("session_id"), content.get("customer_id")
    if named != (claimed.session_id, claimed.customer_id):
        return None
    roles = _parse_strings(content.get("roles"))
    issued_at = _parse_time(content.get("issued_at"))
    expires_at = _parse_time(content.get("expires_at"))
    # An older version of the service does not say it, and proves no address.
    verified = content.get("email_verified", False)
    if roles is None or issued_at is None or expires_at is None or not isinstance(verified, bool):
        return None
    return Session(claimed.session_id, claimed.customer_id, roles, issued_at, expires_at, verified)


def _parse_strings(items: object) -> frozenset[str] | None:
    if not isinstance(items, list):
        return None
    members = cast("list[object]", items)
    strings = frozenset(member for member in members if isinstance(member, str))
    return strings if all(isinstance(member, str) for member in members) else None


def _parse_time(text: object) -> datetime | None:
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
