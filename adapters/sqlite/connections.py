"""The open connections of one process to the file.

A forked child must not use or close a connection that it inherits, and SQLite's own locks in the
child's memory are those of the parent (SQLite, "How To Corrupt An SQLite Database File", 2.6). So
a fork waits until no connection is in use, closes all of them, and each process opens its own.
"""

import ctypes
import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Condition
from typing import Final
from weakref import WeakSet

from ...domain.errors import StoreFaultError

MAX_WAIT_SECONDS: Final = 10.0
"""The longest time that a fork waits for the connections in use. After that the process forks, and
the child refuses to use the file."""


class Connections:
    """Lends connections, each to one thread at a time. It opens as many as are in use at once."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._free: list[sqlite3.Connection] = []
        self._lent: set[sqlite3.Connection] = set()
        self._changed = Condition()
        self._forking = False
        _pools.add(self)

    @contextmanager
    def lend(self) -> Generator[sqlite3.Connection]:
        """A connection for the block. It is closed if the block leaves a transaction open."""
        connection = self.take()
        try:
            yield connection
        finally:
            self.give_back(connection)

    def take(self) -> sqlite3.Connection:
        """A free connection, or a new one. Give it back."""
        with self._changed:
            while self._forking:
                self._changed.wait()
            # The one used last has the warmest cache.
            connection = self._free.pop() if self._free else self._connect()
            self._lent.add(connection)
        return connection

    def give_back(self, connection: sqlite3.Connection) -> None:
        """Let other threads use ``connection``."""
        is_clean = not connection.in_transaction
        with self._changed:
            self._lent.discard(connection)
            if is_clean and not self._forking:
                self._free.append(connection)
                return
            connection.close()
            self._changed.notify_all()

    def close(self) -> None:
        """Close the free connections."""
        with self._changed:
            while self._free:
                self._free.pop().close()

    def prepare_fork(self) -> None:
        """Close every connection, and lend none until the process has forked."""
        with self._changed:
            self._forking = True
            self._changed.wait_for(lambda: not self._lent, timeout=MAX_WAIT_SECONDS)
        self.close()

    def resume(self) -> None:
        """Lend connections again, in the parent."""
        with self._changed:
            self._forking = False
            self._changed.notify_all()

    def abandon(self) -> bool:
        """Leave the parent's connections alone, in the child. Returns whether there are any."""
        inherited = [*self._free, *self._lent]
        for connection in inherited:
            # Python would close it with the last reference.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        return bool(inherited)


class _Inherited:
    """Whether this process was forked while its parent had a connection open."""

    connections = False


_pools: Final["WeakSet[Connections]"] = WeakSet()


def require_none_inherited() -> None:
    """Raise StoreFaultError if this process may not open a file of SQLite."""
    if _Inherited.connections:
        raise StoreFaultError(
            "the store refuses: this process was forked during a change of the file; start it again"
        )


def _prepare_fork() -> None:
    for pool in list(_pools):
        pool.prepare_fork()


def _resume() -> None:
    for pool in list(_pools):
        pool.resume()


def _abandon() -> None:
    inherited = [pool.abandon() for pool in list(_pools)]
    _Inherited.connections |= any(inherited)


if hasattr(os, "register_at_fork"):  # Windows cannot fork.
    os.register_at_fork(before=_prepare_fork, after_in_parent=_resume, after_in_child=_abandon)
