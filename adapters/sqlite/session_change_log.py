"""The session change feed in the file."""

from ...domain.session_feed import SessionChange
from ...ports.session_change_log import SessionChangeLog
from .database import Database


class SQLiteSessionChangeLog(SessionChangeLog):
    """Reads the changes that the repositories publish. In the file, this is always done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, *, after: str, limit: int, part: int | None = None) -> tuple[SessionChange, ...]:
        del part  # There is only one.
        rows = self._database.read_all(
            "SELECT position, customer_id FROM session_change"
            " WHERE position > ? ORDER BY position LIMIT ?",
            (after, limit),
        )
        return tuple(SessionChange(position, customer_id) for position, customer_id in rows)

    def count(self, *, first: str, last: str) -> tuple[int]:
        (row,) = self._database.read_all(
            "SELECT COUNT(*) FROM session_change WHERE position BETWEEN ? AND ?", (first, last)
        )
        return (int(row[0]),)
