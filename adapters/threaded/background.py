"""Work after the answer, in threads of its own."""

from collections.abc import Callable
from functools import partial
from typing import Final
from weakref import finalize

from ...ports.background import Background
from ..background_job import Job
from ..forking.child_end import call_at_end_of_child
from ..forking.process_local import ProcessLocal
from ..runtime import monotonic
from .background_threads import BackgroundThreads

ROOM: Final = 1000
"""How many pieces of work may wait."""

THREADS: Final = 2
"""How many are done at a time. Their work mostly waits for a server."""

EXIT_SECONDS: Final = 5.0
"""How long the end of the process waits for accepted work, if ``close`` was not called before."""


class ThreadedBackground(Background):
    """Does the work in ``threads`` daemon threads, while up to ``room`` more pieces wait.

    The threads start when there is work. A forked child has a queue and threads of its own, and
    leaves the parent's work to the parent. At the end of the process the accepted work is
    finished, within ``EXIT_SECONDS``. A process that is killed loses it.

    Args:
        room: how many pieces of work may wait.
        threads: how many are done at a time.
        monotonic: the time in seconds.
    """

    def __init__(
        self,
        *,
        room: int = ROOM,
        threads: int = THREADS,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        def make_threads() -> BackgroundThreads:
            made = BackgroundThreads(room=room, count=threads, monotonic=monotonic)
            call_at_end_of_child(made.close, EXIT_SECONDS)
            return made

        self._process = ProcessLocal(make_threads)
        # It must not refer to this object. It also runs when the process ends.
        finalize(self, partial(_close, self._process, EXIT_SECONDS))

    @property
    def done(self) -> int:
        """How many pieces of work this process has done without an error."""
        return self._process.get().done

    @property
    def failed(self) -> int:
        """How many pieces of work ended with an error in this process."""
        return self._process.get().failed

    @property
    def refused(self) -> int:
        """How many pieces of work this process has refused."""
        return self._process.get().refused

    @property
    def waiting(self) -> int:
        """How many pieces of work wait for a thread of this process."""
        return self._process.get().waiting

    def submit(self, name: str, work: Callable[[], None]) -> bool:
        return self._process.get().submit(Job(name, work))

    def close(self, wait_seconds: float) -> None:
        self._process.get().close(wait_seconds)


def _close(process: ProcessLocal[BackgroundThreads], wait_seconds: float) -> None:
    threads = process.peek()
    if threads is not None:
        threads.close(wait_seconds)
