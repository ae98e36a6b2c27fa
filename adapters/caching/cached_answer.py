"""What a session checker said, fit to be said again."""

from dataclasses import dataclass
from typing import Final

from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.session import Session

_SHARE_OF_LIFE: Final = 0.1


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A session or the reason of a refusal, and what bounds its use; times in monotonic seconds."""

    began: float
    """When the check began that gave it: it knows nothing of what happened later."""
    found: Session | RefusalReason
    ends: float
    """When the session expires, unless it is used; for ever, for a refusal."""

    @property
    def max_age_allowed(self) -> float:
        """How old it may become, whatever the policy says.

        A tenth of the life the session had left: each use moves a session's end, but only those
        checks count that reach the service. So a session in use never expires unnoticed, nor more
        than a fifth of its idle time too early.
        """
        return (self.ends - self.began) * _SHARE_OF_LIFE

    def session(self, role: str | None) -> Session:
        """The session, which must have ``role``.

        Raises:
            SessionRefusedError: the answer was a refusal.
            ForbiddenError: the role is lacking.
        """
        if isinstance(self.found, RefusalReason):
            raise SessionRefusedError(self.found)
        if role is not None:
            self.found.require(role)
        return self.found
