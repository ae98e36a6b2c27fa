"""The use case of followers: read the session change feed."""

import re
from datetime import datetime, timedelta
from typing import Final

from ...ports.clock import Clock
from ...ports.session_change_log import SessionChangeLog
from ...ports.session_feed import SessionFeed
from ..audit import rfc3339
from ..errors import FieldFault, InvalidInputError
from ..session_feed import RETENTION, SessionFeedPage
from .checker_errors import checker_errors

OVERLAP: Final = timedelta(minutes=1)
"""How far back each round starts before the time of its first read.

The position of a change is the time at which its writer began. The store receives the change
later, by seconds if the writer has to retry. A round misses no change as long as this delay and
the difference between the clocks of two servers add up to less than ``OVERLAP``.
"""

MAX_PAGE: Final = 1000

_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_CURSOR: Final = re.compile(
    rf"(?P<after>{_TIME}~[A-Za-z0-9-]{{1,64}})_(?P<next_round>{_TIME})"
    rf"|(?P<round_start>{_TIME})",
    re.ASCII,
)


class SessionFeedService(SessionFeed):
    """Reads the feed from the store, one read a page.

    A cursor between two rounds is the start of the next round: a minute before the first read of
    the last round. A cursor within a round is the position to read on from, and the start of the
    next round. A change that is stored late, before the position already read, is therefore part
    of the next round, however long the current round takes.
    """

    def __init__(self, *, session_changes: SessionChangeLog, clock: Clock) -> None:
        self._session_changes = session_changes
        self._clock = clock

    @checker_errors
    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        """As ``SessionFeed.read_changes``."""
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


def seconds_since_round(cursor: str, now: datetime) -> float | None:
    """How long ago the round began that made ``cursor``: so far is its follower behind.

    None if it is no cursor. A follower on a machine with a faster clock is not behind.
    """
    parts = _CURSOR.fullmatch(cursor)
    if parts is None:
        return None
    try:
        began = datetime.fromisoformat(parts["round_start"] or parts["next_round"]) + OVERLAP
    except (ValueError, OverflowError):
        return None  # Such as the 31st of February.
    return max(0.0, (now - began).total_seconds())


def _read_cursor(cursor: str, *, latest: str, oldest: str) -> tuple[str, str]:
    """The position to read on from, and the start of the next round.

    No round starts later than ``latest``, even if another server with a fast clock made the
    cursor.

    Raises:
        InvalidInputError: this is no cursor, or it is older than ``oldest``.
    """
    parts = _CURSOR.fullmatch(cursor)
    if parts is None:
        raise _refusal("must be the cursor of the page before")
    if parts["round_start"] is not None:
        after, next_round = min(parts["round_start"], latest), latest
    else:
        after, next_round = parts["after"], min(parts["next_round"], latest)
    if min(after, next_round) < oldest:
        raise _refusal("is too old: forget what was remembered, and begin without one")
    return after, next_round


def _refusal(detail: str) -> InvalidInputError:
    return InvalidInputError([FieldFault("cursor", detail)])
