"""Threads that leave the processors to the other threads of the process."""

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from threading import Lock, Thread, current_thread, get_native_id
from typing import Final, Generic, TypeVar

from ...domain.errors import ServiceBusyError
from ..runtime import monotonic
from .jobs import Jobs

T = TypeVar("T")

LOGGER: Final = logging.getLogger("cybershop_customer.hashing")

NAME: Final = "hashing"
"""How the names of the threads begin."""

NICENESS: Final = 10
"""How much lower the priority is than that of the request threads. While a request thread wants the
same processor, a hashing thread gets a tenth of it (setpriority(2), sched(7))."""

NICENESS_OF_KNOWN_DEVICES: Final = 5
"""With this one a thread gets a quarter. So a login on a known device takes about a second while
all processors are busy with other requests."""

_LOWEST_PRIORITY: Final = 19


class Job(Generic[T]):
    """One piece of work, and how long it took."""

    def __init__(self, work: Callable[[], T], *, known_device: bool) -> None:
        self.known_device = known_device
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


class HashingThreads:
    """``count`` daemon threads for all jobs, and one more for jobs of known devices only.

    Each is started when there is work for it. On Linux they have a lower scheduling priority than
    other threads, if the system allows that. Native code that releases Python's lock, such as
    bcrypt, then hardly delays the other threads.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = Lock()
        self._jobs = Jobs()
        self._threads: list[Thread] = []
        self._has_known_device_thread = False
        self._closed = False

    def run(self, job: Job[T]) -> T:
        """Wait for a thread to do ``job``, and return or raise what its work does.

        If the caller is interrupted, work that has not begun is cancelled.

        Raises:
            ServiceBusyError: the system refuses to start a thread, or the threads were closed.
        """
        with self._lock:
            if self._closed:
                raise ServiceBusyError
            self._start_thread(known_device=job.known_device)
            self._jobs.put(job)
        try:
            return job.future.result()
        finally:
            job.future.cancel()

    def close(self, wait_seconds: float) -> None:
        """End the threads when their work is done. Wait for that, ``wait_seconds`` at most."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
        self._jobs.end_threads(self._count)
        deadline = monotonic() + wait_seconds
        for thread in threads:
            if thread is not current_thread():
                thread.join(max(0.0, deadline - monotonic()))

    def _start_thread(self, *, known_device: bool) -> None:
        """Start one more thread, unless all that may do the job run already."""
        known_devices = known_device and not self._has_known_device_thread
        if not known_devices and len(self._threads) - self._has_known_device_thread >= self._count:
            return
        thread = Thread(
            target=_serve_known_devices if known_devices else _serve_all,
            args=(self._jobs,),
            name=f"{NAME}-{len(self._threads)}",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError as error:
            LOGGER.warning("a hashing thread cannot be started: %s", error)
            others = len(self._threads) - self._has_known_device_thread
            if not others and not (known_device and self._has_known_device_thread):
                raise ServiceBusyError from None
            return
        self._threads.append(thread)
        self._has_known_device_thread |= known_devices


# Neither function refers to HashingThreads, which may be collected while they wait.
def _serve_all(jobs: Jobs) -> None:
    _lower_priority(NICENESS)
    while (job := jobs.get()) is not None:
        job.run()
        del job  # It refers to a password.


def _serve_known_devices(jobs: Jobs) -> None:
    _lower_priority(NICENESS_OF_KNOWN_DEVICES)
    while (job := jobs.get_known_device()) is not None:
        job.run()
        del job


def _lower_priority(niceness: int) -> None:
    # Linux schedules threads, and takes the number of a thread here. Other systems do not.
    if sys.platform == "linux":
        thread = get_native_id()
        with suppress(OSError):
            current = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(current + niceness, _LOWEST_PRIORITY))
