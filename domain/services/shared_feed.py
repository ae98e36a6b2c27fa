"""The session change feed as followers share it: each reads on from its offset."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ...ports.clock import Clock
from ...ports.session_change_log import SessionChangeLog
from ..audit import rfc3339
from ..session_feed import RETENTION, SessionFeedPage
from .feed_cursor import OVERLAP, FeedCursor, malformed_cursor, old_cursor, parse_cursor
from .feed_reader import FeedReader

MAX_PAGE: Final = 1000
"""The most changes of a page."""

CLOCK_MARGIN: Final = timedelta(seconds=10)
"""How much the clocks of two instances of the service may differ.

A follower that comes from another reader gets what this one found from so long before the last
complete round on.
"""


class SharedFeed:
    """Pages of what one reader in this process found.

    - A reader that the cursor names returns what it found from its offset in the cursor on. That is
      complete, whatever other readers found.
    - Another reader returns what it found since the last complete round.
    - If it does not keep that, as after a start, the store is read by time, page by page.

    Args:
        session_changes: the feed in the store.
        clock: the time of the servers.
        reader: returns the reader of this process.
    """

    def __init__(
        self,
        session_changes: SessionChangeLog,
        clock: Clock,
        reader: Callable[[], FeedReader],
    ) -> None:
        self._session_changes = session_changes
        self._clock = clock
        self._reader = reader

    def read_page(self, text: str | None, max_read_age: float) -> SessionFeedPage:
        """The changes since the cursor ``text``, as ``SessionFeed.read_changes`` says.

        Raises:
            InvalidInputError: ``text`` is malformed or too old.
        """
        now = self._clock.now()
        cursor = FeedCursor(now) if text is None else _checked(text, now)
        if cursor.after is not None:
            return self._read_store(cursor, cursor.after)
        reader = self._reader()
        read, read_age = reader.read(max_read_age)
        found = reader.changes_since(
            cursor.offset_of(read.reader_id),
            cursor.round_at - CLOCK_MARGIN,
            MAX_PAGE,
            read=read,
            is_new=text is None,
        )
        if found is None:
            known_until = cursor.round_at
            # The offset is from before the first read of this round, so it can miss nothing.
            cursor = replace(cursor.with_offset(read.reader_id, read.end), round_at=now)
            return self._read_store(cursor, rfc3339(known_until - OVERLAP))
        changes, offset = found
        complete = offset >= read.end
        cursor = cursor.with_offset(read.reader_id, offset)
        if complete:
            cursor = replace(cursor, round_at=read.began_at)
        return SessionFeedPage(changes, str(cursor), complete, read_age)

    def _read_store(self, cursor: FeedCursor, after: str) -> SessionFeedPage:
        """A page of a round that reads the store by time."""
        changes = self._session_changes.read(after=after, limit=MAX_PAGE)
        complete = len(changes) < MAX_PAGE
        cursor = replace(cursor, after=None if complete else changes[-1].position)
        return SessionFeedPage(changes, str(cursor), complete)


def _checked(text: str, now: datetime) -> FeedCursor:
    """The cursor in ``text``. It is not ahead of ``now``, even if a fast clock made it."""
    cursor = parse_cursor(text)
    if cursor is None:
        raise malformed_cursor()
    oldest = now - RETENTION
    if cursor.round_at < oldest + OVERLAP or (cursor.after or "~") < rfc3339(oldest):
        raise old_cursor()
    return replace(cursor, round_at=min(cursor.round_at, now))
