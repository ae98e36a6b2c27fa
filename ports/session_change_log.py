"""The stored feed of ended sessions."""

from abc import abstractmethod
from typing import Protocol

from ..domain.session_feed import SessionChange


class SessionChangeLog(Protocol):
    """Keeps session changes for an hour at least, in the order of their positions.

    The repositories write it, together with the change. Every method raises
    StoreUnavailableError when the store does not answer.
    """

    @abstractmethod
    def read(self, *, after: str, limit: int) -> tuple[SessionChange, ...]:
        """The first ``limit`` changes, or fewer, whose position is greater than ``after``.

        Oldest first. It sees every change that was stored before the call.
        """
