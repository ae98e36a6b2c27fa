"""All entries of the file, read and written page by page."""

import json
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress

from ...domain.errors import StoreFaultError
from ...domain.store_entry import StoreEntry
from ...ports.bulk_access import BulkTarget, EntryPage
from .bulk_rows import ENTRY_TABLES, OTHER_TABLES, EntryTable, write_entry
from .database_file import DatabaseFile
from .errors import store_error


class SQLiteBulkAccess(BulkTarget):
    """Reads and writes through one connection.

    A cursor is a JSON array: the name of a table, and the primary key of the last row.
    """

    def __init__(self, connection: sqlite3.Connection, place: str) -> None:
        self._connection = connection
        self._place = place

    @property
    def place(self) -> str:
        return self._place

    def estimate_count(self) -> int:
        counts = (
            self._connection.execute(f"SELECT count(*) FROM {table.name}")  # noqa: S608 (constants)
            for table in ENTRY_TABLES
        )
        return sum(rows.fetchone()[0] for rows in counts)

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

    def is_empty(self) -> bool:
        names = (*(table.name for table in ENTRY_TABLES), *OTHER_TABLES)
        rows = (
            self._connection.execute(f"SELECT 1 FROM {name} LIMIT 1")  # noqa: S608 (constants)
            for name in names
        )
        return all(found.fetchone() is None for found in rows)

    def write(self, entries: Sequence[StoreEntry]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for entry in entries:
                write_entry(connection, entry)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


@contextmanager
def sqlite_source(file: DatabaseFile) -> Generator[SQLiteBulkAccess]:
    """All entries of ``file``, which no other process can change until the context ends.

    Raises:
        StoreFaultError: the file does not exist, or another process writes to it.
    """
    path = file.path.absolute()
    if not path.exists():
        raise StoreFaultError(
            f"the file {path} does not exist: set CUSTOMER_SQLITE_PATH to the file to copy"
        )
    with _connected(file) as connection:
        try:
            # Readers go on. A service that still runs on the file refuses every change meanwhile,
            # so no change is lost.
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise StoreFaultError(
                f"another process writes to {path}: stop the service first"
            ) from error
        try:
            yield SQLiteBulkAccess(connection, _place(file))
        finally:
            connection.execute("ROLLBACK")


@contextmanager
def sqlite_target(file: DatabaseFile) -> Generator[SQLiteBulkAccess]:
    """All entries of ``file``, to write. The file is created if it does not exist."""
    with _connected(file) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        # The source may have an e-mail guard before its customer.
        connection.execute("PRAGMA foreign_keys = OFF")
        yield SQLiteBulkAccess(connection, _place(file))


@contextmanager
def _connected(file: DatabaseFile) -> Generator[sqlite3.Connection]:
    try:
        with closing(file.connect()) as connection:
            yield connection
    except sqlite3.Error as error:
        raise store_error(error) from error


def _place(file: DatabaseFile) -> str:
    return f"SQLite, the file {file.path.resolve()}"


def _first_cursor(table: EntryTable) -> str:
    # No key is smaller than the empty text.
    return json.dumps([table.name, *("" for _ in table.key)])


def _read_cursor(cursor: str | None) -> tuple[int, list[str]]:
    """The index of the table, and the key of the last row."""
    with suppress(TypeError, ValueError):
        name, *last = json.loads(cursor or _first_cursor(ENTRY_TABLES[0]))
        for index, table in enumerate(ENTRY_TABLES):
            if (table.name, len(table.key)) == (name, len(last)):
                return index, last
    raise StoreFaultError("the cursor is of another store or version: start the copy again")
