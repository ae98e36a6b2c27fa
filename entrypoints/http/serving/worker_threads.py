"""The threads that serve requests, which can be waited for."""

# The types that pyright brings for waitress are those of an older one.
# pyright: reportAttributeAccessIssue=false, reportIncompatibleMethodOverride=false
# pyright: reportUnknownMemberType=false

from collections.abc import Callable
from threading import Thread
from time import monotonic

from waitress.task import ThreadedTaskDispatcher


class WorkerThreads(ThreadedTaskDispatcher):
    """Keeps its threads, to join them at the end.

    They are daemon threads, so that one that hangs cannot keep the process from ending. But one
    that is in native code while the interpreter ends aborts the process.
    """

    def __init__(self) -> None:
        super().__init__()
        self._handles: list[Thread] = []

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        """Start one thread."""
        name = f"waitress-{thread_no}"
        thread = Thread(target=target, name=name, args=(thread_no,), daemon=True)
        self._handles.append(thread)
        thread.start()

    def stop(self, seconds: float) -> bool:
        """End the threads as soon as they are idle. Returns whether all ended in time."""
        deadline = monotonic() + seconds
        self.set_thread_count(0)
        for thread in self._handles:
            thread.join(max(0.0, deadline - monotonic()))
        with self.lock:
            while self.queue:
                self.queue.popleft().cancel()
        return not any(thread.is_alive() for thread in self._handles)
