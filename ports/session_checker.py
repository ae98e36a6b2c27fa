"""The session check, as other services use it."""

from abc import abstractmethod
from typing import Protocol

from ..domain.session import Session


class SessionChecker(Protocol):
    """Says for each request which customer sends it, and whether the customer has a role.

    Every adapter returns the same answers and raises the same errors: the direct check, the check
    over HTTP, the cache and the fake. So a service can change the adapter and keep its code.
    Several threads may call one checker at once.
    """

    @abstractmethod
    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        """The live session that ``context_id`` opens, with the customer's current roles.

        Args:
            context_id: the text that the caller sent.
            customer_id: the customer's id that the caller sent with it, or None. The session must
                belong to this customer.
            role: the role that the customer must have, such as ``admin``; None requires no role.

        Raises:
            SessionRefusedError: there is no such live session; ``reason`` says why. Another
                customer's session is UNKNOWN.
            ForbiddenError: the session is live, but the customer lacks ``role``.
            CheckerUnavailableError: the check cannot be answered now.
        """
