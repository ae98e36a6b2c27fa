"""One file, as a store that the settings can choose."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from ...domain.errors import FieldFault, SettingsError
from ...ports.storage import Storage
from ...ports.store import Store
from ...ports.store_observer import StoreObserver
from .administration import SQLiteAdministration
from .database_file import DatabaseFile
from .storage import sqlite_storage

_OLDEST: Final = (3, 37, 0)
"""Older versions have no STRICT tables."""


class SQLiteSettings(Protocol):
    """The settings that this store reads; ``Settings`` says what each one means."""

    @property
    def sqlite_path(self) -> str: ...
    @property
    def sqlite_synchronous(self) -> str: ...
    @property
    def sqlite_busy_seconds(self) -> int: ...
    @property
    def audit_retention(self) -> timedelta: ...


class SQLiteStore(Store):
    """The file that ``CUSTOMER_SQLITE_PATH`` names. It is created at its first use."""

    def __init__(self, settings: SQLiteSettings) -> None:
        self._settings = settings

    def check_settings(self) -> None:
        """Check the version of SQLite. Whether the file can be opened shows when it is."""
        if sqlite3.sqlite_version_info < _OLDEST:
            oldest = ".".join(map(str, _OLDEST))
            detail = (
                f"must be another store here: it needs SQLite {oldest}, and this Python has"
                f" {sqlite3.sqlite_version}"
            )
            raise SettingsError([FieldFault("CUSTOMER_STORAGE", detail)])

    def make_storage(
        self,
        observer: StoreObserver | None = None,  # noqa: ARG002
    ) -> Storage:
        return sqlite_storage(self._file(), audit_retention=self._settings.audit_retention)

    def administration(self) -> SQLiteAdministration:
        return SQLiteAdministration(self._file())

    def _file(self) -> DatabaseFile:
        settings = self._settings
        return DatabaseFile(
            Path(settings.sqlite_path),
            synchronous=settings.sqlite_synchronous.upper(),
            busy_seconds=settings.sqlite_busy_seconds,
        )
