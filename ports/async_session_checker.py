"""The session check for services on asyncio."""

from abc import abstractmethod
from typing import Protocol

from ..domain.session import Session


class AsyncSessionChecker(Protocol):
    """The ``SessionChecker`` of an event loop: the same answers and errors, by a coroutine."""

    @abstractmethod
    async def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        """As ``SessionChecker.check_session``. It never blocks the event loop."""
