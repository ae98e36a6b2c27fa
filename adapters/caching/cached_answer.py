"""One answer of a session checker, kept for later checks."""

from dataclasses import dataclass
from typing import Final

from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.session import Session

_SHARE_OF_LIFE: Final = 0.1


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A session, or the reason of a refusal. All times are monotonic seconds."""

    began: float
    """When the check began. The answer may miss every later change."""
    verdict: Session | RefusalReason
    expires_at: float
    """The expiry of the session if it is not used again; infinity for a refusal."""

    @property
    def longest_age(self) -> float:
        """The age at which the answer must not be used any more, whatever the policy says.

        It is a tenth of the life that the session had left. Each use extends a session, but only
        a check that reaches the service counts as a use. With a tenth, a session in use reaches
        the service in time, and it expires at most a fifth of its idle time too early.
        """
        return (self.expires_at - self.began) * _SHARE_OF_LIFE

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
