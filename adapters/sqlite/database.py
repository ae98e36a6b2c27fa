"""The tables in the file, as the repositories use them."""

import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import Any, Final, TypeAlias

from ...domain.audit import DEFAULT_RETENTION, AuditRecord
from ...domain.epoch_time import microseconds
from ..forking.process_local import ProcessLocal
from ..runtime import monotonic
from .connections import Connections
from .database_file import DatabaseFile
from .errors import result_code, store_error, translated, unavailable
from .records import record_to_text
from .sweeper import Sweeper
from .write_ahead_log import WriteAheadLog
from .write_lock import begin

Row: TypeAlias = tuple[Any, ...]
Values: TypeAlias = Sequence[Any] | Mapping[str, Any]

_RECHECK_SECONDS: Final = 0.05
"""How long a reader trusts that the file was not replaced. To look takes a fifth of the time of a
session check. A change always looks: otherwise it could be lost with the old file."""


class _RarelyChecked:
    """Calls ``check`` if the last call that passed is older than ``_RECHECK_SECONDS``."""

    def __init__(self, check: Callable[[], object]) -> None:
        self._check = check
        self._due = 0.0

    def __call__(self) -> None:
        now = monotonic()
        if now >= self._due:
            self._check()
            self._due = now + _RECHECK_SECONDS


class Database:
    """The file, behind the connections of each process.

    Args:
        file: opens connections.
        audit_retention: how long audit records are kept.
    """

    def __init__(
        self, file: DatabaseFile, *, audit_retention: timedelta = DEFAULT_RETENTION
    ) -> None:
        self._audit_retention = audit_retention
        self._busy_seconds = file.busy_seconds
        self._synchronous = file.synchronous
        self._sweeper = Sweeper()
        self._write_ahead_log = WriteAheadLog(file.path)
        self._readers = ProcessLocal(
            lambda: Connections(file.connect, _RarelyChecked(file.require_same))
        )
        self._writer = ProcessLocal(lambda: Connections(file.connect, file.require_same))
        self._write_lock = ProcessLocal(Lock)

    def read_one(self, query: str, values: Values) -> Row | None:
        """The first row of ``query``, or None. It sees every change that is stored."""
        # Each session check comes here, and context managers would take a part of its time.
        pool = self._readers.get()
        connection = pool.take()
        try:
            row: Row | None = connection.execute(query, values).fetchone()
        except sqlite3.Error as error:
            raise store_error(error) from error
        finally:
            pool.give_back(connection)
        return row

    def read_all(self, query: str, values: Values) -> list[Row]:
        """Every row of ``query``."""
        with self._readers.get().lend() as connection, translated():
            return connection.execute(query, values).fetchall()

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """A connection whose reads in the block see one state of the file."""
        with self._readers.get().lend() as connection, translated():
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def changing(self) -> Generator[sqlite3.Connection]:
        """One transaction: the block's changes are stored together, or none if it raises."""
        with self._transaction(self._synchronous) as connection:
            yield connection

    @contextmanager
    def counting(self) -> Generator[sqlite3.Connection]:
        """Like ``changing``, without a sync of the disk: for counters of attempts.

        When the machine loses power, the last counts may be lost; nothing else is.
        """
        with self._transaction("NORMAL") as connection:
            yield connection

    def log(self, connection: sqlite3.Connection, record: AuditRecord) -> None:
        """Store ``record`` in the transaction of ``connection``, unless it is stored already.

        Every change has a record, so this also removes a few rows that have expired.
        """
        connection.execute(
            "INSERT OR IGNORE INTO audit_record VALUES (?, ?, ?, ?)",
            (
                record.customer_id,
                record.position,
                record_to_text(record),
                microseconds(record.at + self._audit_retention),
            ),
        )
        self._sweeper.sweep(connection, record.at)

    def publish_change(self, connection: sqlite3.Connection, record: AuditRecord) -> None:
        """Publish the session change that ``record`` describes, in the same transaction."""
        connection.execute(
            "INSERT OR IGNORE INTO session_change VALUES (?, ?)",
            (record.position, record.customer_id),
        )

    def close(self) -> None:
        """Close the connections of this process."""
        for pools in (self._readers, self._writer):
            pool = pools.peek()
            if pool is not None:
                pool.close()

    @contextmanager
    def _transaction(self, synchronous: str) -> Generator[sqlite3.Connection]:
        with self._write_turn() as deadline, self._writer.get().lend() as connection:
            with translated():
                connection.execute(f"PRAGMA synchronous = {synchronous}")
                # Waits for other writers here, so that no later statement has to.
                begin(connection, deadline)
            try:
                with translated():
                    yield connection
                _commit(connection)
                self._write_ahead_log.limit(connection)
            finally:
                if connection.in_transaction:
                    _roll_back(connection)

    @contextmanager
    def _write_turn(self) -> Generator[float]:
        """Wait for the other threads of this process that write. Gives the deadline of the wait.

        Between threads a lock is faster and fairer than to sleep and try again.
        """
        lock, deadline = self._write_lock.get(), monotonic() + self._busy_seconds
        if not lock.acquire(timeout=self._busy_seconds):
            raise unavailable("a change waited too long for others. Look at the load of the disk")
        try:
            yield deadline
        finally:
            lock.release()


def _commit(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        known = result_code(error) != sqlite3.SQLITE_IOERR
        raise store_error(error, outcome_known=known) from error


def _roll_back(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("ROLLBACK")
    except sqlite3.Error:
        # SQLite has rolled back by itself, or the pool closes the connection.
        return
