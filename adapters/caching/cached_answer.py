"""One answer of a session checker, kept for later checks."""

from dataclasses import dataclass

from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.session import Session


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A session, or the reason of a refusal. All times are monotonic seconds."""

    customer_id: str
    """Whose session was checked, also if it was refused."""
    began: float
    """When the check began. The answer may miss every later change."""
    verdict: Session | RefusalReason
    expires_at: float
    """The expiry of the session if it is not used again; infinity for a refusal."""
    fresh_until: float
    """From then on a check asks the source, if it can be reached."""

    def require_session(self, role: str | None) -> Session:
        """The session, which must have ``role`` unless that is None.

        Raises:
            SessionRefusedError: the answer was a refusal.
            ForbiddenError: the session lacks the role.
        """
        if isinstance(self.verdict, RefusalReason):
            raise SessionRefusedError(self.verdict)
        if role is not None:
            self.verdict.require(role)
        return self.verdict
