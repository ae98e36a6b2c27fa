"""A circuit breaker: nobody waits for a service that is known to be down."""

from collections.abc import Callable
from math import ceil
from threading import Lock
from typing import Final

_FAILURES: Final = 5
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 5.0


class Breaker:
    """Opens after five failures in a row; then calls fail at once, for a second at first.

    After the pause one call is let through (half-open). Its success closes the breaker, its
    failure opens it for up to twice as long, at most five seconds. Pauses are random by half, so
    that not all clients come back at the same moment.
    """

    def __init__(
        self, *, monotonic: Callable[[], float], uniform: Callable[[float, float], float]
    ) -> None:
        self._monotonic = monotonic
        self._uniform = uniform
        self._lock = Lock()
        self._failures = 0
        self._pause = _FIRST_PAUSE
        self._open_until: float | None = None
        self._probing = False

    def admits(self) -> bool:
        """Whether a call may be made. Whoever makes it must tell how it ended."""
        # Looked at without the lock, as long as all is well.
        return self._open_until is None or self._may_probe()

    def _may_probe(self) -> bool:
        with self._lock:
            # Another thread may have closed it meanwhile.
            open_until = self._open_until
            if open_until is None:
                return True
            if self._probing or self._monotonic() < open_until:
                return False
            self._probing = True
            return True

    @property
    def retry_after(self) -> int:
        """In how many whole seconds a call may be let through again; at least 1."""
        open_until = self._open_until
        return 1 if open_until is None else max(1, ceil(open_until - self._monotonic()))

    def succeeded(self) -> None:
        """A call was answered."""
        if self._failures:
            with self._lock:
                self._failures = 0
                self._pause = _FIRST_PAUSE
                self._open_until = None
                self._probing = False

    def failed(self) -> None:
        """A call was not."""
        with self._lock:
            self._failures += 1
            opens = self._open_until is None and self._failures >= _FAILURES
            # Calls that were on their way when it opened say nothing new.
            if opens or self._probing:
                self._probing = False
                self._open_until = self._monotonic() + self._uniform(self._pause / 2, self._pause)
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
