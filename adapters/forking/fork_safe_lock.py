"""A lock for which a fork waits, so that no child inherits what another thread left half done."""

import os
import threading
from threading import RLock
from typing import Final
from weakref import ref

MAX_WAIT_SECONDS: Final = 10.0
"""Seconds that a fork waits for one lock. After that it goes ahead, and the child gets a new lock:
a late fork must not become a hang."""


class ForkSafeLock:
    """A reentrant lock, by ``with``, that each fork holds while it copies the process.

    For data in memory, which a child gets as a copy. The copy is consistent, since no other thread
    is within the lock while it is made, and the lock of the child is free.

    A thread that takes several takes them in the order in which they were made.
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

    def hold(self) -> bool:
        """Acquire it for a fork; False if another thread holds it for too long."""
        return self._own().acquire(timeout=MAX_WAIT_SECONDS)

    def release(self) -> None:
        """Release it after a fork, in parent or child."""
        self._pid = os.getpid()
        self._lock.release()

    def renew(self) -> None:
        """Be a free lock, in a child that inherited a held one."""
        self._lock = RLock()
        self._pid = os.getpid()

    def _own(self) -> RLock:
        pid = os.getpid()
        if self._pid != pid:
            # Forked without Python's hooks, as uWSGI does by default. All threads find one lock.
            self._lock = self._successors.setdefault(pid, RLock())
            self._pid = pid
        return self._lock


class _Fork(threading.local):
    """What the fork that this thread makes holds."""

    def __init__(self) -> None:
        self.held: list[ForkSafeLock] = []


_fork: Final = _Fork()
_locks: Final[dict[int, "ref[ForkSafeLock]"]] = {}
"""By ``id``, in the order in which they were made."""


def _register(lock: ForkSafeLock) -> None:
    number = id(lock)
    forget = _locks.pop
    _locks[number] = ref(lock, lambda _: forget(number, None))


def _alive() -> list[ForkSafeLock]:
    # A list of a dictionary's values is made in one step, whatever other threads do.
    return [lock for it in list(_locks.values()) if (lock := it()) is not None]


def _before() -> None:
    _fork.held = [lock for lock in _alive() if lock.hold()]


def _release() -> None:
    while _fork.held:
        _fork.held.pop().release()


def _in_child() -> None:
    for lock in _alive():
        if lock not in _fork.held:
            lock.renew()
    _release()


if hasattr(os, "register_at_fork"):  # Windows cannot fork.
    os.register_at_fork(before=_before, after_in_parent=_release, after_in_child=_in_child)

no_fork: Final = ForkSafeLock()
"""While a thread is within, no other one forks this process.

For work that is done once and takes locks of other libraries: imports, the construction of
a client. A child that was forked in the middle of an import would wait for its end for ever.
"""
