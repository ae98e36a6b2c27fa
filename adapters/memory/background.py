"""Work after the answer, without a thread: for tests and batch jobs."""

from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Final

from ...ports.background import Background
from ..background_job import Job
from ..forking.fork_safe_lock import ForkSafeLock

__all__ = ["MemoryBackground"]


class MemoryBackground(Background):
    """Does the work in the thread that submits it, or keeps it until ``run_all``.

    Args:
        run_at_once: whether ``submit`` does the work before it returns.
    """

    def __init__(self, *, run_at_once: bool = True) -> None:
        self._run_at_once = run_at_once
        self._lock: Final = ForkSafeLock()
        self._waiting: Final[deque[Job]] = deque()
        self._failures: Final = count(1)
        self._closed = False

    @property
    def waiting(self) -> tuple[str, ...]:
        """The names of the work that waits for ``run_all``."""
        with self._lock:
            return tuple(job.name for job in self._waiting)

    def submit(self, name: str, work: Callable[[], None]) -> bool:
        job = Job(name, work)
        with self._lock:
            if self._closed:
                return False
            if not self._run_at_once:
                self._waiting.append(job)
                return True
        job.run(self._count_failure)
        return True

    def run_all(self) -> int:
        """Do the work that waits, and what that work submits. Returns how many pieces it was."""
        done = 0
        while (job := self._take()) is not None:
            job.run(self._count_failure)
            done += 1
        return done

    def close(self, wait_seconds: float) -> None:  # noqa: ARG002 (the work takes what it takes)
        self.run_all()
        with self._lock:
            self._closed = True

    def _count_failure(self) -> int:
        return next(self._failures)

    def _take(self) -> Job | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None
