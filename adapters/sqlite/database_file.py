"""Opens the file: creates it, checks whose it is, and brings its schema up to date."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from ..runtime import monotonic, sleep, uniform
from .connections import FileConnection, require_none_inherited
from .errors import refusal, result_code, translated, unavailable
from .file_identity import require_own
from .file_place import create_missing, require_place
from .migration import bring_up_to_date
from .write_ahead_log import MAX_BYTES

_PAUSE_SECONDS: Final = 0.02


class DatabaseFile:
    """One SQLite file, for all processes of the service.

    Args:
        path: of the file. Its directory must exist, and be on a local disk: SQLite's locks do not
            work on every network file system. A symbolic link is followed.
        synchronous: ``FULL`` syncs the disk at each commit; ``NORMAL`` may lose the last commits
            when the machine loses power, but never damages the file.
        busy_seconds: how long a call waits for another process that writes.
    """

    def __init__(self, path: Path, *, synchronous: str = "FULL", busy_seconds: float = 5.0) -> None:
        # A server may change its working directory later.
        self.path = Path(os.path.realpath(path))
        self.synchronous = synchronous
        self.busy_seconds = busy_seconds
        self._first_inode: tuple[int, int] | None = None

    @property
    def place(self) -> str:
        """Where the store is, for the operator."""
        return f"SQLite, the file {self.path}"

    def require_same(self) -> None:
        """Raise StoreFaultError if the path no longer names the file that was opened first.

        An open connection would go on with a file that no other process finds, and that is lost
        with the last connection.
        """
        if self._first_inode is not None and self._inode() != self._first_inode:
            raise refusal(
                f"{self.path} was replaced or removed while the service used it. Stop every process"
                " of the service, put the file back, and start again"
            )

    def forget(self) -> None:
        """Let ``connect`` open another file, after the caller has deleted or replaced this one."""
        self._first_inode = None

    def connect(self) -> sqlite3.Connection:
        """A new connection, which several threads may use one after the other.

        Raises:
            StoreUnavailableError: the file cannot be opened currently.
            StoreFaultError: the file is no database of this service, or of a newer version.
        """
        # Otherwise a service whose file was removed would go on with a new and empty one.
        self.require_same()
        require_place(self.path)
        create_missing(self.path)
        connection = self.inspect()
        try:
            with translated():
                connection.execute(f"PRAGMA synchronous = {self.synchronous}")
                # What is deleted is overwritten: a deleted customer leaves nothing in free pages.
                connection.execute("PRAGMA secure_delete = ON")
                # A long backup or copy lets the write-ahead log grow; later it is cut to this size.
                connection.execute(f"PRAGMA journal_size_limit = {MAX_BYTES}")
                bring_up_to_date(connection, self.path, monotonic() + self.busy_seconds)
                self._require_wal(connection)
                connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        if self._first_inode is None:
            self._first_inode = self._inode()
        return connection

    def inspect(self) -> sqlite3.Connection:
        """A new connection to an existing file, whose schema may be old. Changes nothing.

        Raises:
            StoreUnavailableError: the file cannot be opened currently.
            StoreFaultError: the file is no database of this service, or of a newer version.
        """
        require_none_inherited()
        require_place(self.path)
        require_own(self.path)
        before = self._inode()
        with translated():
            connection = sqlite3.connect(
                f"{self.path.as_uri()}?mode=rw",
                uri=True,
                timeout=self.busy_seconds,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
                factory=FileConnection,
            )
        try:
            with translated():
                # Waits for a process that replaces the file.
                connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
            self._require_inode(before)
        except BaseException:
            connection.close()
            raise
        return connection

    def _require_wal(self, connection: sqlite3.Connection) -> None:
        """Let readers go on while a change is written. The file keeps this mode."""
        deadline = monotonic() + self.busy_seconds
        while True:
            try:
                ((mode,),) = connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                # For this statement SQLite does not wait by itself.
                if result_code(error) != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                    raise
                sleep(uniform(0, _PAUSE_SECONDS))
            else:
                break
        if mode != "wal":
            raise refusal(
                f"SQLite cannot share memory between processes in {self.path.parent}. Choose a"
                " CUSTOMER_SQLITE_PATH on a local disk"
            )

    def _require_inode(self, before: tuple[int, int] | None) -> None:
        if self._inode() != before:
            raise unavailable(f"{self.path} was replaced meanwhile. Try again")

    def _inode(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116 (each session check comes here)
        except OSError:
            return None
        return found.st_dev, found.st_ino
