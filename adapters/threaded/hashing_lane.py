"""The hashing lane of a service: a bounded number of threads and of places."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeVar
from weakref import finalize

from ...ports.hashing_lane import HashingLane, HashingPlace
from ..forking.process_local import ProcessLocal
from ..runtime import monotonic
from .hashing_threads import HashingThreads, Job
from .places import PlaceRequest, Places

T = TypeVar("T")

CLOSE_SECONDS: Final = 1.0
"""How long ``close``, and the end of the process, wait for a password that is being hashed."""


class ThreadedHashingLane(HashingLane):
    """Hashes in ``threads`` threads of low priority, while ``queue`` more callers wait for them.

    One more thread, of a higher priority, hashes only for callers on a known device. The lane
    starts its threads when they are needed. A forked child has places and threads of its own.
    The threads end with ``close``, with the process, or when nothing refers to the lane any more.

    Args:
        threads: how many passwords are hashed at a time.
        queue: how many callers may have a place and wait for a thread.
        hash_seconds: how long one hash takes, until the first ones are measured.
        monotonic: the time in seconds.
    """

    def __init__(
        self,
        *,
        threads: int,
        queue: int,
        hash_seconds: float = 0.0,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self.threads: Final = threads
        self._process = ProcessLocal(
            lambda: _Lane(
                Places(
                    threads=threads, queue=queue, hash_seconds=hash_seconds, monotonic=monotonic
                ),
                HashingThreads(threads),
            )
        )
        # It must not refer to this object. It also runs when the process ends.
        finalize(self, partial(_close, self._process))

    @contextmanager
    def enter(self, *, source: str | None, known_device: bool) -> Generator[HashingPlace]:
        lane = self._process.get()
        request = PlaceRequest(source, known_device=known_device)
        # An interrupt between these lines loses no place: the request knows whether it has one.
        try:
            lane.places.take(request)
            yield _Place(lane, known_device=known_device)
        finally:
            lane.places.give_back(request)

    def close(self) -> None:
        _close(self._process)


class _Lane:
    """The parts of one process."""

    def __init__(self, places: Places, threads: HashingThreads) -> None:
        self.places = places
        self.threads = threads


class _Place(HashingPlace):
    def __init__(self, lane: _Lane, *, known_device: bool) -> None:
        self._lane = lane
        self._known_device = known_device

    def run(self, work: Callable[[], T]) -> T:
        job = Job(work, known_device=self._known_device)
        try:
            return self._lane.threads.run(job)
        finally:
            # Noted here and not by the thread, which would hold the lock with its low priority.
            if job.seconds:
                self._lane.places.note_hash(job.seconds)


def _close(process: ProcessLocal[_Lane]) -> None:
    lane = process.peek()
    if lane is not None:
        lane.threads.close(CLOSE_SECONDS)
