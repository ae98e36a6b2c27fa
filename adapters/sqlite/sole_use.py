"""Work on a file that no process may use meanwhile, such as its deletion."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

from ...domain.errors import StoreFaultError
from .errors import refusal, result_code, store_error

_SHARED_LOCKS: Final = (510, 0x4000_0002)
"""Length and start of the bytes that every connection locks (SQLite, "File Locking And Concurrency
In SQLite Version 3", and ``os.h`` of its source)."""

_DAMAGE: Final = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


@contextmanager
def sole_use(path: Path) -> Generator[None]:
    """Let no other connection use the file during the block.

    The write-ahead log is emptied into the file first, except if the file is damaged.

    Raises:
        StoreFaultError: a process has the file open, or the file cannot be opened.
    """
    if not path.exists():
        yield
        return
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        _lock(connection)
    except sqlite3.Error as error:
        connection.close()
        if result_code(error) == sqlite3.SQLITE_BUSY:
            raise _in_use(path) from error
        if result_code(error) not in _DAMAGE:
            raise store_error(error) from error
        with _locked_bytes(path):
            yield
        return
    try:
        if _is_wal(connection):
            raise _in_use(path)  # A process came in between.
        yield
    finally:
        connection.close()


def _lock(connection: sqlite3.Connection) -> None:
    # Another mode needs the only connection. That of a process which waits for work counts too.
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("BEGIN EXCLUSIVE")


def _is_wal(connection: sqlite3.Connection) -> bool:
    ((mode,),) = connection.execute("PRAGMA journal_mode")
    return str(mode) == "wal"


@contextmanager
def _locked_bytes(path: Path) -> Generator[None]:
    """Lock a file that SQLite cannot read."""
    if os.name != "posix":
        yield  # Windows moves and deletes no file that is open.
        return
    fcntl = import_module("fcntl")
    with path.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *_SHARED_LOCKS)
        except OSError as error:
            raise _in_use(path) from error
        yield


def _in_use(path: Path) -> StoreFaultError:
    return refusal(f"a process has {path} open. Stop the service, and try again")
