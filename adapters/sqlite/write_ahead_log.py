"""Keeps the write-ahead log of the file small.

SQLite copies the log into the file once it has 1,000 pages, in the commit that made it so large.
The log begins again at its start only when no reader needs it. While requests of several
processes read all the time, that moment may not come, and the log would grow without bound.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from .write_lock import busy_timeout

MAX_BYTES: Final = 16 * 1024 * 1024
"""The size from which a writer empties the log. It is four times the size at which SQLite copies
it, so this happens only if readers prevented that."""

_WAIT_MILLISECONDS: Final = 100
"""How long the writer waits for readers. A session check takes a thousandth of it."""


class WriteAheadLog:
    """Empties the log of the file at ``path`` once it is too large."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._path = path.with_name(f"{path.name}-wal")
        self._max_bytes = max_bytes
        self._too_large = max_bytes

    def limit(self, connection: sqlite3.Connection) -> None:
        """Empty the log if it is too large. Call it after a commit.

        New readers read the file meanwhile, and writers wait. If a long read still needs the log,
        such as a backup, the next attempt is made when the log has grown by as much again.
        """
        size = self._size()
        if size <= self._max_bytes:
            self._too_large = self._max_bytes
        elif size > self._too_large:
            # The change is stored: a failure here must not report it as failed.
            with (
                suppress(sqlite3.Error),
                busy_timeout(connection, milliseconds=_WAIT_MILLISECONDS),
            ):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._too_large = self._size() + self._max_bytes

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0
