"""Calls the service within a time limit, with one retry where that may help and does no harm."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from ...domain.errors import CheckerUnavailableError
from ..time_limit import checked_time_limit
from .call_failure import CallFailure, Retry
from .circuit_breaker import CircuitBreaker
from .outage_log import OutageLog
from .retry_budget import RetryBudget

_LONGEST_PAUSE: Final = 0.1
"""Seconds before a retry, at most."""

T = TypeVar("T")


class RetryingClient(Generic[T]):
    """Limits the time of a call, and decides whether to retry. Each call returns a ``T``.

    Raises:
        SettingsError: the time limit is invalid.
    """

    def __init__(
        self,
        time_limit: float,
        log: OutageLog,
        *,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
        uniform: Callable[[float, float], float],
    ) -> None:
        self._time_limit = checked_time_limit(time_limit)
        self._log = log
        self._sleep = sleep
        self._monotonic = monotonic
        self._uniform = uniform
        self._breaker = CircuitBreaker(monotonic=monotonic, uniform=uniform)
        self._budget = RetryBudget()

    def call(self, attempt: Callable[[float], T | CallFailure]) -> T:
        """Return what ``attempt`` makes of the service's response.

        Args:
            attempt: sends the request once. Its argument is its time limit in seconds.

        Raises:
            CheckerUnavailableError: no attempt got a usable response, or the circuit breaker
                admitted no request.
        """
        probe = self._breaker.admit()
        worked = False
        try:
            result = self._attempt_twice(attempt)
            worked = not isinstance(result, CallFailure)
        finally:
            # Also after an unexpected error: a probe that never ends would block all later ones.
            self._breaker.settle(probe=probe, worked=worked)
        if isinstance(result, CallFailure):
            self._log.failed(result.cause)
            raise CheckerUnavailableError(result.retry_after)
        self._log.worked()
        return result

    def _attempt_twice(self, attempt: Callable[[float], T | CallFailure]) -> T | CallFailure:
        """Attempt once, and once more where that may help."""
        began = self._monotonic()
        result = attempt(self._time_limit)
        if isinstance(result, CallFailure):
            # A closed kept connection says nothing about the service, so it costs no token. Many
            # connections that close together would use up the budget.
            lost = result.retry is Retry.AT_ONCE
            if not lost and (not self._budget.failed() or result.retry is Retry.NEVER):
                return result
            failed_at = self._monotonic()
            pause = 0.0 if lost else self._uniform(0, _LONGEST_PAUSE)
            remaining = began + self._time_limit - failed_at - pause
            # The second attempt may take as long as the first one did.
            if remaining <= failed_at - began:
                return result
            self._sleep(pause)
            result = attempt(remaining)
            if isinstance(result, CallFailure):
                self._budget.failed()
                return result
        self._budget.succeeded()
        return result
