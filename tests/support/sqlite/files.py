"""Files for the tests of SQLite, and what is in them."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from cybershop_customer.adapters.sqlite import schema
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile

_NOBODY: Final = 65534

TODAY: Final = schema.newest_version()
"""The schema of a new file."""


def new_file(path: Path) -> DatabaseFile:
    """A file of the service with all its tables, which no connection has open."""
    file = DatabaseFile(path)
    file.connect().close()
    return file


def foreign_database(path: Path) -> None:
    """Write a database of another program, whose write-ahead log has a row."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE customer (name TEXT)")
        connection.execute("INSERT INTO customer VALUES ('zoe')")


def contents(directory: Path) -> dict[str, bytes]:
    """Each file of ``directory``, with its bytes."""
    return {each.name: each.read_bytes() for each in directory.iterdir() if each.is_file()}


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What ``query`` finds in a file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@contextmanager
def without_root(directory: Path) -> Iterator[None]:
    """Let the modes of files count in the block, even if the tests run as root.

    ``directory`` and its files then belong to another user, who works in the block.
    """
    if os.geteuid() != 0:
        yield
        return
    for path in (directory, *directory.iterdir()):
        os.chown(path, _NOBODY, -1, follow_symlinks=False)
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
