"""The one reader of the session change feed in a process, which all followers share."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition
from typing import Final
from uuid import uuid4

from ...ports.clock import Clock
from ...ports.session_change_log import SessionChangeLog
from ..errors import StoreUnavailableError
from ..session_feed import SessionChange
from .feed_cursor import OVERLAP
from .new_changes import NewChanges
from .recent_reads import RecentReads

MAX_WAIT: Final = 2.0
"""Seconds from the start of a read for which other threads wait for it.

By default a follower over HTTP gives up after as long. A slow store must not hold every thread of
a service."""


@dataclass(frozen=True, slots=True)
class FeedRead:
    """A read of the store. It found every change that was stored before it began."""

    number: int
    began: float
    """When it began, in monotonic seconds."""
    began_at: datetime
    """When it began, by the clock of the servers."""
    reader_id: str
    """The id that the reader had then."""
    first: int
    """The offset of the first change that it found."""
    end: int
    """The offset after the last change that it found."""


def _steady_seconds() -> float:
    # Looked up at each call, so that a test can replace it.
    return time.monotonic()


class FeedReader:
    """Reads what is new from the store, and numbers it.

    A follower reads on from its offset, so its work grows with the new changes alone. A reader that
    was idle for longer than ``OVERLAP`` forgets everything and takes a new id. An offset has a
    meaning only together with that id.

    Args:
        session_changes: the feed in the store.
        clock: the time of the servers.
        monotonic: the time in seconds by which reads age.
    """

    def __init__(
        self,
        session_changes: SessionChangeLog,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = _steady_seconds,
    ) -> None:
        self._session_changes = session_changes
        self._clock = clock
        self._monotonic = monotonic
        self._condition = Condition()
        self._reading = False
        self._reading_since = 0.0
        self._started_reads = 0
        self._last: FeedRead | None = None
        self._failed: tuple[int, Exception] | None = None
        self._id = ""
        self._new_changes: NewChanges | None = None
        self._reads = RecentReads(datetime.min.replace(tzinfo=UTC))

    def read(self, max_age: float) -> tuple[FeedRead, float]:
        """A read, and its age: how many seconds before this call it began, or 0 if after it.

        A read that is older than ``max_age`` seconds is not returned. Threads that ask at the same
        time share one read, if it takes less than ``MAX_WAIT``.

        Raises:
            StoreUnavailableError: the store does not answer, or not soon.
            StoreFaultError: the store keeps no feed.
        """
        asked = self._monotonic()
        with self._condition:
            shared = self._join_read(asked, max_age)
            if shared is not None:
                return shared, max(0.0, asked - shared.began)
            self._reading = True
            self._reading_since = self._monotonic()
            self._started_reads += 1
            number = self._started_reads
        try:
            return self._read_store(number), 0.0
        except Exception as error:
            with self._condition:
                self._failed = number, error
            raise
        finally:
            with self._condition:
                self._reading = False
                self._condition.notify_all()

    def _join_read(self, asked: float, max_age: float) -> FeedRead | None:
        """A read that is new enough, perhaps after a wait. The caller has the lock.

        Returns:
            None if this thread has to read.
        """
        started = self._started_reads
        while True:
            last = self._last
            # A read that began after this call is new enough at any age.
            if last is not None and (last.number > started or asked - last.began < max_age):
                return last
            if self._failed is not None and self._failed[0] > started:
                raise self._failed[1]
            if not self._reading:
                return None
            left = self._reading_since + MAX_WAIT - self._monotonic()
            if left <= 0:
                raise StoreUnavailableError
            self._condition.wait(left)

    def changes_since(
        self, offset: int | None, found_since: datetime, limit: int, *, read: FeedRead, is_new: bool
    ) -> tuple[tuple[SessionChange, ...], int] | None:
        """The first ``limit`` changes from ``offset`` on, and the offset after them.

        A follower without a kept offset also gets the very late changes that were found before
        ``found_since``: the reader that it comes from may not have found them yet.

        Args:
            offset: the follower's offset under ``read.reader_id``; None if it has none.
            found_since: begin with what was found since then, if the offset is not kept.
            limit: the most changes.
            read: a read of this reader.
            is_new: whether the follower is new, and so needs no change from before ``read``.

        Returns:
            None if the changes are not kept.
        """
        with self._condition:
            reads = self._reads
            if read.reader_id != self._id:
                return None
            very_late: list[SessionChange] = []
            if offset is None or not reads.has(offset):
                offset = reads.offset_at(found_since)
                if not is_new:
                    very_late = reads.very_late_before(found_since)
                elif offset is None and reads.first <= read.first:
                    offset = reads.first
            if offset is None:
                return None
            changes = reads.changes_from(offset, max(0, limit - len(very_late)))
            return (*very_late, *changes), offset + len(changes)

    def _begin_anew(self, now: datetime) -> NewChanges:
        """Forget everything, and take a new id. No cursor has an offset under it yet."""
        with self._condition:
            self._id = uuid4().hex[:12]
            self._reads = RecentReads(now)
            self._new_changes = NewChanges(self._session_changes, now)
            return self._new_changes

    def _read_store(self, number: int) -> FeedRead:
        """Read what is new. One thread at a time does this."""
        # The clocks are read first: a change that is stored during the read may be missed.
        began, now = self._monotonic(), self._clock.now()
        new_changes = self._new_changes
        if new_changes is None or now - new_changes.read_at > OVERLAP:
            new_changes = self._begin_anew(now)
        changes = new_changes.read(now)
        ended = self._clock.now()
        with self._condition:
            first = self._reads.end
            self._reads.add(ended, changes, new_changes.very_late)
            self._failed = None
            self._last = FeedRead(number, began, now, self._id, first, self._reads.end)
            return self._last
