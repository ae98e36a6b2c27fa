"""The session change feed for services on asyncio."""

from abc import abstractmethod
from typing import Protocol

from ..domain.session_feed import SessionFeedPage


class AsyncSessionFeed(Protocol):
    """The ``SessionFeed`` of an event loop."""

    @abstractmethod
    async def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        """As ``SessionFeed.read_changes``. It never blocks the event loop."""
