"""The use case of followers: read the session change feed."""

from collections.abc import Callable

from ...ports.clock import Clock
from ...ports.session_change_log import SessionChangeLog
from ...ports.session_feed import SessionFeed
from ..audit import rfc3339
from ..session_feed import RETENTION, SessionFeedPage
from .checker_errors import checker_errors
from .feed_cursor import OVERLAP, malformed_cursor, old_cursor, parse_time_cursor
from .feed_reader import FeedReader
from .shared_feed import MAX_PAGE, SharedFeed


class SessionFeedService(SessionFeed):
    """Reads the feed for a follower: from what this process has read, or from the store.

    A follower that says how old a read may be shares the reads of this process (``SharedFeed``).

    For any other follower each page is a read of the store. A cursor between two rounds is then the
    start of the next round: a minute before the first read of the last round. A cursor within a
    round is the position to read on from, and the start of the next round. A change that is stored
    late, before the position already read, is therefore part of the next round, however long the
    current round takes.

    Args:
        session_changes: the feed in the store.
        clock: the time of the servers.
        reader: returns the reader of this process. None is for a process that does not fork.
    """

    def __init__(
        self,
        *,
        session_changes: SessionChangeLog,
        clock: Clock,
        reader: Callable[[], FeedReader] | None = None,
    ) -> None:
        self._session_changes = session_changes
        self._clock = clock
        if reader is None:
            own_reader = FeedReader(session_changes, clock)
            self._shared = SharedFeed(session_changes, clock, lambda: own_reader)
        else:
            self._shared = SharedFeed(session_changes, clock, reader)

    @checker_errors
    def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        """As ``SessionFeed.read_changes``."""
        if max_read_age is not None:
            return self._shared.read_page(cursor, max_read_age)
        # The clock is read first: the next round must include a change that is stored during
        # this read.
        now = self._clock.now()
        after = next_round = rfc3339(now - OVERLAP)
        if cursor is not None:
            after, next_round = _read_cursor(
                cursor, latest=next_round, oldest=rfc3339(now - RETENTION)
            )
        changes = self._session_changes.read(after=after, limit=MAX_PAGE)
        if len(changes) == MAX_PAGE:
            within_round = f"{changes[-1].position}_{next_round}"
            return SessionFeedPage(changes, within_round, complete=False)
        return SessionFeedPage(changes, next_round, complete=True)


def _read_cursor(text: str, *, latest: str, oldest: str) -> tuple[str, str]:
    """The position to read on from, and the start of the next round.

    No round starts later than ``latest``, even if another server with a fast clock made the
    cursor.

    Raises:
        InvalidInputError: this is no cursor, or it is older than ``oldest``.
    """
    cursor = parse_time_cursor(text, next_round=latest)
    if cursor is None:
        raise malformed_cursor()
    next_round = min(cursor.next_round, latest)
    after = cursor.after if "~" in cursor.after else min(cursor.after, latest)
    if min(after, next_round) < oldest:
        raise old_cursor()
    return after, next_round
