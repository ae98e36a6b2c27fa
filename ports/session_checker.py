"""The session check, as other services ask for it."""

from abc import abstractmethod
from typing import Protocol

from ..domain.session import Session


class SessionChecker(Protocol):
    """Answers the question of each request: whose session is this, and may they?

    Every adapter gives the same answers and raises the same errors, so that a service's code
    does not change with the way the answer comes: from the store in this process, over HTTP,
    from a cache, from a fake. All of them may be called by several threads at once.
    """

    @abstractmethod
    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        """Say whose live session ``context_id`` is: who, which roles, since when, until when.

        Args:
            context_id: what the caller sent, whatever it is.
            customer_id: where the caller sent the pair, whose the session must be.
            role: what the customer must be, such as ``admin``; None asks for nothing.

        Raises:
            SessionRefusedError: there is no such live session; ``reason`` says why. Another
                customer's session is UNKNOWN.
            ForbiddenError: the session is live, but lacks ``role``.
            CheckerUnavailableError: whose session it is cannot be known now.
        """
