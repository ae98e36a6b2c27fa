"""All entries of the file, read and written page by page."""

import json
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress

from ...domain.errors import StoreFaultError
from ...domain.store_entry import StoreEntry
from ...ports.bulk_access import BulkTarget, EntryPage
from ..runtime import monotonic
from .bulk_rows import ENTRY_TABLES, OTHER_TABLES, EntryTable, write_entry
from .database_file import DatabaseFile
from .errors import result_code, translated
from .file_place import require_present
from .write_lock import begin


class SQLiteBulkAccess(BulkTarget):
    """Reads and writes through one connection.

    A cursor is a JSON array: the name of a table, and the primary key of the last row.
    """

    def __init__(self, connection: sqlite3.Connection, file: DatabaseFile) -> None:
        self._connection = connection
        self._file = file

    @property
    def place(self) -> str:
        return self._file.place

    @translated()
    def estimate_count(self) -> int:
        counts = (
            self._connection.execute(f"SELECT count(*) FROM {table.name}")  # noqa: S608 (constants)
            for table in ENTRY_TABLES
        )
        return sum(rows.fetchone()[0] for rows in counts)

    @translated()
    def read_page(self, after: str | None, *, limit: int) -> EntryPage:
        index, last = _read_cursor(after)
        table = ENTRY_TABLES[index]
        key, marks = ", ".join(table.key), ", ".join("?" for _ in table.key)
        rows = self._connection.execute(
            f"SELECT {table.columns} FROM {table.name}"  # noqa: S608 (constants)
            f" WHERE ({key}) > ({marks}) ORDER BY {key} LIMIT ?",
            (*last, limit),
        ).fetchall()
        entries = tuple(table.to_entry(self._connection, row) for row in rows)
        if len(rows) == limit:
            return EntryPage(entries, json.dumps([table.name, *rows[-1][: len(table.key)]]))
        if index + 1 == len(ENTRY_TABLES):
            return EntryPage(entries, None)
        return EntryPage(entries, _first_cursor(ENTRY_TABLES[index + 1]))

    @translated()
    def is_empty(self) -> bool:
        names = (*(table.name for table in ENTRY_TABLES), *OTHER_TABLES)
        rows = (
            self._connection.execute(f"SELECT 1 FROM {name} LIMIT 1")  # noqa: S608 (constants)
            for name in names
        )
        return all(found.fetchone() is None for found in rows)

    @translated()
    def write(self, entries: Sequence[StoreEntry]) -> None:
        connection = self._connection
        begin(connection, monotonic() + self._file.busy_seconds)
        try:
            for entry in entries:
                write_entry(connection, entry)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


@contextmanager
def sqlite_source(file: DatabaseFile, *, exclusive: bool) -> Generator[SQLiteBulkAccess]:
    """All entries of ``file``, as they are now.

    With ``exclusive``, no other process can change the file until the context ends.

    Raises:
        StoreFaultError: the file does not exist, or another process writes to it.
    """
    require_present(file.path)
    with _connected(file) as connection:
        try:
            # Readers go on. A service that still runs on the file refuses every change meanwhile,
            # so no change is lost.
            if exclusive:
                begin(connection, monotonic() + file.busy_seconds)
            else:
                connection.execute("BEGIN")
        except sqlite3.OperationalError as error:
            if result_code(error) != sqlite3.SQLITE_BUSY:
                raise
            raise StoreFaultError(
                f"another process writes to {file.path}: stop the service first"
            ) from error
        try:
            yield SQLiteBulkAccess(connection, file)
        finally:
            connection.execute("ROLLBACK")


@contextmanager
def sqlite_target(file: DatabaseFile) -> Generator[SQLiteBulkAccess]:
    """All entries of ``file``, to write. The file is created if it does not exist."""
    with _connected(file) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        # The source may have an e-mail guard before its customer.
        connection.execute("PRAGMA foreign_keys = OFF")
        yield SQLiteBulkAccess(connection, file)


@contextmanager
def _connected(file: DatabaseFile) -> Generator[sqlite3.Connection]:
    with closing(file.connect()) as connection, translated():
        yield connection


def _first_cursor(table: EntryTable) -> str:
    # No key is smaller than the empty text.
    return json.dumps([table.name, *("" for _ in table.key)])


def _read_cursor(cursor: str | None) -> tuple[int, list[str]]:
    """The index of the table, and the key of the last row."""
    with suppress(RecursionError, TypeError, ValueError):
        name, *last = json.loads(cursor or _first_cursor(ENTRY_TABLES[0]))
        for index, table in enumerate(ENTRY_TABLES):
            if (table.name, len(table.key)) == (name, len(last)):
                "".join(last).encode()
                return index, last
    raise StoreFaultError("the cursor is of another store or version")
