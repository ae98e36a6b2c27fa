"""The use case of the session check, which every request of the shop needs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ...ports.clock import Clock
from ...ports.session_repository import SessionRepository
from ..errors import RefusalReason, SessionRefusedError, StoreFaultError, StoreUnavailableError
from ..policy import SessionPolicy
from ..session import ContextId, Revocation, Session

_EXTENSION_PAUSE: Final = timedelta(seconds=10)
"""How long no check extends a session after an extension failed."""


class SessionCheckService:
    """Says which customer a ``context_id`` belongs to. It uses only the session repository."""

    def __init__(self, *, sessions: SessionRepository, clock: Clock, policy: SessionPolicy) -> None:
        self._sessions = sessions
        self._clock = clock
        self._policy = policy
        self._extends_below = policy.idle - policy.extend_after
        self._extend_again_at = datetime.min.replace(tzinfo=UTC)

    def check_session(self, context_id: str | None, *, customer_id: str | None = None) -> Session:
        """The live session that ``context_id`` opens. It costs one read of the store.

        A check that begins after a logout refuses the session.

        Args:
            context_id: the text that the caller sent.
            customer_id: the customer's id that the caller sent with it, or None. The session must
                belong to this customer.

        Raises:
            SessionRefusedError: the ``context_id`` is missing, malformed, unknown, expired or
                revoked.
            StoreUnavailableError: the store does not answer, or answers about another session.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        claimed = ContextId.parse_pair(context_id, customer_id)
        session_id = claimed.session_id
        found = self._sessions.find(claimed.customer_id, session_id)
        if found is None:
            raise SessionRefusedError(RefusalReason.UNKNOWN)
        if found.session_id != session_id:
            # The reply is about another session, so it must not admit this caller.
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
        """The session with its new expiry, if an extension is due and the store accepts it."""
        policy = self._policy
        latest = session.issued_at + policy.max_lifetime
        if session.expires_at > latest:
            return replace(session, expires_at=latest)
        # The usual case, written out for speed: so much is left that no extension can be due.
        if session.expires_at - now > self._extends_below:
            return session
        expires_at = min(now + policy.idle, latest)
        due = expires_at - session.expires_at >= policy.extend_after
        if not due or not policy.extends or now < self._extend_again_at:
            return session
        try:
            self._sessions.extend(session, expires_at)
        except (StoreUnavailableError, StoreFaultError):
            # The session is live even if its extension fails. The pause keeps a store that
            # accepts no writes from delaying every check.
            self._extend_again_at = now + _EXTENSION_PAUSE
            return session
        return replace(session, expires_at=expires_at)
