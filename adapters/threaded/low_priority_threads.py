"""Threads that leave the processor to the other threads of the process."""

import logging
import os
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from threading import Lock, Thread, current_thread, get_native_id
from typing import Any, Final, Generic, Literal, TypeVar

from ...domain.errors import ServiceBusyError
from ..runtime import monotonic

T = TypeVar("T")

LOGGER: Final = logging.getLogger("cybershop_customer.hashing")

NAME: Final = "hashing"
"""How the names of the threads begin."""

LOWEST_PRIORITY: Final = 19
"""As ``nice`` counts: a thread with this priority gets 1.5 % of the time of one with priority 0
while both want the same processor."""


class Job(Generic[T]):
    """One piece of work, and how long it took."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.future: Future[T] = Future()
        self.seconds = 0.0
        self._work = work
        self._context = copy_context()

    def run(self) -> None:
        """Do the work, unless the caller was interrupted."""
        if not self.future.set_running_or_notify_cancel():
            return
        began = monotonic()
        try:
            result = self._context.run(self._work)
        except BaseException as error:  # noqa: BLE001 (the caller raises it)
            self.seconds = monotonic() - began
            self.future.set_exception(error)
        else:
            self.seconds = monotonic() - began
            self.future.set_result(result)


class _Jobs:
    """The jobs that wait. Those of known devices come first.

    A worker holds no lock here: with its low priority it could hold one for long.
    """

    def __init__(self) -> None:
        self._first: deque[Job[Any]] = deque()
        self._others: deque[Job[Any]] = deque()
        # One signal for each job, and one for each thread that must end.
        self._signals: SimpleQueue[Literal["job", "end"]] = SimpleQueue()

    def put(self, job: Job[Any], *, first: bool) -> None:
        (self._first if first else self._others).append(job)
        self._signals.put("job")

    def end_thread(self) -> None:
        self._signals.put("end")

    def get(self) -> Job[Any] | None:
        """Wait for a job. Returns None if the thread must end."""
        if self._signals.get() == "end":
            return None
        try:
            return self._first.popleft()
        except IndexError:
            return self._others.popleft()


class LowPriorityThreads:
    """Up to ``count`` daemon threads. Each is started when there is work for it.

    On Linux they have the lowest scheduling priority, if the system allows that. Native code that
    releases Python's lock, such as bcrypt, then hardly delays the other threads.
    """

    def __init__(self, count: int, *, priority: int = LOWEST_PRIORITY) -> None:
        self._count = count
        self._priority = priority
        self._lock = Lock()
        self._jobs = _Jobs()
        self._threads: list[Thread] = []
        self._closed = False

    def run(self, job: Job[T], *, first: bool = False) -> T:
        """Wait for a thread to do ``job``, and return or raise what its work does.

        If the caller is interrupted, work that has not begun is cancelled.

        Raises:
            ServiceBusyError: the system refuses to start a thread, or the threads were closed.
        """
        with self._lock:
            if self._closed:
                raise ServiceBusyError
            if len(self._threads) < self._count:
                self._start_thread()
            self._jobs.put(job, first=first)
        try:
            return job.future.result()
        finally:
            job.future.cancel()

    def close(self, wait_seconds: float) -> None:
        """End the threads when their work is done. Wait for that, ``wait_seconds`` at most."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
        for _ in threads:
            self._jobs.end_thread()
        deadline = monotonic() + wait_seconds
        for thread in threads:
            if thread is not current_thread():
                thread.join(max(0.0, deadline - monotonic()))

    def _start_thread(self) -> None:
        thread = Thread(
            target=_work,
            args=(self._jobs, self._priority),
            name=f"{NAME}-{len(self._threads)}",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError as error:
            LOGGER.warning("a hashing thread cannot be started: %s", error)
            if not self._threads:
                raise ServiceBusyError from None
        else:
            self._threads.append(thread)


def _work(jobs: _Jobs, priority: int) -> None:
    """Do jobs until the thread must end."""
    _lower_priority(priority)
    while (job := jobs.get()) is not None:
        job.run()
        del job  # It refers to a password.


def _lower_priority(priority: int) -> None:
    # Linux schedules threads, and takes the number of a thread here. Other systems do not.
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, get_native_id(), priority)
