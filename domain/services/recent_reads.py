"""What a reader of the feed found in its last reads, in the order in which it was found."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..session_feed import SessionChange

KEPT_FOR: Final = timedelta(minutes=1)
"""How long after the end of a read its changes are kept."""

MAX_KEPT: Final = 200_000
"""The most changes that are kept: 20 seconds of 10,000 a second, about 60 MB."""

MAX_VERY_LATE: Final = 500
"""The most very late changes that are kept: half a page."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One read that found something."""

    ended: datetime
    first: int
    """The offset of its first change."""
    changes: Sequence[SessionChange]


class RecentReads:
    """Numbers the changes, and keeps the last ones. Not safe for threads.

    An offset is the number of changes that were found before it.

    Args:
        kept_since: what was found at this time or later is kept.
    """

    def __init__(self, kept_since: datetime) -> None:
        self._kept_since = kept_since
        self._reads: deque[_Read] = deque()
        self._kept = 0
        self._very_late: deque[tuple[datetime, SessionChange]] = deque()
        self.end = 0
        """The offset after the last change."""

    @property
    def first(self) -> int:
        """The offset of the first change that is kept."""
        return self.end - self._kept

    def add(
        self,
        ended: datetime,
        changes: Sequence[SessionChange],
        very_late: Iterable[SessionChange] = (),
    ) -> None:
        """Note what a read found that ended at this time, and drop what is old.

        ``very_late`` are those of ``changes`` that another reader may find much later or earlier.
        """
        if changes:
            self._reads.append(_Read(ended, self.end, changes))
            self.end += len(changes)
            self._kept += len(changes)
        while self._reads and (self._kept > MAX_KEPT or self._reads[0].ended < ended - KEPT_FOR):
            dropped = self._reads.popleft()
            self._kept -= len(dropped.changes)
            self._kept_since = max(self._kept_since, dropped.ended + timedelta.resolution)
        self._very_late += [(ended, change) for change in very_late]
        while self._very_late and self._very_late[0][0] < ended - KEPT_FOR:
            self._very_late.popleft()
        while len(self._very_late) > MAX_VERY_LATE:
            found, _ = self._very_late.popleft()
            # A follower that may not know it must read the store, as if its time were not kept.
            self._kept_since = max(self._kept_since, found + KEPT_FOR)

    def very_late_before(self, moment: datetime) -> list[SessionChange]:
        """The very late changes of the last minute that were found before ``moment``."""
        return [change for found, change in self._very_late if found < moment]

    def has(self, offset: int) -> bool:
        """Whether every change from ``offset`` on is kept."""
        return self.first <= offset <= self.end

    def changes_from(self, offset: int, limit: int) -> tuple[SessionChange, ...]:
        """The first ``limit`` changes from ``offset`` on. All of them must be kept."""
        found: list[SessionChange] = []
        for read in self._reads_from(offset):
            start = max(0, offset - read.first)
            found += read.changes[start : start + limit - len(found)]
            if len(found) == limit:
                break
        return tuple(found)

    def offset_at(self, moment: datetime) -> int | None:
        """The offset of the first change found at ``moment`` or later; None if that is not kept."""
        if moment < self._kept_since:
            return None
        offset = self.end
        for read in reversed(self._reads):
            if read.ended < moment:
                break
            offset = read.first
        return offset

    def _reads_from(self, offset: int) -> list[_Read]:
        """The reads that have changes from ``offset`` on."""
        reads: list[_Read] = []
        # From the end, because most followers ask for the last ones.
        for read in reversed(self._reads):
            if read.first + len(read.changes) <= offset:
                break
            reads.append(read)
        return reads[::-1]
