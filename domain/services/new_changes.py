"""Finds the changes in the store that were not there at the last read."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from ...ports.session_change_log import SessionChangeLog
from ..audit import rfc3339
from ..session_feed import SessionChange
from .feed_cursor import OVERLAP
from .known_changes import KnownChanges, tenth_of

TAIL: Final = timedelta(seconds=0.5)
"""How long before the last one each read begins. Most changes are stored within this time."""

RECENT: Final = timedelta(seconds=5)
"""How long before the last read each read counts the changes, at least.

A writer whose change took more than a second publishes it again (``Database.transact``), and
clocks are corrected to within 1.5 seconds. Anything later is found within half a minute.
"""

READ_LIMIT: Final = 10_000
"""The most changes of one read of the store."""

_PACE: Final = 3
"""How many older seconds of the minute are counted for each second between two reads.

All of them are then counted within 14 seconds, however often the store is read. So a change that is
stored half a minute late is counted before it is a minute old.
"""

_FEW: Final = 500
"""Up to so many changes are cheaper to read again than to count."""

_FEW_OF_A_PART: Final = 2_500
"""Up to so many changes of one part are cheaper to read again than to count by smaller times."""

_TENTH: Final = timedelta(seconds=0.1)


class NewChanges:
    """Remembers the changes of the last minute, and returns the new ones. Not safe for threads.

    A change may be stored late: with a position before changes that were read already. To find it,
    this asks the store *how many* changes each part has, and reads a time of a part again if it
    knows another number. On DynamoDB a count costs as many read units as a read, but almost no CPU
    time in this process.

    Args:
        session_changes: the feed in the store.
        now: the current time. The first read may return some changes from before it.
    """

    def __init__(self, session_changes: SessionChangeLog, now: datetime) -> None:
        self._session_changes = session_changes
        self._known = KnownChanges()
        self._found: list[SessionChange] = []
        self._slice_end = now
        """The end of the next older part of the minute to count. It moves back at each read."""
        self._is_first = True
        self._skipped = "~", ""
        """The positions between which the first read skipped changes. Those are not late."""
        self.read_at = now
        """The time of the last read."""
        self.very_late: list[SessionChange] = []
        """Changes of the last read that another reader may find half a minute earlier or later."""

    def read(self, now: datetime) -> list[SessionChange]:
        """The changes that were stored since the last read, in any order.

        What a read found before it failed is part of the next one.
        """
        before, was_first = min(self.read_at, now), self._is_first
        if was_first:
            self._learn(before)
            self._is_first = False
        elif len(self._known) <= _FEW:
            self._read_from(rfc3339(before - OVERLAP))
        else:
            self._read_from(tenth_of(before - TAIL))
            self._count_again(before, now)
        self.read_at = now
        self._known.forget_before(tenth_of(before - OVERLAP))
        found, self._found = self._found, []
        self.very_late = [] if was_first else self._very_late_of(found, tenth_of(before - RECENT))
        return found

    def _very_late_of(self, found: list[SessionChange], recent: str) -> list[SessionChange]:
        if self._session_changes.max_recount is None:
            return []  # Each read of each reader counts the whole minute.
        first, last = self._skipped
        return [
            change
            for change in found
            if change.position < recent and not first < change.position < last
        ]

    def _learn(self, before: datetime) -> None:
        """Read the last minute. Of very many changes, leave the middle ones to later reads."""
        most = self._session_changes.max_recount
        page = self._session_changes.read(after=rfc3339(before - OVERLAP), limit=READ_LIMIT)
        self._found += self._known.take_new(page)
        if len(page) < READ_LIMIT:
            return
        learned, recent = page[-1].position, tenth_of(before - RECENT)
        if most is None or learned >= recent:
            self._read_from(learned)
        else:
            self._skipped = learned, recent
            self._read_from(recent)

    def _count_again(self, before: datetime, now: datetime) -> None:
        """Find the changes that were stored late, in the part of the minute that is due."""
        most, tail, start = self._session_changes.max_recount, before - TAIL, before - OVERLAP
        if most is None or len(self._known) <= most:
            self._find_late(start, tail)
            return
        recent = before - RECENT
        self._find_late(recent, tail)
        if not start < self._slice_end <= recent:
            self._slice_end = recent
        end = self._slice_end
        slice_start = max(start, end - max(_TENTH, _PACE * (now - before)))
        self._find_late(slice_start, end)
        # Only now: if the count failed, the next read repeats it.
        self._slice_end = slice_start

    def _find_late(
        self, start: datetime, end: datetime, parts: Collection[int] | None = None
    ) -> None:
        """Read the unknown changes from ``start`` to before ``end``, of all parts or of some.

        It halves the time until few changes of a part are left to read again.
        """
        first, last = tenth_of(start), tenth_of(end)
        # ``last`` is the beginning of positions and no position, so the count ends before it.
        stored = self._session_changes.count(first=first, last=last)
        known = self._known.count(first, last, len(stored))
        wrong = [
            part
            for part in (range(len(stored)) if parts is None else parts)
            if stored[part] != known[part]
        ]
        if not wrong:
            return
        largest = max(stored[part] for part in wrong)
        if end - start <= 2 * _TENTH or largest <= _FEW_OF_A_PART:
            for part in wrong:
                self._read_from(first, last, limit=min(stored[part] + 1, READ_LIMIT), part=part)
            return
        middle = start + (end - start) / 2
        self._find_late(start, middle, wrong)
        self._find_late(middle, end, wrong)

    def _read_from(
        self, after: str, last: str = "~", *, limit: int | None = None, part: int | None = None
    ) -> None:
        """Read the changes after one position and before another, and note the new ones."""
        limit = limit or READ_LIMIT
        while True:
            page = self._session_changes.read(after=after, limit=limit, part=part)
            wanted = (change for change in page if change.position < last)
            self._found += self._known.take_new(wanted)
            if len(page) < limit or page[-1].position >= last:
                return
            after = page[-1].position
