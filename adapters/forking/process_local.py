"""A value of which each process has its own."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_MAX_WAIT_SECONDS: Final = 10.0
"""Seconds that a thread waits for another one to make the value, before it makes one itself."""


class _Forks:
    """How often this process, or one of those it descends from, was forked."""

    count = 0

    @classmethod
    def note(cls) -> None:
        cls.count += 1


if hasattr(os, "register_at_fork"):  # Windows cannot fork.
    os.register_at_fork(after_in_child=_Forks.note)

_inherited: Final[list[object]] = []
"""Values of parents. They are kept, since the garbage collector would close what they hold."""


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    pid: int
    forks: int
    value: T


class ProcessLocal(Generic[T]):
    """Keeps the value that ``make`` returns, and makes a new one in each forked process.

    A forked child inherits its parent's sockets, which both would read, and its locks, which stay
    locked where another thread of the parent held them. So a child neither uses nor closes an
    inherited value. It has a value of its own from the first ``get`` on.

    Two numbers identify a process. Its id changes even where a server forks without Python's hooks.
    The count of forks changes even where the system gives the id of a dead parent to a child.

    All threads of a process share one value.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._held: _Held[T] | None = None
        # By process, so that no process meets a lock of another one.
        self._locks: dict[tuple[int, int], Lock] = {}

    def get(self) -> T:
        """The value of this process, made now if there is none yet."""
        held = self._held
        if held is not None and held.pid == os.getpid() and held.forks == _Forks.count:
            return held.value
        return self._made()

    def peek(self) -> T | None:
        """The value of this process, or None if there is none yet."""
        held = self._held
        if held is None or held.pid != os.getpid() or held.forks != _Forks.count:
            return None
        return held.value

    def _made(self) -> T:
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

    def __del__(self) -> None:
        held: _Held[T] | None = getattr(self, "_held", None)
        if held is not None and self.peek() is None:
            _inherited.append(held.value)
