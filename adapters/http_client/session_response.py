"""Reads the answer to a session check, as strictly as a stranger's."""

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


def read_session(answer: HttpResponse, claimed: ContextId) -> Verdict | CallFailure:
    """What the service says of the session that ``claimed`` opens."""
    if answer.status == HTTPStatus.OK:
        return _session(answer.json(), claimed) or CallFailure("its answer is not this session")
    if answer.status == HTTPStatus.UNAUTHORIZED and answer.problem == "session-refused":
        return _refusal(answer.json(), claimed)
    return answer.failure()


def _refusal(found: dict[str, Any], claimed: ContextId) -> RefusalReason | CallFailure:
    reason = _reason(found.get("reason"))
    if reason in (RefusalReason.MISSING, RefusalReason.MALFORMED):
        # It was there when it was sent, and well-formed: nobody's session is refused by that.
        why = "the context_id is lost on the way; let whatever is in between pass Authorization on"
        return CallFailure(why, Retry.NEVER)
    if found.get("session_id") != claimed.session_id:
        return CallFailure("its refusal does not name this session")
    return reason


def _reason(found: object) -> RefusalReason:
    try:
        return RefusalReason(cast("str", found))
    except ValueError:
        # A later version of the service may know more reasons.
        return RefusalReason.UNKNOWN


def _session(found: dict[str, Any], claimed: ContextId) -> Session | None:
    named = found.get("session_id"), found.get("customer_id")
    if named != (claimed.session_id, claimed.customer_id):
        return None
    roles = _strings(found.get("roles"))
    issued_at, expires_at = _moment(found.get("issued_at")), _moment(found.get("expires_at"))
    if roles is None or issued_at is None or expires_at is None:
        return None
    return Session(claimed.session_id, claimed.customer_id, roles, issued_at, expires_at)


def _strings(found: object) -> frozenset[str] | None:
    if not isinstance(found, list):
        return None
    members = cast("list[object]", found)
    strings = frozenset(member for member in members if isinstance(member, str))
    return strings if all(isinstance(member, str) for member in members) else None


def _moment(found: object) -> datetime | None:
    if not isinstance(found, str) or not _RFC3339.fullmatch(found):
        return None
    try:
        return datetime.fromisoformat(found).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
