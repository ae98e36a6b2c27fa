"""The throttle in memory takes bounded memory and never admits more than the limit."""

from datetime import timedelta

import pytest
from support.builders.values import a_record
from support.consistency.sliding_window import admits, admitted, exhaust, later

from cybershop_customer import Attempt, RateLimit, SessionPolicy
from cybershop_customer.adapters.memory.budgets import Budgets
from cybershop_customer.adapters.memory.tables import Tables
from cybershop_customer.adapters.memory.throttle import MemoryLoginThrottle, MemoryThrottle
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

RATE_LIMIT = RateLimit(6, timedelta(minutes=15))
BURST = RATE_LIMIT.burst
"""Four at once; then one each five minutes."""


class Counted:
    """A throttle with little memory, and its budgets."""

    def __init__(self, **room: int) -> None:
        self.clock = ManualClock()
        self.budgets = Budgets(**room, monotonic=self.clock.monotonic)
        self.throttle = MemoryThrottle(self.budgets)

    def attempt(self, name: str, rate_limit: RateLimit = RATE_LIMIT) -> Attempt:
        """An attempt of now."""
        return Attempt(name, self.clock.now(), rate_limit)

    def admitted(self, name: str, times: int = 1) -> int:
        return admitted(self.throttle, self.attempt(name), times)


def test_invented_names_take_bounded_memory() -> None:
    counted = Counted(max_names=10, buckets=16)

    for number in range(1000):
        counted.admitted(f"invented {number}")

    assert len(counted.budgets) <= 10 + 16


def test_a_name_that_shares_its_budget_is_admitted_no_more_often_than_the_limit() -> None:
    counted = Counted(max_names=1, buckets=1)
    counted.admitted("first")
    counted.admitted("second")

    # Another name shares the budget, so this one is refused one attempt earlier.
    assert counted.admitted("ann", 9) == BURST - 1
    assert counted.admitted("first", 9) == BURST - 1


def test_a_crowd_of_invented_names_does_not_lock_the_others_out() -> None:
    counted, rate_limit = Counted(), SessionPolicy().login_rate_limit
    for number in range(50_000):
        counted.throttle.charge(counted.attempt(f"invented {number}", rate_limit))

    for number in range(9):
        assert admits(counted.throttle, counted.attempt(f"customer {number}", rate_limit))


def test_a_refund_does_not_change_a_shared_budget() -> None:
    counted = Counted(max_names=1, buckets=1)
    counted.admitted("first")
    charges = exhaust(counted.throttle, counted.attempt("ann"))

    for charge in charges:
        counted.throttle.refund(charge, counted.clock.now())

    assert counted.admitted("ann", 9) == 0


def test_a_refunded_name_takes_no_memory() -> None:
    counted = Counted()
    charge = counted.throttle.charge(counted.attempt("ann"))

    counted.throttle.refund(charge, counted.clock.now())

    assert len(counted.budgets) == 0


def test_room_that_becomes_free_gives_no_name_a_second_budget() -> None:
    counted = Counted(max_names=1, buckets=1)
    first = counted.throttle.charge(counted.attempt("first"))
    before = counted.admitted("ann", 2)

    counted.throttle.refund(first, counted.clock.now())

    assert before + counted.admitted("ann", 9) == BURST


def test_full_budgets_are_dropped_as_others_are_charged() -> None:
    counted = Counted()
    for number in range(10):
        counted.admitted(f"name {number}")

    for _ in range(10):
        counted.clock.advance(minutes=5)
        counted.admitted("bob")

    assert len(counted.budgets) == 1


def test_a_clock_that_jumps_ahead_and_back_drops_no_budget() -> None:
    """The entries age by the monotonic clock, which does not jump."""
    counted = Counted()
    exhaust(counted.throttle, counted.attempt("ann"))

    for days in range(1, 9):
        ahead = later(counted.attempt(f"name {days}"), timedelta(days=days))
        assert admits(counted.throttle, ahead)

    assert counted.admitted("ann", 9) == 0


@pytest.mark.parametrize("shared", [False, True])
def test_a_reset_makes_one_budget_full_and_no_other(*, shared: bool) -> None:
    clock, tables = ManualClock(), Tables()
    tables.login_budgets = Budgets(
        max_names=0 if shared else 10, buckets=1, monotonic=clock.monotonic
    )
    throttle = MemoryLoginThrottle(tables)
    ann, bob = (Attempt(name, START, RATE_LIMIT) for name in ("ann", "bob"))
    for attempt in (ann, bob):
        admitted(throttle, attempt, 9)

    throttle.reset([ann.key], a_record("ann"))

    assert (admitted(throttle, ann, 9), admitted(throttle, bob, 9)) == (BURST, 0)


@pytest.mark.parametrize("shared", [False, True])
def test_a_login_that_succeeds_during_an_unlock_or_after_it_keeps_the_budget_full(
    *, shared: bool
) -> None:
    clock, tables = ManualClock(), Tables()
    tables.login_budgets = Budgets(
        max_names=0 if shared else 10, buckets=1, monotonic=clock.monotonic
    )
    throttle = MemoryLoginThrottle(tables)
    ann = Attempt("ann", START, RATE_LIMIT)
    before, *_ = exhaust(throttle, ann)

    throttle.reset([ann.key], a_record("ann"))
    throttle.refund(before, START)
    throttle.refund(throttle.charge(ann), START)

    assert admitted(throttle, ann, 9) == BURST


def test_a_new_throttle_has_budgets_of_its_own() -> None:
    attempt = Counted().attempt("ann")
    one, other = MemoryThrottle(), MemoryThrottle()
    exhaust(one, attempt)

    assert admits(other, attempt)
