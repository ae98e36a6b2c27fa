"""The session check as a call."""

from dataclasses import dataclass
from typing import Final

from ...domain.errors import (
    CheckerUnavailableError,
    CustomerServiceError,
    RefusalReason,
    SessionRefusedError,
)
from ...domain.session import ContextId, Session
from .api_call import Answer, ApiCall, bearer, path
from .call_failure import CallFailure
from .http_response import HttpResponse
from .session_response import read_session

_TARGET: Final = path("session")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCall(ApiCall[Session]):
    """``GET /api/v1/customer/session``. An answer counts only if it names this session."""

    claimed: ContextId

    def read(self, response: HttpResponse) -> Answer[Session]:
        """The session, or its refusal."""
        verdict = read_session(response, self.claimed)
        return SessionRefusedError(verdict) if isinstance(verdict, RefusalReason) else verdict


def require_session(answer: Answer[Session], role: str | None) -> Session:
    """The session in ``answer``, which must have ``role`` unless that is None.

    Raises:
        CheckerUnavailableError: the service gives no usable answer.
        SessionRefusedError: the service refuses the session.
        ForbiddenError: the session lacks the role.
    """
    if isinstance(answer, CallFailure):
        raise CheckerUnavailableError(answer.retry_after)
    if isinstance(answer, CustomerServiceError):
        raise answer
    if role is not None:
        answer.require(role)
    return answer


def check_session(claimed: ContextId) -> SessionCall:
    """The check of the session that ``claimed`` opens."""
    return SessionCall(
        method="GET",
        target=_TARGET,
        headers=bearer(claimed.secret),
        parse=lambda _: None,
        repeatable=True,
        claimed=claimed,
    )
