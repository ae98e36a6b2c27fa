"""Writes a consistent copy of a file, which other processes may change meanwhile."""

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Final

from .errors import refusal, result_code, translated
from .file_place import open_unlocked

_STEPS_BETWEEN_SIGNALS: Final = 10_000
"""Steps of SQLite's virtual machine: about a millisecond."""


def write_copy(source: sqlite3.Connection, target: Path) -> None:
    """Write ``target``, or replace it. It is complete, checked and on the disk, or as it was.

    Raises:
        OSError: the file cannot be written.
        StoreFaultError: what was read is damaged.
        StoreUnavailableError: the disk is full, or the source cannot be read currently.
    """
    with unfinished_copy(source, target) as partial:
        partial.replace(target)
    sync_directory(target.parent)


@contextmanager
def unfinished_copy(source: sqlite3.Connection, target: Path) -> Generator[Path]:
    """A checked copy on the disk, beside ``target``. It is deleted unless the block renames it."""
    # mkstemp makes a file that only its owner can read and write.
    descriptor, name = mkstemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    os.close(descriptor)
    partial = Path(name)
    try:
        with translated():
            _copy(source, partial)
            faults = list(find_faults(partial))
        if faults:
            raise refusal(f"the file is damaged: {'; '.join(faults)}. Restore a backup")
        _sync(partial)
        yield partial
    finally:
        with suppress(OSError):
            partial.unlink()


def find_faults(path: Path) -> Iterator[str]:
    """What is wrong in a file that no process changes."""
    with closing(open_unlocked(path)) as connection:
        yield from integrity_faults(connection)


def integrity_faults(connection: sqlite3.Connection) -> Iterator[str]:
    """What ``PRAGMA integrity_check`` and ``foreign_key_check`` say, except "ok"."""
    try:
        texts = [text for (text,) in connection.execute("PRAGMA integrity_check(10)")]
    except sqlite3.DatabaseError as error:
        if result_code(error) != sqlite3.SQLITE_CORRUPT:
            raise
        texts = ["a table is damaged so much that it cannot be examined"]
    if texts != ["ok"]:
        yield from (" ".join(text.split()) for text in texts)
        return
    for table, *_ in connection.execute("PRAGMA foreign_key_check"):
        yield f"a row of {table} belongs to no customer"


def sync_directory(directory: Path) -> None:
    """Make a rename in ``directory`` durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot.
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(source: sqlite3.Connection, partial: Path) -> None:
    # Python calls the handlers of signals only while it runs its own code. A handler that raises
    # ends the statement.
    source.set_progress_handler(lambda: 0, _STEPS_BETWEEN_SIGNALS)
    try:
        source.execute("VACUUM INTO ?", (str(partial),))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from error
        raise
    finally:
        source.set_progress_handler(None, 0)


def _sync(path: Path) -> None:
    # No connection of SQLite has the copy open, so closing it releases no lock.
    with path.open("rb+") as file:
        os.fsync(file.fileno())
