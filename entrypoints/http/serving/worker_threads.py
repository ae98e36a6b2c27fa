"""Dispatches requests to worker threads, and stops the threads.

waitress' own dispatcher does not join its threads, so one may still run when the interpreter ends.
"""

# pyright has type stubs of an older waitress.
# pyright: reportAttributeAccessIssue=false, reportIncompatibleMethodOverride=false
# pyright: reportUnknownMemberType=false

from collections.abc import Callable
from threading import Thread
from time import monotonic

from waitress.task import ThreadedTaskDispatcher


class WorkerThreads(ThreadedTaskDispatcher):
    """A dispatcher that joins its threads.

    They are daemon threads, so a thread that hangs does not keep the process alive. But a thread
    that runs native code while the interpreter ends aborts the process.
    """

    def __init__(self) -> None:
        super().__init__()
        self._started_threads: list[Thread] = []

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        """Start one thread."""
        name = f"waitress-{thread_no}"
        thread = Thread(target=target, name=name, args=(thread_no,), daemon=True)
        self._started_threads.append(thread)
        thread.start()

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
