"""The use case that every request of the shop needs: the session check."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ...ports.clock import Clock
from ...ports.session_repository import SessionRepository
from ..errors import RefusalReason, SessionRefusedError, StoreFaultError, StoreUnavailableError
from ..policy import SessionPolicy
from ..session import ContextId, Revocation, Session

_EXTEND_AGAIN_AFTER: Final = timedelta(seconds=10)


class SessionCheckService:
    """Says whose a session is. Of the store it needs the sessions alone."""

    def __init__(self, *, sessions: SessionRepository, clock: Clock, policy: SessionPolicy) -> None:
        self._sessions = sessions
        self._clock = clock
        self._policy = policy
        self._extend_again_at = datetime.min.replace(tzinfo=UTC)

    def check_session(self, context_id: str | None, *, customer_id: str | None = None) -> Session:
        """Say whose live session ``context_id`` is. One read; effective at once after a logout.

        Args:
            context_id: what the caller sent, whatever it is.
            customer_id: where the caller sent the pair, whose the session must be.

        Raises:
            SessionRefusedError: missing, malformed, unknown, expired or revoked.
            StoreUnavailableError: the store does not answer, or about another session.
            StoreFaultError: an operator has to mend the store.
        """
        claimed = ContextId.parse_pair(context_id, customer_id)
        session_id = claimed.session_id
        found = self._sessions.find(claimed.customer_id, session_id)
        if found is None:
            raise SessionRefusedError(RefusalReason.UNKNOWN)
        if found.session_id != session_id:
            # This reply is about another session. It must not let this caller in.
            raise StoreUnavailableError
        if isinstance(found, Revocation):
            raise SessionRefusedError(RefusalReason.REVOKED)
        if found.customer_id != claimed.customer_id:
            raise StoreUnavailableError
        now = self._clock.now()
        refusal = found.refusal(now, self._policy.max_lifetime)
        if refusal is not None:
            raise SessionRefusedError(refusal)
        return self._extended(found, now)

    def _extended(self, session: Session, now: datetime) -> Session:
        """The session with its new end, where that is worth a write and can be written."""
        end = session.issued_at + self._policy.max_lifetime
        if session.expires_at > end:
            return replace(session, expires_at=end)
        expires_at = min(now + self._policy.idle, end)
        due = expires_at - session.expires_at >= self._policy.extend_after
        if not due or not self._policy.extends or now < self._extend_again_at:
            return session
        try:
            self._sessions.extend(session, expires_at)
        except (StoreUnavailableError, StoreFaultError):
            # The session is live whether or not that could be written; and a store that takes
            # no writes just now must not hold up one check after the other.
            self._extend_again_at = now + _EXTEND_AGAIN_AFTER
            return session
        return replace(session, expires_at=expires_at)
