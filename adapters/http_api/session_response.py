"""Parses the response to a session check, and trusts nothing in it."""

from http import HTTPStatus
from typing import Any, Final, TypeAlias, cast

from ...domain.errors import RefusalReason
from ...domain.session import ContextId, Session
from .call_failure import CallFailure, Retry
from .http_response import HttpResponse
from .results import parse_session

LOST_ON_THE_WAY: Final = frozenset({RefusalReason.MISSING, RefusalReason.MALFORMED})
BEARER_LOST: Final = CallFailure(
    "the context_id is lost on the way; let every proxy pass Authorization on",
    Retry.NEVER,
    may_have_acted=False,
)
"""The client sent a well-formed context_id, so such a refusal says nothing about the session."""

Verdict: TypeAlias = Session | RefusalReason
"""The live session, or the reason why the service refuses the ``context_id``."""


def read_session(response: HttpResponse, claimed: ContextId) -> Verdict | CallFailure:
    """The verdict of the service on ``claimed``, or why the response is no verdict."""
    if response.status == HTTPStatus.OK:
        content = response.json()
        session = (
            parse_session(content, claimed)
            if content.get("session_id") == claimed.session_id
            else None
        )
        return session or CallFailure("its answer is not about this session")
    if response.status == HTTPStatus.UNAUTHORIZED and response.problem == "session-refused":
        return _parse_refusal(response.json(), claimed)
    return response.to_failure()


def _parse_refusal(problem: dict[str, Any], claimed: ContextId) -> RefusalReason | CallFailure:
    reason = parse_reason(problem.get("reason"))
    if reason in LOST_ON_THE_WAY:
        return BEARER_LOST
    if problem.get("session_id") != claimed.session_id:
        return CallFailure("its refusal does not name this session")
    return reason


def parse_reason(reason: object) -> RefusalReason:
    """Why a session is refused. UNKNOWN stands for a reason that this version does not know."""
    try:
        return RefusalReason(cast("str", reason))
    except ValueError:
        # A later version of the service may send other reasons.
        return RefusalReason.UNKNOWN
