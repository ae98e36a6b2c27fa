"""How a connection waits for the one write lock of the file.

SQLite's own wait grows from 1 to 100 milliseconds. So a process that has waited for long looks
rarely, and one that writes again and again takes nearly every turn: of eight busy processes, one
waits for more than 5 seconds. With short pauses all have the same chance.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from ..runtime import monotonic, sleep, uniform
from .errors import result_code

_PAUSE_SECONDS: Final = 0.0005, 0.0015
"""The pause between two looks at whether another process has ended its change."""


def begin(connection: sqlite3.Connection, deadline: float) -> None:
    """Begin a transaction that can write. Waits for other processes until ``deadline``.

    Raises:
        sqlite3.OperationalError: the deadline has passed (``SQLITE_BUSY``), or SQLite refuses.
    """
    while not begin_or_pause(connection, deadline):
        pass


def begin_or_pause(connection: sqlite3.Connection, deadline: float) -> bool:
    """Begin a transaction that can write, or pause shortly if another process writes.

    Returns:
        Whether the transaction has begun.

    Raises:
        sqlite3.OperationalError: as ``begin``.
    """
    try:
        with busy_timeout(connection, milliseconds=0):
            connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if result_code(error) != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
            raise
    else:
        return True
    sleep(uniform(*_PAUSE_SECONDS))
    return False


@contextmanager
def busy_timeout(connection: sqlite3.Connection, *, milliseconds: int) -> Generator[None]:
    """Let SQLite itself wait at most ``milliseconds`` for other connections during the block."""
    ((before,),) = connection.execute("PRAGMA busy_timeout")
    connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {before}")
