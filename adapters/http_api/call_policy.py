"""Decides whether a call is sent, how long it may take, and whether it is sent again.

It is a generator of steps, so the clients with threads and with asyncio share the decisions: each
takes a step in its own way, and sends back what came of it.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from ...domain.errors import CheckerUnavailableError
from ..time_limit import checked_time_limit
from .call_failure import CallFailure, Retry
from .circuit_breaker import CircuitBreaker
from .outage_log import OutageLog
from .retry_budget import RetryBudget

_LONGEST_PAUSE: Final = 0.1
"""Seconds before a retry, at most."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request once, and send back the answer."""

    seconds: float
    """How long this may take."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait, and send back None."""

    seconds: float


Steps: TypeAlias = Generator[Send | Pause, T | CallFailure | None, T | CallFailure]
"""The steps of one call. The generator returns the answer of the call."""


class CallPolicy:
    """Limits the time of a call, with one retry where that may help and does no harm.

    One circuit breaker and one retry budget serve all calls of a process to one service.

    Raises:
        SettingsError: the time limit is invalid.
    """

    def __init__(
        self,
        time_limit: float,
        log: OutageLog,
        *,
        monotonic: Callable[[], float],
        uniform: Callable[[float, float], float],
    ) -> None:
        self._time_limit = checked_time_limit(time_limit)
        self._log = log
        self._monotonic = monotonic
        self._uniform = uniform
        self._breaker = CircuitBreaker(monotonic=monotonic, uniform=uniform)
        self._budget = RetryBudget()

    def steps(
        self,
        *,
        repeatable: bool = True,
        in_doubt: Callable[[T | CallFailure], T | CallFailure] | None = None,
    ) -> Steps[T]:
        """The steps of one call.

        Args:
            repeatable: whether the request may be sent again though it may have worked. If not,
                it is sent again only if the service cannot have received it.
            in_doubt: what an answer means if an earlier attempt may have acted.

        Returns:
            What the service answered, or the failure of the last attempt; or, if the circuit
            breaker admits no request, a failure without an attempt.
        """
        try:
            probe = self._breaker.admit()
        except CheckerUnavailableError as error:
            return CallFailure(
                "too many calls failed", Retry.NEVER, error.retry_after, may_have_acted=False
            )
        worked: bool | None = None
        try:
            attempts: Steps[T] = self._attempt_twice(repeatable, in_doubt)
            result = yield from attempts
            worked = not isinstance(result, CallFailure)
        finally:
            # A caller that gives up closes the generator. That says nothing about the service.
            # Also after an unexpected error: a probe that never ends would block all later ones.
            self._breaker.settle(probe=probe, worked=worked)
        if isinstance(result, CallFailure):
            self._log.failed(result.cause)
        else:
            self._log.worked()
        return result

    def _attempt_twice(
        self,
        repeatable: bool,  # noqa: FBT001 (as ``steps`` got it)
        in_doubt: Callable[[T | CallFailure], T | CallFailure] | None,
    ) -> Steps[T]:
        """Attempt once, and once more where that may help."""
        began = self._monotonic()
        first: Steps[T] = _sent(self._time_limit)
        result = yield from first
        if isinstance(result, CallFailure):
            # A closed kept connection says nothing about the service, so it costs no token. Many
            # connections that close together would use up the budget.
            lost = result.retry is Retry.AT_ONCE
            if not lost and (not self._budget.failed() or result.retry is Retry.NEVER):
                return result
            if result.may_have_acted and not repeatable:
                return result
            failed_at = self._monotonic()
            pause = 0.0 if lost else self._uniform(0, _LONGEST_PAUSE)
            remaining = began + self._time_limit - failed_at - pause
            # The second attempt may take as long as the first one did.
            if remaining <= failed_at - began:
                return result
            yield Pause(pause)
            acted = result.may_have_acted
            second: Steps[T] = _sent(remaining)
            result = yield from second
            if acted and in_doubt is not None:
                result = in_doubt(result)
            if isinstance(result, CallFailure):
                self._budget.failed()
                return result
        self._budget.succeeded()
        return result


def _sent(seconds: float) -> Steps[T]:
    answer = yield Send(seconds)
    if answer is None:
        raise TypeError("a step Send needs an answer")
    return answer
