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

        Args:
            cursor: of the page before; None to begin with what happens from now on.

        Returns:
            A page. Every change that was stored before the call, and after the page that gave
            ``cursor`` was read, is in it, or in those that follow until one is ``complete``.

        Raises:
            InvalidInputError: the cursor is none, or too old: forget what was remembered, and
                begin with None.
            CheckerUnavailableError: the feed cannot be read now.
        """
