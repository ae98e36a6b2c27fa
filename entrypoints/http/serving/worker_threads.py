"""Dispatches requests to worker threads, and stops the threads.

waitress' own dispatcher does not join its threads, so one may still run when the interpreter ends.
It also processes requests in the order of their arrival, so a session check waits for every login
that arrived before.
"""

# pyright has type stubs of an older waitress.
# pyright: reportAttributeAccessIssue=false, reportIncompatibleMethodOverride=false
# pyright: reportUnknownMemberType=false

from collections.abc import Callable
from threading import Thread
from time import monotonic
from typing import Final

from waitress.task import ThreadedTaskDispatcher

from .request_queue import RequestQueue, TakenTask

_MIN_THREADS: Final = 3
"""With fewer threads, none is kept free."""


class WorkerThreads(ThreadedTaskDispatcher):
    """A dispatcher that joins its threads, and keeps one free for requests that go first.

    They are daemon threads, so a thread that hangs does not keep the process alive. But a thread
    that runs native code while the interpreter ends aborts the process.

    Args:
        goes_first: says whether a request to this path goes before the others.
    """

    def __init__(self, goes_first: Callable[[str], bool]) -> None:
        super().__init__()
        self._requests = RequestQueue(goes_first)
        self.queue = self._requests  # The name that waitress uses.
        self._started_threads: list[Thread] = []
        self._busy_with_others = 0

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        """Start one thread."""
        name = f"waitress-{thread_no}"
        thread = Thread(target=target, name=name, args=(thread_no,), daemon=True)
        self._started_threads.append(thread)
        thread.start()

    def handler_thread(self, thread_no: int) -> None:
        """Process tasks until the thread must end."""
        while (taken := self._take(thread_no)) is not None:
            try:
                taken.task.service()
            except BaseException:
                self.logger.exception("Exception when servicing %r", taken.task)
            if not taken.goes_first:
                with self.lock:
                    self._busy_with_others -= 1

    def _take(self, thread_no: int) -> TakenTask | None:
        """Wait for a task. Returns None if the thread must end."""
        with self.lock:
            while not self.stop_count:
                threads = len(self.threads)
                most = threads - 1 if threads >= _MIN_THREADS else threads
                taken = self._requests.take(only_first=self._busy_with_others >= most)
                if taken is not None:
                    self._busy_with_others += not taken.goes_first
                    return taken
                self.active_count -= 1
                self.queue_cv.wait()
                self.active_count += 1
            self.active_count -= 1
            self.stop_count -= 1
            self.threads.discard(thread_no)
            self.thread_exit_cv.notify()
            return None

    def stop(self, seconds: float) -> bool:
        """End each thread when it is idle. Returns whether all ended within ``seconds``."""
        deadline = monotonic() + seconds
        self.set_thread_count(0)
        for thread in self._started_threads:
            thread.join(max(0.0, deadline - monotonic()))
        with self.lock:
            while self.queue:
                self.queue.popleft().cancel()
        return not any(thread.is_alive() for thread in self._started_threads)
