"""A value that each process makes for itself."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_MAX_WAIT_SECONDS: Final = 10.0
"""The longest time that a thread waits for another one to make the value. It then makes one."""


class _Forks:
    """Counts the forks between the first process and this one."""

    count = 0

    @classmethod
    def increment(cls) -> None:
        cls.count += 1


if hasattr(os, "register_at_fork"):  # Windows cannot fork.
    os.register_at_fork(after_in_child=_Forks.increment)

_inherited: Final[list[object]] = []
"""Values of parent processes. This list keeps them, because the garbage collector would close their
sockets."""


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    """A value and the process that made it."""

    pid: int
    forks: int
    value: T


class ProcessLocal(Generic[T]):
    """Keeps the value that ``make`` returns, and makes a new one in each forked process.

    A forked child inherits sockets, which the parent reads too, and locks, which stay locked if
    another thread of the parent held them. So a child neither uses nor closes an inherited value.
    Its first ``get`` makes a new one.

    Two numbers identify a process. The process id also changes if a server forks without Python's
    hooks. The count of forks also changes if a child gets the process id of a dead ancestor.

    All threads of a process share one value.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._held: _Held[T] | None = None
        # By process, so that no process uses a lock of its parent.
        self._locks: dict[tuple[int, int], Lock] = {}

    def get(self) -> T:
        """The value of this process. Makes it if there is none yet."""
        held = self._held
        # The same test as in ``peek``, without the call: every session check comes here.
        if held is not None and held.pid == os.getpid() and held.forks == _Forks.count:
            return held.value
        return self._make_once()

    def peek(self) -> T | None:
        """The value of this process, or None if there is none yet."""
        held = self._held
        if held is None or held.pid != os.getpid() or held.forks != _Forks.count:
            return None
        return held.value

    def _make_once(self) -> T:
        process = os.getpid(), _Forks.count
        lock = self._locks.setdefault(process, Lock())
        locked = lock.acquire(timeout=_MAX_WAIT_SECONDS)
        try:
            held = self._held
            if held is not None and (held.pid, held.forks) == process:
                return held.value
            value = self._make()
            if held is not None:
                _inherited.append(held.value)
            self._held = _Held(*process, value)
            return value
        finally:
            if locked:
                lock.release()

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if is_finalizing():
            return  # The module's names may be gone.
        held: _Held[T] | None = getattr(self, "_held", None)
        if held is not None and self.peek() is None:
            _inherited.append(held.value)
