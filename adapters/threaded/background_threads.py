"""The threads of one process that do work after the answers, and the queue before them."""

from collections import deque
from collections.abc import Callable
from threading import Condition, Lock, Thread, current_thread
from typing import Final

from ..background_job import LOGGER, Job
from ..runtime import sleep

NAME: Final = "background"
"""How the names of the threads begin."""

PAUSE_SECONDS: Final = 0.02
"""How long after ``submit`` a piece of work begins at the earliest.

The answer is sent in this time. Otherwise both would compete for Python's lock, and work that some
requests have and others do not would show in the times of the answers.
"""

REFUSAL_LOG_SECONDS: Final = 60.0
"""Refusals have one log line in this time at most, so that a flood does not fill the log."""


class BackgroundThreads:
    """``count`` daemon threads, each started when there is work for it.

    They have the priority of the other threads. Unlike a hash, their work is mostly Python code or
    waits for a server. A thread of low priority would hold Python's lock for longer, and so delay
    the session checks.

    Args:
        room: how many pieces of work may wait for a thread.
        count: how many pieces are done at a time.
        monotonic: the time in seconds.
    """

    def __init__(self, *, room: int, count: int, monotonic: Callable[[], float]) -> None:
        self._room = room
        self._count = count
        self._monotonic = monotonic
        lock = Lock()
        self._lock: Final = lock
        self._work_came: Final = Condition(lock)
        self._work_ended: Final = Condition(lock)
        self._waiting: Final[deque[tuple[Job, float]]] = deque()
        self._running: Final[list[Job]] = []
        self._threads: Final[list[Thread]] = []
        self._closed = False
        self._ended = False
        self._log_refusals_at = float("-inf")
        self.done = 0
        self.failed = 0
        self.refused = 0

    @property
    def waiting(self) -> int:
        """How many pieces of work wait for a thread."""
        return len(self._waiting)

    def submit(self, job: Job) -> bool:
        """Accept ``job``, or return False: there is no room, no thread, or they are closed."""
        with self._lock:
            reason = self._refusal()
            if reason is None:
                self._waiting.append((job, self._monotonic() + PAUSE_SECONDS))
                self._work_came.notify()
                return True
            self.refused += 1
            now = self._monotonic()
            logs = now >= self._log_refusals_at
            if logs:
                self._log_refusals_at = now + REFUSAL_LOG_SECONDS
            refused = self.refused
        if logs:
            LOGGER.warning("%s is refused: %s; %d refused so far", job.name, reason, refused)
        return False

    def close(self, wait_seconds: float) -> None:
        """Finish the accepted work within ``wait_seconds``, and end the threads. Log what is left.

        While the work is finished, only that work itself may submit more.
        """
        deadline = self._monotonic() + wait_seconds
        with self._lock:
            if self._ended:
                return
            self._closed = True
            self._work_came.notify_all()
            if current_thread() not in self._threads:
                self._work_ended.wait_for(self._has_no_work, max(0.0, wait_seconds))
            left = [job.name for job in (*self._running, *(job for job, _ in self._waiting))]
            self._ended = True
            self._waiting.clear()
            threads = [thread for thread in self._threads if thread is not current_thread()]
        if left:
            LOGGER.warning(
                "%d pieces of background work were not finished in %g s: %s",
                len(left),
                wait_seconds,
                ", ".join(f"{name} ({left.count(name)})" for name in sorted(set(left))),
            )
        for thread in threads:
            thread.join(max(0.0, deadline - self._monotonic()))

    def _refusal(self) -> str | None:
        """Why no more work can be accepted, or None if there is a thread that will do it."""
        if self._ended or (self._closed and current_thread() not in self._threads):
            return "the service stops"
        if len(self._waiting) >= self._room:
            return f"the queue of {self._room} is full"
        needed = len(self._running) + len(self._waiting) + 1
        if len(self._threads) < min(needed, self._count):
            fault = self._start_thread()
            if not self._threads:
                return fault
        return None

    def _start_thread(self) -> str | None:
        """Start one more thread. Returns why the system refuses it, or None."""
        thread = Thread(target=self._serve, name=f"{NAME}-{len(self._threads)}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            return f"no thread can be started ({error})"
        self._threads.append(thread)
        return None

    def _serve(self) -> None:
        while (job := self._take()) is not None:
            succeeded = job.run(self._count_failure)
            with self._lock:
                self._running.remove(job)
                self.done += succeeded
                self._work_ended.notify_all()
            del job  # It refers to a token.

    def _count_failure(self) -> int:
        with self._lock:
            self.failed += 1
            return self.failed

    def _take(self) -> Job | None:
        """Wait for work, and until it may begin. Returns None if the thread must end."""
        with self._lock:
            while not self._waiting:
                if self._closed:
                    return None
                self._work_came.wait()
            job, begins_at = self._waiting.popleft()
            self._running.append(job)
        sleep(max(0.0, begins_at - self._monotonic()))
        return job

    def _has_no_work(self) -> bool:
        return not self._waiting and not self._running
