"""Charges a throttle, and counts what it admitted in any span of time."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from cybershop_customer import Attempt, Charge, Throttle, TooManyAttemptsError


def try_charge(throttle: Throttle, attempt: Attempt) -> Charge | int:
    """The charge, or after how many seconds to try again."""
    try:
        return throttle.charge(attempt)
    except TooManyAttemptsError as error:
        return error.retry_after


def admits(throttle: Throttle, attempt: Attempt) -> bool:
    """Whether the throttle counted ``attempt``."""
    return isinstance(try_charge(throttle, attempt), Charge)


def admitted(throttle: Throttle, attempt: Attempt, times: int) -> int:
    """How many of so many attempts at the same time the throttle counted."""
    return [admits(throttle, attempt) for _ in range(times)].count(True)


def exhaust(throttle: Throttle, attempt: Attempt) -> list[Charge]:
    """Use up a full budget; return what was charged."""
    return [throttle.charge(attempt) for _ in range(attempt.rate_limit.burst)]


def later(attempt: Attempt, by: timedelta | None = None, *, seconds: float = 0) -> Attempt:
    """The same attempt at a later time."""
    return replace(attempt, at=attempt.at + (by or timedelta(seconds=seconds)))


def most_in_any_window(times: Iterable[datetime], window: timedelta) -> int:
    """How many of ``times`` the half-open span of ``window`` has that has most of them."""
    times = list(times)
    return max(
        (sum(start <= time < start + window for time in times) for start in times), default=0
    )
