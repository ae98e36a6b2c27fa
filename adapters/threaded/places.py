"""The places of the hashing lane: who gets one, who waits for one, and who is refused."""

from collections import Counter
from collections.abc import Callable
from math import ceil
from threading import Event, Lock
from typing import Final

from ...domain.errors import ServiceBusyError

SHORT_WAIT_SECONDS: Final = 0.1
"""A caller waits for a place if it can expect to wait for less than this."""

MAX_WAIT_SECONDS: Final = 1.0
"""The longest time that a caller waits, if the work turns out to take longer than expected."""

COMPETITION_SECONDS: Final = 5.0
"""How long the refusal of one source limits the others to their share. A refused caller is mostly
told to try again in one or two seconds, so it finds a place then."""

_WEIGHT: Final = 0.2
"""The weight of the newest duration in the moving average."""


class PlaceRequest:
    """One caller that wants a place."""

    __slots__ = ("decided", "has_place", "known_device", "source")

    def __init__(self, source: str | None, *, known_device: bool) -> None:
        self.source = source
        self.known_device = known_device
        self.has_place = False
        self.decided = Event()
        """Set when a caller that waits gets a place or is refused."""


class Places:
    """Gives out the places of one process. One place is for one caller, for one or more hashes.

    - Callers on a known device have a reserved part: a quarter, and at least one of the places, of
      which there are two at least. Other callers never take it.
    - One source holds half of the places at most while others compete: while they hold a place,
      wait for one, or were refused a moment ago. Callers without a source have no such limit.
    - A caller that finds no place is refused at once, unless it can expect a short wait.

    Args:
        threads: how many callers hash at a time.
        queue: how many more have a place, and wait for a thread.
        hash_seconds: how long a hash takes, until the first ones are measured.
        monotonic: the time in seconds.
    """

    def __init__(
        self, *, threads: int, queue: int, hash_seconds: float, monotonic: Callable[[], float]
    ) -> None:
        self._threads = threads
        # Two at least, so that one is there for known devices.
        self._total = max(2, threads + queue)
        self._reserved = max(1, self._total // 4)
        self._share = max(1, self._total // 2)
        self._hash_seconds = hash_seconds
        self._monotonic = monotonic
        self._lock = Lock()
        self._taken = 0
        self._taken_by_strangers = 0
        self._taken_by_source: Counter[str] = Counter()
        self._waiting: list[PlaceRequest] = []
        self._refusals = _LatestRefusals()

    def take(self, request: PlaceRequest) -> None:
        """Take a place for ``request``. The caller must give it back, even if this raises.

        Raises:
            ServiceBusyError: there is no place for it.
        """
        with self._lock:
            if self._has_room(request):
                self._admit(request)
                return
            if self._expected_wait(ahead=len(self._waiting)) >= SHORT_WAIT_SECONDS:
                raise self._refuse(request)
            self._waiting.append(request)
        request.decided.wait(MAX_WAIT_SECONDS)
        with self._lock:
            if not request.has_place:
                raise self._refuse(request)

    def give_back(self, request: PlaceRequest) -> None:
        """Give the place of ``request`` to the next caller, if it has one. It waits no longer."""
        with self._lock:
            if request in self._waiting:
                self._waiting.remove(request)
            if request.has_place:
                self._release(request)
            for waiting in list(self._waiting):
                if self._has_room(waiting):
                    self._waiting.remove(waiting)
                    self._admit(waiting)

    def note_hash(self, seconds: float) -> None:
        """Note how long a hash took. Callers that would now wait for too long are refused."""
        with self._lock:
            self._hash_seconds += _WEIGHT * (seconds - self._hash_seconds)
            while self._waiting and (
                self._expected_wait(ahead=len(self._waiting) - 1) >= SHORT_WAIT_SECONDS
            ):
                self._waiting.pop().decided.set()

    def _has_room(self, request: PlaceRequest) -> bool:
        if self._taken >= self._total:
            return False
        if not request.known_device and self._taken_by_strangers >= self._total - self._reserved:
            return False
        source = request.source
        if source is None or self._taken_by_source[source] < self._share:
            return True
        return not self._others_compete(source)

    def _others_compete(self, source: str) -> bool:
        """Whether a caller other than ``source`` has a place or wants one."""
        if self._taken > self._taken_by_source[source]:
            return True
        if any(waiting.source != source for waiting in self._waiting):
            return True
        refused_at = self._refusals.latest_of_others(source)
        return self._monotonic() - refused_at < COMPETITION_SECONDS

    def _admit(self, request: PlaceRequest) -> None:
        self._count(request, 1)
        request.has_place = True
        request.decided.set()

    def _release(self, request: PlaceRequest) -> None:
        request.has_place = False
        self._count(request, -1)

    def _count(self, request: PlaceRequest, change: int) -> None:
        self._taken += change
        if not request.known_device:
            self._taken_by_strangers += change
        if request.source is not None:
            self._taken_by_source[request.source] += change
            # Without its zeros, the counter is no longer than the places are many.
            self._taken_by_source = +self._taken_by_source

    def _expected_wait(self, *, ahead: int) -> float:
        """Seconds until a thread is free for a caller behind ``ahead`` others that wait."""
        return self._hash_seconds * (self._taken + ahead) / self._threads

    def _refuse(self, request: PlaceRequest) -> ServiceBusyError:
        self._refusals.note(request.source, self._monotonic())
        return ServiceBusyError(max(1, ceil(self._expected_wait(ahead=1))))


class _LatestRefusals:
    """The latest refusal, and the latest one of any other source. So it needs no list."""

    def __init__(self) -> None:
        self._source: str | None = None
        self._at = float("-inf")
        self._at_before = float("-inf")

    def note(self, source: str | None, at: float) -> None:
        if source != self._source:
            self._source, self._at_before = source, self._at
        self._at = at

    def latest_of_others(self, source: str) -> float:
        """When a caller other than ``source`` was refused last."""
        return self._at_before if source == self._source else self._at
