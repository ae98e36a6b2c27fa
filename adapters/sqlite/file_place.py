"""Whether this user can have a file at a path, and its creation."""

import os
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

from ...domain.errors import StoreFaultError
from ..forking.process_local import ProcessLocal
from .errors import refusal, unavailable

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


def require_present(path: Path) -> None:
    """Check that there is a file with content. A path that is something else passes.

    Raises:
        StoreFaultError: there is none; the message says how to create it.
    """
    if os.path.exists(path) and (not path.is_file() or path.stat().st_size):  # noqa: PTH110
        return
    if os.path.exists(path):  # noqa: PTH110
        reason = f"the SQLite file {path} is empty"
    elif os.path.isdir(path.parent):  # noqa: PTH112
        reason = f"there is no SQLite file at {path}"
    else:
        reason = (
            f"there is no SQLite file at {path}: its directory does not exist, or this user may"
            " not enter it"
        )
    raise StoreFaultError(
        f"{reason}. Set CUSTOMER_SQLITE_PATH to the file of the service, or create it:"
        " `cybershop-customer tables create`"
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


def is_empty(path: Path) -> bool:
    """Whether the file has no bytes, or does not exist."""
    return not path.exists() or path.stat().st_size == 0


def _may(path: Path, rights: int) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(path, rights, effective_ids=effective)
