"""No span of a window admits more than the limit, however attempts and refunds arrive."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from support.builders.values import an_attempt
from support.consistency.sliding_window import (
    admits,
    later,
    most_in_any_window,
    try_charge,
)

from cybershop_customer import Attempt, Charge, RateLimit
from cybershop_customer.adapters.memory.budgets import Budgets
from cybershop_customer.adapters.memory.throttle import MemoryThrottle
from cybershop_customer.domain.session import CLOCK_TOLERANCE

WINDOW: Final = timedelta(seconds=60)
LIMITS: Final = st.integers(1, 12)
GAPS: Final = st.one_of(
    st.just(timedelta(0)),
    st.timedeltas(timedelta(0), timedelta(seconds=5)),
    st.timedeltas(timedelta(0), WINDOW),
    st.sampled_from([WINDOW / 6, WINDOW / 2, WINDOW, WINDOW - timedelta(microseconds=1)]),
)
"""Between one event and the next."""


class WholeRefunds(MemoryThrottle):
    """Negative control: a refund takes back a whole interval, as much as was charged."""

    def charge(self, attempt: Attempt) -> Charge:
        return replace(super().charge(attempt), full_at=attempt.at + timedelta(days=1))


def failures_of(
    throttle: MemoryThrottle, limit: int, events: list[tuple[timedelta, int | None]]
) -> int:
    """The most failures that a window admits.

    An event is how long after the one before it comes, and which login turns out to be rightful,
    or None for another attempt. A login that does not turn out to be rightful is a failure.
    """
    now = replace(an_attempt(), rate_limit=RateLimit(limit, WINDOW))
    unverified: list[Charge] = []
    failed: list[Charge] = []
    for gap, rightful in events:
        now = later(now, gap)
        if rightful is None:
            charge = try_charge(throttle, now)
            if isinstance(charge, Charge):
                unverified.append(charge)
        elif unverified:
            throttle.refund(unverified.pop(rightful % len(unverified)), now.at)
    failed = unverified
    return most_in_any_window([charge.attempt.at for charge in failed], WINDOW)


EVENTS: Final = st.lists(st.tuples(GAPS, st.one_of(st.none(), st.none(), st.integers(0, 20))))


@given(limit=LIMITS, events=EVENTS)
def test_no_window_admits_more_failures_than_the_limit(
    limit: int, events: list[tuple[timedelta, int | None]]
) -> None:
    assert failures_of(MemoryThrottle(), limit, events) <= limit


@given(limit=LIMITS, events=EVENTS, buckets=st.integers(1, 2))
def test_nor_does_a_budget_that_names_share(
    limit: int, events: list[tuple[timedelta, int | None]], buckets: int
) -> None:
    shared = MemoryThrottle(Budgets(max_names=0, buckets=buckets))

    assert failures_of(shared, limit, events) <= limit


def test_a_refund_of_all_that_was_charged_admits_too_many() -> None:
    interval = RateLimit(4, WINDOW).interval
    events: list[tuple[timedelta, int | None]] = [
        (timedelta(0), None),
        (interval / 2, None),
        # The first one was rightful.
        (timedelta(0), 0),
        *[(timedelta(0), None)] * 4,
        *[(interval / 2, None)] * 3,
    ]

    assert failures_of(WholeRefunds(), 4, events) == 5
    assert failures_of(MemoryThrottle(), 4, events) == 4


@given(
    limit=LIMITS,
    events=st.lists(st.tuples(GAPS, st.timedeltas(timedelta(0), CLOCK_TOLERANCE))),
)
def test_no_window_admits_more_than_the_limit_by_clocks_that_differ(
    limit: int, events: list[tuple[timedelta, timedelta]]
) -> None:
    """Each process charges by its own clock, which may be half a minute ahead of another one."""
    throttle, now = MemoryThrottle(), an_attempt(limit, window=WINDOW)
    times: list[datetime] = []
    for gap, ahead in events:
        now = later(now, gap)
        attempt = later(now, ahead)
        if admits(throttle, attempt):
            times.append(attempt.at)

    assert most_in_any_window(times, WINDOW) <= limit


@given(limit=LIMITS, gaps=st.lists(GAPS, min_size=1))
def test_a_refused_name_is_admitted_when_it_was_told_and_within_half_a_window(
    limit: int, gaps: list[timedelta]
) -> None:
    throttle, now = MemoryThrottle(), an_attempt(limit, window=WINDOW)
    for gap in gaps:
        now = later(now, gap)
        seconds = try_charge(throttle, now)
        while isinstance(seconds, Charge):
            seconds = try_charge(throttle, now)

        # A limit of one waits a whole window.
        assert timedelta(seconds=seconds) <= (WINDOW if limit == 1 else WINDOW / 2)
        if seconds > 1:
            assert not admits(throttle, later(now, seconds=seconds - 1))
        now = later(now, seconds=seconds)
        assert admits(throttle, now)
