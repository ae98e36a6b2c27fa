"""A value that each event loop makes for itself."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from ..forking.process_local import ProcessLocal

T = TypeVar("T")


class LoopLocal(Generic[T]):
    """Keeps the value that ``make`` returns, and makes another one in each running event loop.

    Connections and tasks belong to one event loop. Several loops may run in threads of a process,
    or one after the other, and each uses its own value. A forked process begins without a value,
    since it must not use the connections of its parent.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._values: ProcessLocal[_Values[T]] = ProcessLocal(_Values)

    def get(self) -> T:
        """The value of the running event loop. Makes it if there is none yet.

        Raises:
            RuntimeError: no event loop runs in this thread.
        """
        loop = asyncio.get_running_loop()
        values = self._values.get()
        value = values.by_loop.get(loop)
        return values.add(loop, self._make()) if value is None else value

    def peek_all(self) -> list[T]:
        """The values of this process, in every event loop."""
        values = self._values.peek()
        return [] if values is None else list(values.by_loop.values())

    def take_all(self) -> list[tuple[AbstractEventLoop, T]]:
        """Remove the values of this process, and return each with its loop."""
        values = self._values.peek()
        return [] if values is None else values.take_all()


class _Values(Generic[T]):
    """The values of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.by_loop: dict[AbstractEventLoop, T] = {}

    def add(self, loop: AbstractEventLoop, value: T) -> T:
        with self._lock:
            # A loop that was closed runs no more, so nothing else lets go of its value.
            self.by_loop = {
                other: kept for other, kept in self.by_loop.items() if not other.is_closed()
            }
            self.by_loop[loop] = value
        return value

    def take_all(self) -> list[tuple[AbstractEventLoop, T]]:
        with self._lock:
            taken, self.by_loop = self.by_loop, {}
        return list(taken.items())
