"""Opens the file: creates it, checks whose it is, and brings its schema up to date."""

import logging
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from ...domain.errors import StoreFaultError
from .connections import require_none_inherited
from .errors import store_error
from .schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION
from .write_ahead_log import MAX_BYTES

LOGGER: Final = logging.getLogger("cybershop_customer")
_OWNER_ONLY: Final = 0o600


class DatabaseFile:
    """One SQLite file, for all processes of the service.

    Args:
        path: of the file. Its directory must exist, and be on a local disk: SQLite's locks do not
            work on every network file system.
        synchronous: ``FULL`` syncs the disk at each commit; ``NORMAL`` may lose the last commits
            when the machine loses power, but never damages the file.
        busy_seconds: how long a call waits for another process that writes.
    """

    def __init__(self, path: Path, *, synchronous: str = "FULL", busy_seconds: float = 5.0) -> None:
        self.path = path
        self.synchronous = synchronous
        self.busy_seconds = busy_seconds

    def connect(self) -> sqlite3.Connection:
        """A new connection, which several threads may use one after the other.

        Raises:
            StoreUnavailableError: the file cannot be opened now.
            StoreFaultError: the file is no database of this service, or of a newer version.
        """
        require_none_inherited()
        try:
            connection = self._open()
        except sqlite3.Error as error:
            raise store_error(error) from error
        try:
            connection.execute(f"PRAGMA synchronous = {self.synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            # What is deleted is overwritten: a deleted customer leaves nothing in free pages.
            connection.execute("PRAGMA secure_delete = ON")
            # A log that a long read made larger is cut when it begins again.
            connection.execute(f"PRAGMA journal_size_limit = {MAX_BYTES}")
            self._require_schema(connection)
        except sqlite3.Error as error:
            connection.close()
            raise store_error(error) from error
        except StoreFaultError:
            connection.close()
            raise
        return connection

    def _open(self) -> sqlite3.Connection:
        # SQLite gives its two other files the mode of this one.
        # If the file cannot be created, or exists, SQLite says what is wrong.
        with suppress(OSError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
        return sqlite3.connect(
            self.path,
            timeout=self.busy_seconds,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )

    def _require_schema(self, connection: sqlite3.Connection) -> None:
        """Check the file's version, and migrate an older one."""
        version = _pragma(connection, "user_version")
        if version < SCHEMA_VERSION:
            self._migrate(connection)
            version = _pragma(connection, "user_version")
        if version > SCHEMA_VERSION or _pragma(connection, "application_id") != APPLICATION_ID:
            raise self._refusal(version)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        if _pragma(connection, "user_version") == 0 and _has_tables(connection):
            # Another process may have created the tables meanwhile, and the version with them.
            version = _pragma(connection, "user_version")
            if version == 0:
                raise self._refusal(version)
        # WAL lets readers go on while a change is written. It is kept in the file.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = _pragma(connection, "user_version")
            if version == 0 and _has_tables(connection):
                raise self._refusal(version)
            if version > 0:
                self._back_up(version)
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _back_up(self, version: int) -> None:
        """Copy the file beside itself, before a migration changes it."""
        backup = self.path.with_name(f"{self.path.name}.v{version}.backup")
        with closing(sqlite3.connect(self.path)) as source, closing(_create(backup)) as target:
            source.backup(target)
        LOGGER.info("the file was copied to %s before its schema is updated", backup)

    def _refusal(self, version: int) -> StoreFaultError:
        if version > SCHEMA_VERSION:
            reason = (
                f"the file has schema {version}, and this version knows {SCHEMA_VERSION}: complete"
                " the update of the service"
            )
        else:
            reason = (
                "the file is a database of another program; choose another CUSTOMER_SQLITE_PATH"
            )
        LOGGER.error("the store refuses: %s", reason)
        return StoreFaultError(f"the store refuses: {reason}")


def _create(path: Path) -> sqlite3.Connection:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
    return sqlite3.connect(path)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
