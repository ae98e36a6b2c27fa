"""Whose a file is, and of which version: its ``application_id`` and its ``user_version``."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from ...domain.errors import StoreFaultError
from . import schema
from .errors import refusal, translated
from .file_place import files_of, is_empty

_READ_VERSION: Final = 19
_HEADER_BYTES: Final = 20
_WITH_WRITE_AHEAD_LOG: Final = b"\x02"
"""The file format read version of such a file (SQLite, "Database File Format", 1.3.3)."""


def require_own(path: Path) -> None:
    """Check that the file is empty, or one of this service that this version can read.

    Touches nothing: it takes no lock, and SQLite creates no files beside it.

    Raises:
        StoreFaultError: it is another file.
    """
    if is_empty(path):
        return
    try:
        application_id, version = read_identity(path)
    except StoreFaultError:
        if is_empty(files_of(path)[-1]):
            raise
        # A process was killed while it created the file. SQLite undoes that by its journal.
        return
    require_identity(path, application_id, version)


def require_identity(path: Path, application_id: int, version: int) -> None:
    """Check what ``read_identity`` returned.

    Raises:
        StoreFaultError: the file is of another program, or of a newer version.
    """
    if application_id != schema.APPLICATION_ID:
        raise refusal(
            f"{path} is a database of another program. Choose another CUSTOMER_SQLITE_PATH"
        )
    newest = schema.newest_version()
    if version > newest:
        raise refusal(
            f"{path} has schema {version}, and this version of the service knows {newest}. Complete"
            " the update of the service, or restore a backup from before it"
        )


def read_identity(path: Path) -> tuple[int, int]:
    """The ``application_id`` and the ``user_version`` in the first page of the file.

    Raises:
        StoreFaultError: the file is no database, or damaged.
    """
    with translated(), closing(open_unlocked(path)) as connection:
        # A process that empties the write-ahead log may have written the first page alone so far.
        connection.execute("PRAGMA writable_schema = ON")
        return identity(connection)


def identity(connection: sqlite3.Connection) -> tuple[int, int]:
    """The ``application_id`` and the ``user_version`` of an open database."""
    application_id, version = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("application_id", "user_version")
    )
    return application_id, version


def has_write_ahead_log(path: Path) -> bool:
    """Whether SQLite keeps changes of the file in another one, as in a store; no backup does.

    This process must have no connection to the file: closing it would release their locks.
    """
    with path.open("rb") as file:
        return file.read(_HEADER_BYTES)[_READ_VERSION:] == _WITH_WRITE_AHEAD_LOG


def open_unlocked(path: Path) -> sqlite3.Connection:
    """Open a file to read what is in it, without its write-ahead log."""
    return sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
