"""The session change feed in memory."""

from ...domain.session_feed import SessionChange
from ...ports.session_change_log import SessionChangeLog
from .tables import Tables


class MemorySessionChangeLog(SessionChangeLog):
    """Reads the changes that the repositories publish in ``tables``."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def read(self, *, after: str, limit: int, part: int | None = None) -> tuple[SessionChange, ...]:
        del part  # There is only one.
        with self._tables.lock:
            changes, _more = self._tables.session_changes.read(after=after, limit=limit)
        return changes

    def count(self, *, first: str, last: str) -> tuple[int]:
        with self._tables.lock:
            return (self._tables.session_changes.count(first, last),)
