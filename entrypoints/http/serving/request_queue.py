"""The requests that wait for a worker thread: session checks and probes go before the others."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Task = Any
"""A connection whose first request waits to be processed."""

FIRST_IN_A_ROW: Final = 8
"""How many requests that go first are taken while another one waits. Then that one is taken, so
that a flood of session checks does not keep customers from logging in."""


@dataclass(frozen=True, slots=True)
class TakenTask:
    """A task, and whether its request goes first."""

    task: Task
    goes_first: bool


class RequestQueue:
    """Two queues in one. The caller must hold the dispatcher's lock.

    Args:
        goes_first: says whether a request to this path goes before the others.
    """

    def __init__(self, goes_first: Callable[[str], bool]) -> None:
        self._goes_first = goes_first
        self._first: deque[Task] = deque()
        self._others: deque[Task] = deque()
        self._in_a_row = 0

    def __len__(self) -> int:
        return len(self._first) + len(self._others)

    def append(self, task: Task) -> None:
        """Add a task."""
        goes_first = self._goes_first(task.requests[0].path)
        (self._first if goes_first else self._others).append(task)

    def popleft(self) -> Task:
        """Remove any task, for a server that stops."""
        return (self._first or self._others).popleft()

    def take(self, *, only_first: bool) -> TakenTask | None:
        """Remove the next task, or return None if there is none.

        ``only_first`` leaves the others where they are.
        """
        others = not only_first and bool(self._others)
        if self._first and not (others and self._in_a_row >= FIRST_IN_A_ROW):
            self._in_a_row += bool(self._others)
            return TakenTask(self._first.popleft(), goes_first=True)
        if not others:
            return None
        self._in_a_row = 0
        return TakenTask(self._others.popleft(), goes_first=False)
