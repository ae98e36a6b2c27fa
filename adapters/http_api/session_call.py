"""The session check as a call."""

from dataclasses import dataclass

from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.session import ContextId, Session
from .api_call import Answer, ApiCall, bearer, path
from .http_response import HttpResponse
from .session_response import read_session


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCall(ApiCall[Session]):
    """``GET /api/v1/customer/session``. An answer counts only if it names this session."""

    claimed: ContextId

    def read(self, response: HttpResponse) -> Answer[Session]:
        """The session, or its refusal."""
        verdict = read_session(response, self.claimed)
        return SessionRefusedError(verdict) if isinstance(verdict, RefusalReason) else verdict


def check_session(claimed: ContextId) -> SessionCall:
    """The check of the session that ``claimed`` opens."""
    return SessionCall(
        method="GET",
        target=path("session"),
        headers=bearer(claimed.secret),
        parse=lambda _: None,
        repeatable=True,
        claimed=claimed,
    )
