"""What the arbiter and the workers of one service know together."""

import fcntl
import os
from collections.abc import Callable
from mmap import mmap
from tempfile import TemporaryFile
from typing import Final

_STOPPING: Final = 0
_UNFINISHED: Final = 1
_ENSURED: Final = 2


class SharedState:
    """Flags and a lock that the arbiter and its workers share.

    Make it before the first worker; each worker inherits it by the fork.

    Args:
        folder: where its lock file may be; None for the system's folder of temporary files.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._memory = mmap(-1, 3)
        # The lock of a process ends with the process, however that ends (fcntl(2)).
        self._lock = TemporaryFile(dir=folder)  # noqa: SIM115 (open as long as the service)

    def ensure_once(self, ensure: Callable[[], None]) -> None:
        """Call ``ensure`` unless a process of this service has done so with success.

        Only one process calls it at a time, the others wait. If it raises, the next one calls it.
        """
        descriptor = self._lock.fileno()
        fcntl.lockf(descriptor, fcntl.LOCK_EX)
        try:
            if not self._memory[_ENSURED]:
                ensure()
                self._memory[_ENSURED] = 1
        finally:
            fcntl.lockf(descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Release what this process has of it."""
        self._lock.close()
        self._memory.close()

    @property
    def stopping(self) -> bool:
        """Whether the whole service stops. Otherwise a worker that ends is replaced."""
        return bool(self._memory[_STOPPING])

    def note_stop(self) -> None:
        """Record that the whole service stops."""
        self._memory[_STOPPING] = 1

    @property
    def unfinished(self) -> bool:
        """Whether a worker has left requests unanswered at its end."""
        return bool(self._memory[_UNFINISHED])

    def note_unfinished(self) -> None:
        """Record that this worker leaves requests unanswered."""
        self._memory[_UNFINISHED] = 1


def temporary_folder() -> str | None:
    """A folder in memory, which a container with a read-only root has too, or None."""
    shared = "/dev/shm"  # noqa: S108 (the files in it have no name)
    return shared if os.path.isdir(shared) and os.access(shared, os.W_OK) else None  # noqa: PTH112
