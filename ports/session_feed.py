"""The session change feed, as other services follow it."""

from abc import abstractmethod
from typing import Protocol

from ..domain.session_feed import SessionFeedPage


class SessionFeed(Protocol):
    """Lists the customers whose sessions ended early, or whose roles or ``email_verified`` changed.

    The cost of reading grows with the number of these changes, not with the number of sessions.
    """

    @abstractmethod
    def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        """The changes since ``cursor``. A change may be part of several pages.

        The pages up to a ``complete`` one are a round. A round and the rounds before it contain
        every change that was stored before the first read of the round, less the largest
        ``read_age`` of its pages. So a follower that reads round after round misses no change.

        Args:
            cursor: the cursor of the page before; None to begin with the changes from now on.
            max_read_age: how many seconds before the call the read of the store may have begun.
                Followers then share reads, and a page has only new changes. With None each page is
                a read of its own, and a round repeats the changes of a minute.

        Raises:
            InvalidInputError: ``cursor`` is malformed or too old. Drop every cached answer, and
                begin with None.
            CheckerUnavailableError: the feed cannot be read now.
        """
