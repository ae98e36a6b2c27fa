"""Brings the tables of a file up to date, in one transaction."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from . import schema
from .errors import refusal
from .file_copy import write_copy
from .file_identity import identity, require_identity
from .write_lock import begin_or_pause

LOGGER: Final = logging.getLogger("cybershop_customer.store")


def bring_up_to_date(connection: sqlite3.Connection, path: Path, deadline: float) -> None:
    """Create the tables of an empty file, or migrate those of an older version.

    An older file is copied beside itself first. If this fails or the process is killed, the file
    is as it was. One process migrates, and the others wait until ``deadline``.

    Raises:
        StoreFaultError: the file is of a newer version, or of another program.
        sqlite3.OperationalError: the deadline has passed (``SQLITE_BUSY``), or SQLite refuses.
    """
    # A file that another process has brought up to date is not locked: its service may be busy.
    while not _is_up_to_date(connection):
        if begin_or_pause(connection, deadline):
            _change(connection, path)
            return


def _is_up_to_date(connection: sqlite3.Connection) -> bool:
    return identity(connection) == (schema.APPLICATION_ID, schema.newest_version())


def _change(connection: sqlite3.Connection, path: Path) -> None:
    try:
        application_id, version = identity(connection)
        if application_id or version or _has_tables(connection):
            require_identity(path, application_id, version)
        if 0 < version < schema.newest_version():
            _back_up(path, version)
        _migrate(connection, version)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for statements in schema.MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    # Foreign keys are off in a migration (SQLite, "Making Other Kinds Of Table Schema Changes").
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise refusal("the migration would leave rows without their customer. Report this")
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema.newest_version()}")


def _back_up(path: Path, version: int) -> None:
    backup = path.with_name(f"{path.name}.v{version}.backup")
    with closing(sqlite3.connect(path)) as source:
        write_copy(source, backup)
    LOGGER.warning(
        "the file was copied to %s, and its schema %s is updated to %s",
        *(backup, version, schema.newest_version()),
    )


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
