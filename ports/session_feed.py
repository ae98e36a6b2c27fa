"""The feed of ended sessions, as other services follow it."""

from abc import abstractmethod
from typing import Protocol

from ..domain.session_feed import SessionFeedPage


class SessionFeed(Protocol):
    """Tells which customers' sessions ended before their time, or whose roles changed.

    What it costs to read grows with the number of these changes, never with that of sessions.
    """

    @abstractmethod
    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        """What has changed since ``cursor``; some changes may be told several times.

        The pages up to one that is ``complete`` are a round. When a round ends, every change
        that was stored before its first page was asked for has been told, by this round or one
        before: whoever follows round after round misses none.

        Args:
            cursor: of the page before; None to begin with what happens from now on.

        Returns:
            A page.

        Raises:
            InvalidInputError: the cursor is none, or too old: forget what was remembered, and
                begin with None.
            CheckerUnavailableError: the feed cannot be read now.
        """
