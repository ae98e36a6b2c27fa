"""The jobs that wait for a thread."""

from abc import abstractmethod
from collections import deque
from queue import SimpleQueue
from typing import Final, Literal, Protocol

_Signal = Literal["job", "end"]


class AnyJob(Protocol):
    """A job, whatever its result is."""

    known_device: bool

    @abstractmethod
    def run(self) -> None:
        """Do the work."""


class Jobs:
    """Hands out jobs; those of known devices come first.

    A thread that takes a job holds no lock in Python meanwhile: with its low priority it could
    hold one for long. Instead it waits for a signal. A job of a known device has two signals, so
    that either kind of thread can take it. The second signal then finds no job, which is harmless.
    """

    def __init__(self) -> None:
        self._of_known_devices: Final[deque[AnyJob]] = deque()
        self._others: Final[deque[AnyJob]] = deque()
        self._signals: Final[SimpleQueue[_Signal]] = SimpleQueue()
        self._signals_of_known_devices: Final[SimpleQueue[_Signal]] = SimpleQueue()

    def put(self, job: AnyJob) -> None:
        """Add a job."""
        if job.known_device:
            self._of_known_devices.append(job)
            self._signals_of_known_devices.put("job")
        else:
            self._others.append(job)
        self._signals.put("job")

    def end_threads(self, count: int) -> None:
        """Let ``count`` threads that take all jobs end, and the one of known devices."""
        for _ in range(count):
            self._signals.put("end")
        self._signals_of_known_devices.put("end")

    def get(self) -> AnyJob | None:
        """Wait for a job. Returns None if the thread must end."""
        while self._signals.get() == "job":
            job = _pop(self._of_known_devices) or _pop(self._others)
            if job is not None:
                return job
        return None

    def get_known_device(self) -> AnyJob | None:
        """Wait for a job of a known device. Returns None if the thread must end."""
        while self._signals_of_known_devices.get() == "job":
            job = _pop(self._of_known_devices)
            if job is not None:
                return job
        return None


def _pop(jobs: deque[AnyJob]) -> AnyJob | None:
    try:
        return jobs.popleft()
    except IndexError:
        return None
