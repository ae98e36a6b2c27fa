"""The use case of those who follow the feed of ended sessions."""

import re
from datetime import timedelta
from typing import Final

from ...ports.clock import Clock
from ...ports.session_change_log import SessionChangeLog
from ...ports.session_feed import SessionFeed
from ..audit import rfc3339
from ..errors import (
    CheckerUnavailableError,
    FieldFault,
    InvalidInputError,
    StoreFaultError,
    StoreUnavailableError,
)
from ..session_feed import RETENTION, SessionFeedPage

OVERLAP: Final = timedelta(minutes=1)
"""How far back each round looks again.

A change stands in the feed at the time its writer's clock showed when it began, and is stored a
moment later: seconds, where the store had to be asked several times. A round misses nothing as
long as that and the difference between the clocks of two servers are less than this together.
"""

MAX_PAGE: Final = 1000

_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_CURSOR: Final = re.compile(
    rf"(?P<after>{_TIME}~[A-Za-z0-9-]{{1,64}})_(?P<first_of_next>{_TIME})"
    rf"|(?P<first>{_TIME})",
    re.ASCII,
)


class SessionFeedService(SessionFeed):
    """Reads the feed from the store, one read a page.

    A cursor between two rounds is the time at which the next one begins: a minute before the
    first read of the last one. A cursor within a round has that time too, and before it the
    position to read on from. So what is stored late, behind the place that was read last, is
    told by the next round, however long this one takes.
    """

    def __init__(self, *, session_changes: SessionChangeLog, clock: Clock) -> None:
        self._session_changes = session_changes
        self._clock = clock

    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        """As the port says."""
        try:
            # Taken before the read: what is stored while it goes on may stand after its end.
            now = self._clock.now()
            after = next_round = rfc3339(now - OVERLAP)
            if cursor is not None:
                oldest = rfc3339(now - RETENTION)
                after, next_round = _place(cursor, now_begins=next_round, oldest=oldest)
            changes = self._session_changes.read(after=after, limit=MAX_PAGE)
        except StoreUnavailableError as error:
            raise CheckerUnavailableError(error.retry_after) from error
        except StoreFaultError as error:
            raise CheckerUnavailableError from error
        if len(changes) == MAX_PAGE:
            within = f"{changes[-1].position}_{next_round}"
            return SessionFeedPage(changes, within, complete=False)
        return SessionFeedPage(changes, next_round, complete=True)


def _place(cursor: str, *, now_begins: str, oldest: str) -> tuple[str, str]:
    """Where to read on, and where the next round begins.

    Neither a round's beginning lies later than ``now_begins``, whatever another server's clock
    says, nor anything earlier than ``oldest``.
    """
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise _refusal("must be the cursor of the page before")
    if found["first"] is not None:
        after, next_round = min(found["first"], now_begins), now_begins
    else:
        after, next_round = found["after"], min(found["first_of_next"], now_begins)
    if min(after, next_round) < oldest:
        raise _refusal("is too old: forget what was remembered, and begin without one")
    return after, next_round


def _refusal(detail: str) -> InvalidInputError:
    return InvalidInputError([FieldFault("cursor", detail)])
