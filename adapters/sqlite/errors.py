"""Translates the errors of SQLite into those of the library."""

import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ..runtime import monotonic

LOGGER: Final = logging.getLogger("cybershop_customer.store")

_LOG_INTERVAL: Final = 60
"""Seconds. The log has at most one line for a reason in any time of this length."""

_PRIMARY_CODE: Final = 0xFF
"""An extended result code has the primary one in its lowest byte."""

_PASSING: Final = {
    sqlite3.SQLITE_BUSY: (
        "another process holds the file for too long. If no other process of the service runs a"
        " long change, find the program that holds it: fuser -v FILE"
    ),
    sqlite3.SQLITE_LOCKED: "another connection of this process holds the file for too long",
    sqlite3.SQLITE_PROTOCOL: "other processes keep the file from being opened",
    sqlite3.SQLITE_FULL: "the disk is full. Free space on it",
    sqlite3.SQLITE_NOMEM: "the system has no memory left",
    sqlite3.SQLITE_INTERRUPT: "the work was interrupted",
    sqlite3.SQLITE_IOERR: (
        "the disk does not read or write, or is full. Look at its free space, and at the system's"
        " log"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the file, or one of the two beside it, cannot be opened. Look at their owner, and at the"
        " limit of open files"
    ),
}
"""Failures that may pass without a change of the settings, and what the operator can do."""

_LASTING: Final = {
    sqlite3.SQLITE_READONLY: (
        "the file, or one of the two beside it, is read-only. Give the service's user the right to"
        " write them"
    ),
    sqlite3.SQLITE_PERM: "this user may not open the file. Give the service's user that right",
    sqlite3.SQLITE_CORRUPT: "the file is damaged. Restore a backup",
    sqlite3.SQLITE_NOTADB: (
        "the file is no SQLite database, or its beginning is damaged. Choose another"
        " CUSTOMER_SQLITE_PATH, or restore a backup"
    ),
    sqlite3.SQLITE_AUTH: "SQLite denies access",
}
"""Failures that an operator has to fix."""

_OTHER_TABLES: Final = (
    "the file has other tables than this version of the service. Restart every process of the"
    " service with the same version"
)

_next_log: Final[dict[str, float]] = {}
"""For each reason, from when on it is logged again."""


class FileUnavailableError(StoreUnavailableError):
    """The file cannot be used currently. ``reason`` is for the operator; callers do not see it."""

    def __init__(self, reason: str, *, outcome_known: bool = True) -> None:
        self.reason = reason
        super().__init__(outcome_known=outcome_known)


def result_code(error: sqlite3.Error) -> int:
    """The primary result code of ``error``."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & _PRIMARY_CODE


def store_error(
    error: sqlite3.Error, *, outcome_known: bool = True
) -> StoreUnavailableError | StoreFaultError:
    """The library's error for ``error``. The log gets the reason if the error does not say it."""
    code = result_code(error)
    text = _PASSING.get(code) or _LASTING.get(code, _OTHER_TABLES)
    what, stop, remedy = text.partition(". ")
    reason = f"{what} ({getattr(error, 'sqlite_errorname', type(error).__name__)}){stop}{remedy}"
    if code in _PASSING:
        return unavailable(reason, outcome_known=outcome_known)
    return refusal(reason)


def unavailable(reason: str, *, outcome_known: bool = True) -> FileUnavailableError:
    """The error for a failure that may pass. The log gets its reason, once in a minute."""
    now = monotonic()
    if now >= _next_log.get(reason, now):
        _next_log[reason] = now + _LOG_INTERVAL
        LOGGER.error("the store is unavailable: %s", reason)
    return FileUnavailableError(reason, outcome_known=outcome_known)


def refusal(reason: str) -> StoreFaultError:
    """The error for a failure that an operator has to fix. Its text has the reason."""
    return StoreFaultError(f"the store refuses: {reason}")


@contextmanager
def translated() -> Generator[None]:
    """Translate the errors of SQLite that the block raises."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(error) from error
