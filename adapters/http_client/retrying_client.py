"""Asks within a time limit: once, or twice where that may help and does no harm."""

from collections.abc import Callable
from typing import Final, TypeAlias

from ...domain.errors import CheckerUnavailableError
from ..time_limit import checked_time_limit
from .call_failure import CallFailure, Retry
from .circuit_breaker import CircuitBreaker
from .outage_log import OutageLog
from .retry_budget import RetryBudget
from .session_response import Verdict

_LONGEST_PAUSE: Final = 0.1

Ask: TypeAlias = Callable[[float], Verdict | CallFailure]
"""Asks once, and gets the seconds that it may take."""


class RetryingClient:
    """Knows how long a call may take, and when to ask again or not at all.

    Raises:
        SettingsError: the time limit is none.
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

    def call(self, ask: Ask) -> Verdict:
        """What the service says.

        Raises:
            CheckerUnavailableError: nothing that could be used, or nothing was asked, since
                those before had no answer either.
        """
        probe = self._breaker.admit()
        worked = False
        try:
            found = self._asked(ask)
            worked = not isinstance(found, CallFailure)
        finally:
            # Whatever happens: a probe that never ended would let no other through.
            self._breaker.settle(probe=probe, worked=worked)
        if isinstance(found, CallFailure):
            self._log.failed(found.why)
            raise CheckerUnavailableError(found.retry_after)
        self._log.worked()
        return found

    def _asked(self, ask: Ask) -> Verdict | CallFailure:
        began = self._monotonic()
        found = ask(self._time_limit)
        if isinstance(found, CallFailure):
            # The end of a kept connection says nothing about the service: it costs no token, or
            # many that end together would leave none.
            lost = found.retry is Retry.AT_ONCE
            if not lost and (not self._budget.failed() or found.retry is Retry.NEVER):
                return found
            failed_at = self._monotonic()
            pause = 0.0 if lost else self._uniform(0, _LONGEST_PAUSE)
            left = began + self._time_limit - failed_at - pause
            # The next attempt may fail as slowly as this one did.
            if left <= failed_at - began:
                return found
            self._sleep(pause)
            found = ask(left)
            if isinstance(found, CallFailure):
                self._budget.failed()
                return found
        self._budget.succeeded()
        return found
