"""Records what the adapter of SQLite asks of its connections."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, Final
from unittest.mock import patch

from cybershop_customer import Storage
from cybershop_customer.adapters.sqlite import database_file
from cybershop_customer.adapters.sqlite.connections import FileConnection
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage

ADAPTER: Final = str(Path(database_file.__file__).parent)

Statement = tuple[str, Any]
"""A query, and its values."""


@dataclass
class Log:
    """What the connections of a store did."""

    path: Path
    statements: list[Statement] = field(default_factory=list[Statement])
    sites: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    """The lines of the adapter that are part of a call that reached SQLite: module and number."""
    opcodes: int = 0
    """The instructions of SQLite's virtual machine."""
    reads: int = 0
    """Transactions that only read. A query by itself is one."""
    changes: int = 0
    syncs: int = 0
    """Changes whose commit waits for the disk."""

    @property
    def cost(self) -> tuple[int, int, int]:
        return self.reads, self.changes, self.syncs

    def clear(self) -> None:
        """Forget what happened so far, but not the lines."""
        self.statements.clear()
        self.opcodes = self.reads = self.changes = self.syncs = 0


class _Connection(FileConnection):
    """Writes to a log what it is asked."""

    def __init__(self, log: Log, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._log = log
        self._synchronous = ""
        self.set_progress_handler(self._count, 1)

    def _count(self) -> int:
        self._log.opcodes += 1
        return 0

    def execute(self, query: str, values: Any = (), /) -> sqlite3.Cursor:
        self._note(query, [values])
        return super().execute(query, values)

    def executemany(self, query: str, values: Any, /) -> sqlite3.Cursor:
        every = list(values)
        self._note(query, every)
        return super().executemany(query, every)

    def _note(self, query: str, values: list[Any]) -> None:
        log = self._log
        log.sites.update(_lines_of_the_adapter())
        log.statements += [(query, each) for each in values]
        if query.startswith("PRAGMA synchronous = "):
            self._synchronous = query.rpartition(" ")[2]
        elif query == "COMMIT":
            log.changes += 1
            log.syncs += self._synchronous == "FULL"
        elif query == "BEGIN" or (query.startswith("SELECT") and not self.in_transaction):
            log.reads += 1


def _lines_of_the_adapter() -> Iterator[tuple[str, int]]:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        directory, _, name = frame.f_code.co_filename.rpartition("/")
        if directory == ADAPTER:
            yield name, frame.f_lineno
        frame = frame.f_back


@contextmanager
def recorded_store(*, synchronous: str = "FULL") -> Iterator[tuple[Storage, Log]]:
    """An empty store on SQLite, and what its connections do."""
    with TemporaryDirectory(prefix="customer-sqlite-") as directory:
        log = Log(Path(directory, "customer.db"))
        with patch.object(database_file, "FileConnection", partial(_Connection, log)):
            storage = sqlite_storage(DatabaseFile(log.path, synchronous=synchronous))
            yield storage, log
            storage.close()
