"""Stops requests to a service that fails, and probes it until it answers."""

from collections.abc import Callable
from math import ceil
from threading import Lock
from typing import Final

from ...domain.errors import CheckerUnavailableError

_FAILURES: Final = 5
# Both in seconds.
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 5.0


class CircuitBreaker:
    """A circuit breaker with the states closed, open and half-open (M. Nygard, "Release It!").

    - Closed: it admits every request. Five failures in a row open it.
    - Open: it admits no request. This lasts one second, twice as long after each failed probe, and
      five seconds at most. Each client waits a random time between half of that and all of it, so
      that clients do not come back together.
    - Half-open: it admits one probe at a time.

    Any success closes it.
    """

    def __init__(
        self, *, monotonic: Callable[[], float], uniform: Callable[[float, float], float]
    ) -> None:
        self._monotonic = monotonic
        self._uniform = uniform
        self._lock = Lock()
        self._failures = 0
        self._pause = 0.0
        self._open_until: float | None = None
        self._probing = False

    def admit(self) -> bool:
        """Admit a request. The caller must call ``settle`` when the request has ended.

        Returns:
            Whether the request is a probe.

        Raises:
            CheckerUnavailableError: the request is not admitted.
        """
        with self._lock:
            if self._open_until is None:
                return False
            wait = self._open_until - self._monotonic()
            if wait > 0 or self._probing:
                raise CheckerUnavailableError(max(1, ceil(wait)))
            self._probing = True
            return True

    def settle(self, *, probe: bool, worked: bool | None) -> None:
        """Note how an admitted request ended; None if its caller gave up, so no one knows."""
        with self._lock:
            if worked:
                self._failures = 0
                self._open_until = None
                self._pause = 0.0
            elif worked is False and (probe or self._open_until is None):
                self._failures += 1
                if self._failures >= _FAILURES:
                    self._open()
            if probe:
                self._probing = False

    def _open(self) -> None:
        self._pause = min(max(_FIRST_PAUSE, 2 * self._pause), _LONGEST_PAUSE)
        pause = self._pause / 2 + self._uniform(0, self._pause / 2)
        self._open_until = self._monotonic() + pause
