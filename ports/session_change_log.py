"""The stored feed of ended sessions."""

from abc import abstractmethod
from typing import Protocol

from ..domain.session_feed import SessionChange


class SessionChangeLog(Protocol):
    """Keeps session changes for an hour at least (``RETENTION``), in the order of their positions.

    The repositories write it, both or neither, together with each change that lets a session
    check answer otherwise than before: the end of live sessions, other roles, the deletion of
    the customer. What has expired is no change. Every method raises StoreUnavailableError when
    the store does not answer.
    """

    @abstractmethod
    def read(self, *, after: str, limit: int) -> tuple[SessionChange, ...]:
        """The first ``limit`` changes, or fewer, whose position is greater than ``after``.

        Oldest first. It sees every change that was stored before the call.

        Raises:
            StoreFaultError: this store was made without the feed, so that there is none to read.
        """
