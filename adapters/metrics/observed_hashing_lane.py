"""The hashing lane, with its places, waits and refusals counted."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from ...domain.errors import ServiceBusyError
from ...ports.hashing_lane import HashingLane, HashingPlace
from ..forking.fork_safe_lock import ForkSafeLock
from ..runtime import monotonic
from .service_metrics import ServiceMetrics

T = TypeVar("T")


class ObservedHashingLane(HashingLane):
    """Counts what ``lane`` does.

    Only the callers count. The hashing threads have a low priority, and a lock that one of them
    held would delay every request. So the number of busy threads follows from the number of
    callers that have work for them.

    Args:
        lane: hashes the passwords.
        threads: how many passwords it hashes at a time; None if that has no limit.
        metrics: where the counts go.
    """

    def __init__(self, lane: HashingLane, threads: int | None, metrics: ServiceMetrics) -> None:
        self._lane = lane
        self._load = _Load(threads, metrics)
        self._metrics = metrics

    @contextmanager
    def enter(self, *, source: str | None, known_device: bool) -> Generator[HashingPlace]:
        began = monotonic()
        self._load.change(places_wanted=1)
        waits = True
        try:
            with self._lane.enter(source=source, known_device=known_device) as place:
                self._load.change(places_wanted=-1)
                waits = False
                yield _Place(place, self._load, self._metrics, monotonic() - began)
        except ServiceBusyError:
            if waits:
                self._metrics.hashing_refused.inc()
            raise
        finally:
            if waits:
                self._load.change(places_wanted=-1)

    def close(self) -> None:
        self._lane.close()


class _Place(HashingPlace):
    def __init__(
        self, place: HashingPlace, load: "_Load", metrics: ServiceMetrics, waited: float
    ) -> None:
        self._place = place
        self._load = load
        self._metrics = metrics
        self._waited = waited

    def run(self, work: Callable[[], T]) -> T:
        times: list[float] = []

        def timed() -> T:
            times.append(monotonic())
            try:
                return work()
            finally:
                times.append(monotonic())

        asked = monotonic()
        self._load.change(hashes=1)
        try:
            return self._place.run(timed)
        finally:
            self._load.change(hashes=-1)
            if len(times) == 2:  # noqa: PLR2004 (the work began and ended)
                began, ended = times
                self._metrics.hashing_wait_seconds.observe(self._waited + began - asked)
                self._metrics.hashing_seconds.observe(ended - began)
                self._waited = 0.0


class _Load:
    """How many callers wait for a place, and how many have a password to hash."""

    def __init__(self, threads: int | None, metrics: ServiceMetrics) -> None:
        self._threads = threads
        self._busy = metrics.hashing_busy
        self._waiting = metrics.hashing_waiting
        self._lock = ForkSafeLock()
        self._places_wanted = 0
        self._hashes = 0

    def change(self, *, places_wanted: int = 0, hashes: int = 0) -> None:
        """Add to the numbers, and set the gauges."""
        with self._lock:
            self._places_wanted += places_wanted
            self._hashes += hashes
            busy = self._hashes if self._threads is None else min(self._hashes, self._threads)
            self._busy.set(busy)
            self._waiting.set(self._places_wanted + self._hashes - busy)
