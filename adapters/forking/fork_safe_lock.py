"""A lock that a fork waits for, so that no child inherits half-finished work of another thread."""

import os
import threading
from threading import RLock
from typing import Final
from weakref import ref

MAX_WAIT_SECONDS: Final = 10.0
"""The longest time that a fork waits for one lock. After that the process forks, and the child gets
a new lock: a late fork is better than a process that hangs."""


class ForkSafeLock:
    """A reentrant lock that each fork holds while the system copies the process.

    It guards data in memory, of which a child gets a copy. No other thread holds the lock during
    the copy, so the copy is consistent, and the child's lock is free.

    A thread that needs several of these locks must acquire them in the order of their creation.
    """

    __slots__ = ("__weakref__", "_lock", "_pid", "_successors")

    def __init__(self) -> None:
        self._successors: dict[int, RLock] = {}
        self._lock = RLock()
        self._pid = os.getpid()
        _register(self)

    def __enter__(self) -> None:
        self._own().acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def acquire_for_fork(self) -> bool:
        """Acquire the lock before a fork. Returns False if another thread holds it for too long."""
        return self._own().acquire(timeout=MAX_WAIT_SECONDS)

    def release_after_fork(self) -> None:
        """Release the lock after a fork, in the parent or the child."""
        self._pid = os.getpid()
        self._lock.release()

    def replace_after_fork(self) -> None:
        """Take a new, free lock, in a child that inherited a held one."""
        self._lock = RLock()
        self._pid = os.getpid()

    def _own(self) -> RLock:
        """The lock of the current process."""
        pid = os.getpid()
        if self._pid != pid:
            # The process was forked without Python's hooks, as uWSGI does by default. setdefault
            # gives all threads the same new lock.
            self._lock = self._successors.setdefault(pid, RLock())
            self._pid = pid
        return self._lock


class _Fork(threading.local):
    """The locks that this thread holds while it forks."""

    def __init__(self) -> None:
        self.held: list[ForkSafeLock] = []


_fork: Final = _Fork()
_locks: Final[dict[int, "ref[ForkSafeLock]"]] = {}
"""All locks by ``id``, in the order of their creation."""


def _register(lock: ForkSafeLock) -> None:
    lock_id = id(lock)
    # The callback keeps its own reference, because at exit the module's names may be gone.
    forget = _locks.pop
    _locks[lock_id] = ref(lock, lambda _: forget(lock_id, None))


def _living_locks() -> list[ForkSafeLock]:
    # list() copies the values in one step, so other threads may change the dictionary.
    references = list(_locks.values())
    return [lock for reference in references if (lock := reference()) is not None]


def _acquire_all() -> None:
    _fork.held = [lock for lock in _living_locks() if lock.acquire_for_fork()]


def _release_all() -> None:
    while _fork.held:
        _fork.held.pop().release_after_fork()


def _restore_in_child() -> None:
    for lock in _living_locks():
        if lock not in _fork.held:
            lock.replace_after_fork()
    _release_all()


if hasattr(os, "register_at_fork"):  # Windows cannot fork.
    os.register_at_fork(
        before=_acquire_all, after_in_parent=_release_all, after_in_child=_restore_in_child
    )

no_fork: Final = ForkSafeLock()
"""While a thread holds this lock, no other thread forks the process.

It guards work that is done once and that takes locks of other libraries, such as imports and the
construction of a client. A child that was forked during an import would wait forever for its end.
"""
