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
from ..session_feed import SessionFeedPage

OVERLAP: Final = timedelta(minutes=1)
"""How far back each read looks again.

A change stands in the feed at the time its writer's clock showed when it began, and is stored a
moment later: seconds, where the store had to be asked several times. A read misses nothing as
long as that and the difference between the clocks of two servers are less than this together.
"""

KEPT: Final = timedelta(hours=1)
"""A cursor older than this may have missed changes that are gone."""

MAX_PAGE: Final = 1000

_CURSOR: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z(~[A-Za-z0-9-]{1,64})?", re.ASCII
)


class SessionFeedService(SessionFeed):
    """Reads the feed from the store: one read, of the changes since a minute ago at the least."""

    def __init__(self, *, session_changes: SessionChangeLog, clock: Clock) -> None:
        self._session_changes = session_changes
        self._clock = clock

    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        """As the port says; the cursor is a place in the feed."""
        # Taken before the read: what is stored while it goes on may stand after its end.
        now = self._clock.now()
        begin = rfc3339(now - OVERLAP)
        if cursor is not None:
            _require_recent(cursor, oldest=rfc3339(now - KEPT))
        try:
            changes = self._session_changes.read(after=cursor or begin, limit=MAX_PAGE)
        except StoreUnavailableError as fault:
            raise CheckerUnavailableError(fault.retry_after) from fault
        except StoreFaultError as fault:
            raise CheckerUnavailableError from fault
        if len(changes) == MAX_PAGE:
            return SessionFeedPage(changes, changes[-1].position, complete=False)
        return SessionFeedPage(changes, begin, complete=True)


def _require_recent(cursor: str, *, oldest: str) -> None:
    detail = None
    if not _CURSOR.fullmatch(cursor):
        detail = "must be the cursor of the page before"
    elif cursor < oldest:
        detail = "is too old: forget what was remembered, and begin without one"
    if detail is not None:
        raise InvalidInputError([FieldFault("cursor", detail)])
