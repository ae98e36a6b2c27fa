"""The open connections of one process to the file.

SQLite keeps its locks on a file twice: in the system, for the process, and in the memory of the
process. A forked child inherits the memory, but not the system's locks. If it inherits an open
connection, SQLite takes the parent's locks in memory for its own, asks the system for none, and the
two processes write over each other (SQLite, "How To Corrupt An SQLite Database File", 2.6).
So a fork waits until no connection is in use, and closes all of them. A child that inherits an open
one all the same neither uses nor closes it, and refuses to open the file.
"""

import ctypes
import os
import sqlite3
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Condition, get_ident
from typing import Any, Final
from weakref import ref

from ...domain.errors import StoreFaultError
from ..runtime import monotonic
from .errors import unavailable

MAX_WAIT_SECONDS: Final = 10.0
"""The longest time that a fork waits for the connections in use. After that the process forks, and
the child refuses to use the file."""


class FileConnection(sqlite3.Connection):
    """A connection that only the process that opened it closes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 (as sqlite3's)
        super().__init__(*arguments, **named)
        self.pid = os.getpid()
        # Python would close an inherited connection with its last reference.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
        _open[id(self)] = self

    @property
    def is_inherited(self) -> bool:
        """Whether a process before this one opened it."""
        # A process that is forked without Python's hooks shows only by its id.
        return id(self) in _inherited or self.pid != os.getpid()

    def close(self) -> None:
        """Close the connection, unless it is inherited."""
        if not self.is_inherited and _open.pop(id(self), None) is not None:
            super().close()
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(self))


_open: Final[dict[int, FileConnection]] = {}
"""All connections that are not closed, by ``id``; also those that are inherited."""
_inherited: Final[set[int]] = set()


class Connections:
    """Lends connections, each to one thread at a time. It opens as many as are in use at once.

    Args:
        connect: opens a connection.
        check: is called before each loan, and raises if no connection may be used.
    """

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], check: Callable[[], object]
    ) -> None:
        self._connect = connect
        self._check = check
        self._free: list[sqlite3.Connection] = []
        self._users: list[int] = []
        """The thread of each connection that is in use or being opened."""
        self._changed = Condition()
        self._forks = 0
        """How many threads fork the process at this moment."""
        _register(self)

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
        self._check()
        with self._changed:
            # A fork takes longer only if another hook of the fork waits for this thread.
            if self._forks and not self._changed.wait_for(
                lambda: not self._forks, 2 * MAX_WAIT_SECONDS
            ):
                raise unavailable("the process forks, and that takes too long")
            self._users.append(get_ident())
            if self._free:
                # The one used last has the warmest cache.
                return self._free.pop()
        try:
            # This may wait for another process, so it holds no lock.
            return self._connect()
        except BaseException:
            self._leave()
            raise

    def give_back(self, connection: sqlite3.Connection) -> None:
        """Let other threads use ``connection``."""
        is_clean = not connection.in_transaction
        with self._changed:
            if is_clean and not self._forks:
                self._free.append(connection)
            else:
                connection.close()
            self._leave()

    def close(self) -> None:
        """Close the free connections."""
        with self._changed:
            while self._free:
                self._free.pop().close()

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if is_finalizing():
            return  # The system closes the files. The module's names may be gone.
        for connection in self._free:
            connection.close()

    def announce_fork(self) -> None:
        """Lend no connection until ``resume``."""
        with self._changed:
            self._forks += 1

    def close_for_fork(self, deadline: float) -> None:
        """Wait for the connections of other threads until ``deadline``, and close all."""
        with self._changed:
            self._changed.wait_for(self._can_fork, max(0.0, deadline - monotonic()))
        self.close()

    def resume(self) -> None:
        """Lend connections again, in the parent."""
        with self._changed:
            self._forks -= 1
            self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._users.remove(get_ident())
            if self._forks:
                self._changed.notify_all()

    def _can_fork(self) -> bool:
        # To wait for the thread that forks would be in vain.
        return not self._users or get_ident() in self._users


_pools: Final[dict[int, "ref[Connections]"]] = {}
"""All pools by ``id``."""


def _register(pool: Connections) -> None:
    pool_id = id(pool)
    # The callback keeps its own reference, because at exit the module's names may be gone.
    forget = _pools.pop
    _pools[pool_id] = ref(pool, lambda _: forget(pool_id, None))


def _living_pools() -> list[Connections]:
    # list() copies the values in one step, so other threads may add a pool.
    return [pool for known in list(_pools.values()) if (pool := known()) is not None]


def require_none_inherited() -> None:
    """Raise StoreFaultError if this process may not open a file of SQLite."""
    if any(connection.is_inherited for connection in list(_open.values())):
        raise StoreFaultError(
            "the store refuses: this process was forked while its parent used the file. Start it"
            " again; under uWSGI, use the file only after the fork"
        )


_announced: Final[dict[int, list[Connections]]] = {}
"""The pools that wait for the fork of a thread."""


def _prepare_fork() -> None:
    pools = _announced[get_ident()] = _living_pools()
    for pool in pools:
        pool.announce_fork()
    deadline = monotonic() + MAX_WAIT_SECONDS
    for pool in pools:
        pool.close_for_fork(deadline)


def _resume() -> None:
    for pool in _announced.pop(get_ident(), ()):
        pool.resume()


def _mark_inherited() -> None:
    _announced.clear()
    # A thread of the parent may have held the lock of a pool; a fork of this process would wait for
    # it without end.
    _pools.clear()
    _inherited.update(_open)


if hasattr(os, "register_at_fork"):  # Windows cannot fork.
    os.register_at_fork(
        before=_prepare_fork, after_in_parent=_resume, after_in_child=_mark_inherited
    )
