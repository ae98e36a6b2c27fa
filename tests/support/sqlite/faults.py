"""Faults of the disk during a transaction. All but one are what the system itself reports."""

import os
import resource
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

from cybershop_customer.adapters.sqlite.database_file import DatabaseFile

_NO_LIMIT: Final = 1073741823
_STORES_A_RECORD: Final = "INSERT OR IGNORE INTO audit_record"


class Fault(Enum):
    """What happens to a transaction that stores an audit record, as every change does."""

    NONE = auto()
    FULL = auto()
    """The disk is full when the transaction is committed. Only for tests with one thread."""
    GROWS_NO_MORE = auto()
    """The file has reached its limit of pages."""
    WRITE_ERROR = auto()
    """The disk writes nothing when the transaction is committed."""
    TORN = auto()
    """The disk writes a part of the transaction."""
    REPLY_LOST = auto()
    """The transaction is committed, but SQLite reports an error of the disk (the test makes it)."""
    READ_ONLY = auto()

    @property
    def leaves_outcome_unknown(self) -> bool:
        return self in (Fault.WRITE_ERROR, Fault.TORN, Fault.REPLY_LOST)


AT_COMMIT: Final = (Fault.FULL, Fault.WRITE_ERROR, Fault.TORN, Fault.REPLY_LOST)


class FaultScript:
    """Chooses the fault of each change. A test may replace ``choose`` at any time."""

    def __init__(self) -> None:
        self.choose: Callable[[], Fault] = lambda: Fault.NONE
        self.injected: Counter[Fault] = Counter()

    def next(self) -> Fault:
        fault = self.choose()
        self.injected[fault] += 1
        return fault


class FaultyFile(DatabaseFile):
    """A file on a disk that fails as ``script`` says."""

    def __init__(self, path: Path, script: FaultScript, **named: Any) -> None:
        super().__init__(path, **named)
        self._script = script

    def connect(self) -> Any:
        return _FaultyConnection(super().connect(), self.path, self._script)


class _FaultyConnection:
    """Passes each statement on, and meets the fault of its transaction."""

    def __init__(self, connection: sqlite3.Connection, path: Path, script: FaultScript) -> None:
        self._connection = connection
        self._log = path.with_name(f"{path.name}-wal")
        self._script = script
        self._fault = Fault.NONE

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith(_STORES_A_RECORD):
            self._begin_fault()
        if statement == "COMMIT":
            return self._commit()
        if statement == "ROLLBACK":
            self._end_fault()
        return self._connection.execute(statement, *values)

    def _begin_fault(self) -> None:
        self._fault = self._script.next()
        if self._fault is Fault.READ_ONLY:
            self._connection.execute("PRAGMA query_only = ON")
        elif self._fault is Fault.GROWS_NO_MORE:
            self._connection.execute("PRAGMA max_page_count = 1")

    def _end_fault(self) -> None:
        self._fault = Fault.NONE
        self._connection.execute("PRAGMA query_only = OFF")
        self._connection.execute(f"PRAGMA max_page_count = {_NO_LIMIT}")

    def _commit(self) -> sqlite3.Cursor:
        fault = self._fault
        with self._while_failing(fault):
            cursor = self._connection.execute("COMMIT")
        self._end_fault()
        if fault is Fault.REPLY_LOST:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise error
        return cursor

    @contextmanager
    def _while_failing(self, fault: Fault) -> Iterator[None]:
        if fault is Fault.FULL:
            with _full_disk(self._log):
                yield
        elif fault is Fault.WRITE_ERROR:
            with _largest_file(0):
                yield
        elif fault is Fault.TORN:
            with _largest_file(self._log.stat().st_size + 100):
                yield
        else:
            yield


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """The system refuses to write beyond ``size``, for the whole process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _full_disk(path: Path) -> Iterator[None]:
    """Every open descriptor of ``path`` leads to a full device."""
    with open("/dev/full", "r+b", buffering=0) as full:  # noqa: PTH123 (no ordinary file)
        descriptors = [
            int(link.name) for link in Path("/proc/self/fd").iterdir() if _target(link) == str(path)
        ]
        saved = {descriptor: os.dup(descriptor) for descriptor in descriptors}
        for descriptor in descriptors:
            os.dup2(full.fileno(), descriptor)
        try:
            yield
        finally:
            for descriptor, copy in saved.items():
                os.dup2(copy, descriptor)
                os.close(copy)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
