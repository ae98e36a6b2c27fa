"""Whether a file of the service is, or can be, at a path."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock
from typing import Final

from ...domain.errors import StoreFaultError
from ..forking.process_local import ProcessLocal
from . import schema
from .errors import refusal, translated, unavailable

_OWNER_ONLY: Final = 0o600
_one_creation: Final = ProcessLocal(Lock)


def files_of(path: Path) -> tuple[Path, ...]:
    """The file, its write-ahead log, its shared memory and its rollback journal."""
    return (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")))


def require_place(path: Path) -> None:
    """Check that this user may read and write the file, and create it and SQLite's files beside it.

    Raises:
        StoreUnavailableError: the directory does not exist, so its disk may not be mounted yet.
        StoreFaultError: a right is missing, or there is something else than a file.
    """
    directory = path.parent
    if not os.path.isdir(directory):  # noqa: PTH112 (Path's raises)
        raise unavailable(
            f"the directory {directory} does not exist, or this user may not enter it. Create it,"
            " or mount its disk"
        )
    if os.path.isdir(path):  # noqa: PTH112
        raise refusal(f"{path} is a directory. CUSTOMER_SQLITE_PATH must name a file in it")
    if not _may(directory, os.W_OK | os.X_OK):
        raise refusal(
            f"this user may not write to the directory {directory}, where SQLite keeps two more"
            " files. Give the service's user that right"
        )
    if not os.path.exists(path):  # noqa: PTH110
        return
    if not path.is_file():
        raise refusal(f"{path} is no regular file. Choose another CUSTOMER_SQLITE_PATH")
    if not _may(path, os.R_OK | os.W_OK):
        raise refusal(
            f"this user may not read and write {path}. Give the service's user the file: chown"
        )


def create_missing(path: Path) -> None:
    """Create the file, empty and for its owner only, if there is none.

    SQLite gives its other files the mode of this one, whatever the umask.
    """
    # Closing a file releases all locks of the process on it (POSIX), also those of SQLite. So no
    # other thread may open the file before this one has closed it.
    with _one_creation.get():
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY)
        except FileExistsError:
            if is_empty(path):
                with suppress(PermissionError):  # It may belong to another user.
                    path.chmod(_OWNER_ONLY)
            return
        except OSError as error:
            raise unavailable(f"cannot create {path}: {error.strerror}") from error
        try:
            path.chmod(_OWNER_ONLY)
        finally:
            os.close(descriptor)


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
    """Check what ``read_identity`` returned."""
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


def is_empty(path: Path) -> bool:
    """Whether the file has no bytes, or does not exist."""
    return not path.exists() or path.stat().st_size == 0


def read_identity(path: Path) -> tuple[int, int]:
    """The ``application_id`` and the ``user_version`` in the first page of the file."""
    with translated(), closing(open_unlocked(path)) as connection:
        # A process that empties the write-ahead log may have written the first page alone so far.
        connection.execute("PRAGMA writable_schema = ON")
        return pragma(connection, "application_id"), pragma(connection, "user_version")


def open_unlocked(path: Path) -> sqlite3.Connection:
    """Open a file to read what is in it, without its write-ahead log."""
    return sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def pragma(connection: sqlite3.Connection, name: str) -> int:
    """The number that ``PRAGMA name`` returns."""
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _may(path: Path, rights: int) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(path, rights, effective_ids=effective)
