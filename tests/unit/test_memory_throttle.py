"""The login throttle in memory uses bounded memory and never admits more than the limit."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders.values import an_attempt

from cybershop_customer import LoginAttempt
from cybershop_customer.adapters.memory.login_throttle import MemoryLoginThrottle
from cybershop_customer.adapters.memory.tables import Tables
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

WINDOW = 900
LIMIT = 5
A_DAY = 24 * 60 * 60


class Counted:
    """A throttle with little memory, and its tables."""

    def __init__(self, **room: int) -> None:
        self.clock = ManualClock()
        self.tables = Tables(self.clock.monotonic)
        self.throttle = MemoryLoginThrottle(self.tables, **room)

    @property
    def names(self) -> int:
        """The number of names that have their own counts."""
        return sum(map(len, self.tables.attempts.values()))

    def admitted(self, attempt: LoginAttempt, times: int) -> int:
        return [self.throttle.charge(attempt) for _ in range(times)].count(True)


def attempt(name: str, window: int = 0, limit: int = LIMIT) -> LoginAttempt:
    ends_at = START.replace(microsecond=0) + timedelta(seconds=WINDOW * window)
    return LoginAttempt(name, ends_at, limit, WINDOW)


def test_invented_names_take_bounded_memory() -> None:
    counted = Counted(max_names=10, buckets=16)

    for number in range(1000):
        counted.throttle.charge(attempt(f"invented {number}"))

    assert counted.names == 10
    assert len(counted.tables.attempts) == 1


def test_a_name_that_shares_its_count_is_admitted_no_more_often_than_the_limit() -> None:
    counted = Counted(max_names=1, buckets=1)
    counted.throttle.charge(attempt("first"))

    # The name is refused one attempt earlier, since another name shares its count.
    assert counted.admitted(attempt("ann"), 9) == LIMIT - 1


def test_a_crowd_of_invented_names_does_not_lock_the_others_out() -> None:
    counted = Counted()
    for number in range(50_000):
        counted.throttle.charge(attempt(f"invented {number}", limit=20))

    admitted = [counted.admitted(attempt(f"customer {number}", limit=20), 1) for number in range(9)]

    assert admitted == [1] * 9


def test_a_refund_does_not_change_a_shared_count() -> None:
    counted = Counted(max_names=1, buckets=1)
    counted.throttle.charge(attempt("first"))
    counted.admitted(attempt("ann"), LIMIT - 1)

    for _ in range(9):
        counted.throttle.refund(attempt("ann"))

    assert counted.admitted(attempt("ann"), 9) == 0


def test_a_refunded_name_takes_no_memory() -> None:
    counted = Counted()
    counted.throttle.charge(attempt("ann"))

    counted.throttle.refund(attempt("ann"))

    assert counted.names == 0


def test_a_freed_count_gives_no_name_a_second_count() -> None:
    counted = Counted(max_names=1, buckets=1)
    counted.throttle.charge(attempt("first"))
    before = counted.admitted(attempt("ann"), 2)
    counted.throttle.refund(attempt("first"))

    assert before + counted.admitted(attempt("ann"), 9) <= LIMIT


def test_an_exhausted_window_stays_exhausted_after_the_clock_jumped_ahead_and_back() -> None:
    counted = Counted()
    assert counted.admitted(attempt("ann"), 9) == LIMIT

    for window in (4 * 24, 4 * 24 + 1, 4 * 24 + 2):
        counted.throttle.charge(attempt("bob", window))

    assert counted.admitted(attempt("ann"), 9) == 0


def test_counts_are_dropped_a_day_after_their_window_by_the_monotonic_clock() -> None:
    counted = Counted()
    counted.admitted(attempt("ann"), LIMIT)
    for window in (1, 2):
        counted.throttle.charge(attempt("bob", window))

    counted.clock.advance(seconds=WINDOW + A_DAY - 1)
    counted.throttle.charge(attempt("bob", 3))
    assert len(counted.tables.attempts) == 4
    assert counted.admitted(attempt("ann"), 1) == 0

    counted.clock.advance(seconds=WINDOW + A_DAY)
    counted.throttle.charge(attempt("bob", 4))
    counted.throttle.charge(attempt("bob", 5))
    assert len(counted.tables.attempts) == 2


def test_a_day_of_windows_keeps_names_for_the_last_two_only() -> None:
    counted = Counted()

    for window in range(96):
        for name in range(10):
            counted.throttle.charge(attempt(f"name {name}", window))
        counted.clock.advance(seconds=WINDOW)

    assert counted.names == 20
    assert len(counted.tables.attempts) == 96


def test_a_dropped_window_admits_no_attempt() -> None:
    counted = Counted(max_windows=3)
    counted.admitted(attempt("ann"), LIMIT)

    for window in range(1, 9):
        counted.clock.advance(seconds=1)
        counted.throttle.charge(attempt("bob", window))

    assert len(counted.tables.attempts) == 3
    assert counted.admitted(attempt("ann"), 9) == 0
    assert counted.admitted(attempt("ann", 9), 9) == LIMIT
    # The window is forgotten later.
    counted.clock.advance(seconds=WINDOW + A_DAY)
    assert counted.admitted(attempt("ann"), 9) == LIMIT


def test_a_dropped_window_does_not_affect_other_windows() -> None:
    """After one attempt by a clock that was a day ahead, other windows still admit attempts."""
    counted = Counted(max_windows=3)
    counted.throttle.charge(attempt("ann", 1000))

    for window in range(9):
        counted.clock.advance(seconds=WINDOW)
        assert counted.admitted(attempt("bob", window), 9) == LIMIT
    assert counted.admitted(attempt("ann", 1000), 9) == 0


def test_a_longer_window_is_kept_for_longer() -> None:
    counted = Counted()
    week = replace(attempt("ann"), window_seconds=7 * A_DAY)
    counted.admitted(week, LIMIT)
    counted.clock.advance(seconds=7 * A_DAY)
    for window in (1, 2, 3):
        counted.throttle.charge(attempt("bob", window))

    assert counted.admitted(week, 1) == 0


@pytest.mark.parametrize("window_seconds", [1, WINDOW, 3 * A_DAY])
def test_an_attempt_says_how_long_its_window_is(window_seconds: int) -> None:
    made = LoginAttempt.at(START, identity="id:ann", limit=3, window_seconds=window_seconds)

    assert made.window_seconds == window_seconds
    assert an_attempt().window_seconds == A_DAY


NAMES = st.sampled_from(["ann", "bob", "cec", "dan", "eve", "fay"])
STEPS = st.lists(
    st.tuples(st.sampled_from(["charge", "charge", "refund"]), NAMES, st.integers(-2, 2)),
    max_size=80,
)


@given(
    steps=STEPS,
    max_names=st.integers(0, 4),
    buckets=st.integers(1, 3),
    max_windows=st.integers(2, 4),
    limit=st.integers(1, 3),
)
def test_no_name_is_ever_admitted_more_often_than_the_limit(
    steps: list[tuple[str, str, int]], max_names: int, buckets: int, max_windows: int, limit: int
) -> None:
    """The model counts exactly the admitted attempts of each name and window, less refunds."""
    counted = Counted(max_names=max_names, buckets=buckets, max_windows=max_windows)
    open_charges: Counter[tuple[str, int]] = Counter()

    for action, name, window in steps:
        one = attempt(name, window, limit)
        if action == "charge" and counted.throttle.charge(one):
            open_charges[name, window] += 1
        elif action == "refund":
            counted.throttle.refund(one)
            open_charges[name, window] -= open_charges[name, window] > 0

        assert open_charges[name, window] <= limit
        assert len(counted.tables.attempts) <= max_windows
        assert counted.names <= 2 * max_names
