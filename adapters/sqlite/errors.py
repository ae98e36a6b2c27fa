"""Translates the errors of SQLite into those of the library."""

import logging
import sqlite3
from typing import Final

from ...domain.errors import StoreFaultError, StoreUnavailableError

LOGGER: Final = logging.getLogger("cybershop_customer")

_PRIMARY_CODE: Final = 0xFF
"""An extended result code has the primary one in its lowest byte."""

_PASSING: Final = {
    sqlite3.SQLITE_BUSY: "another program holds the file for too long",
    sqlite3.SQLITE_LOCKED: "another connection of this process holds the file for too long",
    sqlite3.SQLITE_PROTOCOL: "other programs keep the file from being opened",
    sqlite3.SQLITE_FULL: "the disk is full, or the file has reached its limit",
    sqlite3.SQLITE_NOMEM: "there is no memory",
    sqlite3.SQLITE_INTERRUPT: "the request was interrupted",
    sqlite3.SQLITE_IOERR: "the disk does not read or write",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
}
"""Failures that may pass without a change of the settings, and what the log says of them."""

_LASTING: Final = {
    sqlite3.SQLITE_READONLY: "the file, or its directory, is read-only",
    sqlite3.SQLITE_PERM: "this user may not open the file",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database",
    sqlite3.SQLITE_AUTH: "access is denied",
}
"""Failures that an operator has to fix."""


def store_error(
    error: sqlite3.Error, *, outcome_known: bool = True
) -> StoreUnavailableError | StoreFaultError:
    """The library's error for ``error``. The log gets its cause."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE
    if code in _PASSING:
        if code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT):
            LOGGER.error("the store is unavailable: %s (%s)", _PASSING[code], _name(error))
        return StoreUnavailableError(outcome_known=outcome_known)
    reason = _LASTING.get(code, "the file has other tables than this version of the service")
    LOGGER.error("the store refuses: %s (%s)", reason, _name(error))
    return StoreFaultError(f"the store refuses: {reason}")


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", type(error).__name__)
