"""What every LoginThrottle does."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from support.builders.values import (
    a_change_of_email,
    a_record,
    added,
    an_attempt,
    an_update,
)
from support.consistency.sliding_window import (
    admits,
    admitted,
    exhaust,
    later,
    most_in_any_window,
    try_charge,
)
from support.races.threads import THREADS, count_by_type, race
from support.stores.stored_state import log_of

from cybershop_customer import (
    Attempt,
    Charge,
    CustomerNotFoundError,
    EmailTakenError,
    RateLimit,
    Storage,
    VersionConflictError,
)
from cybershop_customer.ports.login_throttle import MAX_RESET

A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("limit", "burst"), [(1, 1), (2, 1), (3, 2), (4, 3), (20, 15)])
def test_a_full_budget_admits_three_quarters_of_the_limit_at_once(
    storage: Storage, limit: int, burst: int
) -> None:
    assert admitted(storage.login_throttle, an_attempt(limit), limit + 1) == burst


def test_refused_attempts_are_not_counted(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()
    exhaust(throttle, attempt)
    assert admitted(throttle, attempt, 5) == 0

    assert admitted(throttle, later(attempt, attempt.rate_limit.interval), 2) == 1


@pytest.mark.parametrize("window", [7, 900])
@pytest.mark.parametrize("limit", [1, 2, 4, 20])
def test_who_comes_back_when_told_is_admitted_and_not_a_second_earlier(
    storage: Storage, limit: int, window: int
) -> None:
    throttle = storage.login_throttle
    attempt = an_attempt(limit, window=timedelta(seconds=window))
    exhaust(throttle, attempt)
    refused = later(attempt, seconds=0.25)

    seconds = try_charge(throttle, refused)

    assert isinstance(seconds, int)
    assert not admits(throttle, later(refused, seconds=seconds - 1))
    assert admits(throttle, later(refused, seconds=seconds))


def test_no_window_admits_more_than_the_limit_wherever_it_begins(storage: Storage) -> None:
    """An attacker tries all the time, most at the edges of each window."""
    throttle, first = storage.login_throttle, an_attempt(limit=4)
    window = first.rate_limit.window
    edges = [edge * window for edge in range(1, 3)]
    gaps = [part * window / 6 for part in range(18)]
    gaps += [edge + step for edge in edges for step in (-A_SECOND, -A_SECOND / 1e6, A_SECOND)]

    attempts = [later(first, gap) for gap in sorted(gaps) for _ in range(4)]
    times = [attempt.at for attempt in attempts if admits(throttle, attempt)]

    assert most_in_any_window(times, window) == 4
    assert len(times) == 3 + 5


def test_every_store_decides_as_the_rule_says(storage: Storage) -> None:
    """The rule is ``Attempt.counted_in``; a refund takes back what ``Charge`` says."""
    random, rate_limit = Random(7), RateLimit(6, timedelta(seconds=60))
    throttle, attempt = storage.login_throttle, an_attempt()
    attempt = replace(attempt, rate_limit=rate_limit)
    full_at: datetime | None = None
    for _ in range(60):
        attempt = later(attempt, seconds=random.choice([0, 0, 1, 7, 14.5, 15, 40]))
        counted = attempt.counted_in(full_at)

        outcome = try_charge(throttle, attempt)

        if counted is None:
            assert full_at is not None
            assert outcome == attempt.retry_after(full_at)
            continue
        assert outcome == Charge(attempt, counted)
        full_at = counted
        if random.random() < 0.3:
            attempt = later(attempt, seconds=random.choice([0, 0.3, 20]))
            throttle.refund(outcome, attempt.at)
            full_at -= outcome.refundable(attempt.at)


def test_each_refund_admits_one_more_attempt(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()
    charges = exhaust(throttle, attempt)

    for charge in charges[:2]:
        throttle.refund(charge, attempt.at)

    assert admitted(throttle, attempt, 4) == 2


def test_a_refund_of_the_only_charge_leaves_a_full_budget(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()

    throttle.refund(throttle.charge(attempt), attempt.at)

    assert admitted(throttle, attempt, 4) == 3


def test_a_refund_lifts_no_budget_above_full(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()
    charge = Charge(attempt, attempt.at + attempt.rate_limit.interval)

    throttle.refund(charge, attempt.at)

    assert admitted(throttle, attempt, 4) == 3


def test_an_attempt_that_counts_no_more_is_not_refunded(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()
    charge = throttle.charge(attempt)
    after = later(attempt, attempt.rate_limit.interval)
    throttle.charge(after)

    throttle.refund(charge, after.at)

    assert admitted(throttle, after, 4) == 2


def test_a_refund_leaves_the_budget_as_if_the_attempt_had_not_been(storage: Storage) -> None:
    """Half of what was charged has refilled already when another attempt comes."""
    throttle, attempt = storage.login_throttle, an_attempt()
    interval = attempt.rate_limit.interval
    charge = throttle.charge(attempt)
    after = later(attempt, interval / 2)
    throttle.charge(after)

    throttle.refund(charge, after.at)

    assert admitted(throttle, after, 4) == 2
    assert not admits(throttle, later(after, interval - A_SECOND))
    assert admits(throttle, later(after, interval))


def test_each_identity_has_its_own_budget(storage: Storage) -> None:
    one, other = an_attempt(), an_attempt()
    exhaust(storage.login_throttle, one)

    assert admitted(storage.login_throttle, other, 4) == 3


def test_a_lower_limit_counts_the_attempts_made_under_a_higher_one(storage: Storage) -> None:
    throttle, generous = storage.login_throttle, an_attempt(limit=20)
    exhaust(throttle, generous)
    strict = replace(generous, rate_limit=RateLimit(4, timedelta(minutes=15)))

    assert try_charge(throttle, strict) == 450
    assert admits(throttle, later(strict, seconds=450))


def test_a_clock_that_is_a_little_late_finds_the_budget_as_it_is(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()
    exhaust(throttle, attempt)

    late = later(attempt, seconds=-20)

    # Its own clock has 20 seconds more to go.
    assert try_charge(throttle, late) == 470
    assert try_charge(throttle, attempt) == 450


def test_a_clock_that_jumped_ahead_and_back_shuts_a_budget_no_longer_than_its_use_does(
    storage: Storage,
) -> None:
    throttle, before = storage.login_throttle, an_attempt()
    exhaust(throttle, before)
    for days in (1, 2, 3):
        assert admits(throttle, later(before, timedelta(days=days)))

    assert [try_charge(throttle, before) for _ in range(2)] == [450, 450]
    assert admitted(throttle, later(before, seconds=450), 2) == 1


def test_concurrent_attempts_do_not_exceed_the_budget(storage: Storage) -> None:
    attempt = an_attempt(limit=12)

    outcomes = race([lambda: admitted(storage.login_throttle, attempt, 3)] * THREADS)

    assert count_by_type(outcomes) == {int: THREADS}
    assert sum(count for count in outcomes if isinstance(count, int)) == attempt.rate_limit.burst
    assert not admits(storage.login_throttle, attempt)


def test_concurrent_charges_and_refunds_leave_an_exact_count(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt(limit=14)
    charges = exhaust(throttle, attempt)
    assert len(charges) > THREADS

    def refund_and_charge(charge: Charge) -> bool:
        throttle.refund(charge, attempt.at)
        return admits(throttle, attempt)

    outcomes = race([lambda one=charge: refund_and_charge(one) for charge in charges[:THREADS]])

    assert outcomes == [True] * THREADS
    assert not admits(throttle, attempt)


def exhausted(storage: Storage) -> Attempt:
    """An attempt on a budget that is used up."""
    attempt = an_attempt()
    exhaust(storage.login_throttle, attempt)
    return attempt


def test_a_reset_makes_these_budgets_full_and_no_other(storage: Storage) -> None:
    throttle = storage.login_throttle
    one, other, third = (exhausted(storage) for _ in range(3))

    throttle.reset([one.key, other.key], a_record("zoe"))

    assert [admitted(throttle, attempt, 4) for attempt in (one, other, third)] == [3, 3, 0]


def test_a_reset_keeps_its_record(storage: Storage) -> None:
    record = a_record("zoe", operation_name="unlock")

    storage.login_throttle.reset([exhausted(storage).key], record)

    assert log_of(storage, "zoe") == (record,)


def test_a_reset_takes_full_budgets_and_as_many_as_it_says(storage: Storage) -> None:
    throttle, used_up = storage.login_throttle, exhausted(storage)
    others = [an_attempt() for _ in range(MAX_RESET - 1)]

    throttle.reset([*(attempt.key for attempt in others), used_up.key], a_record("zoe"))

    assert [admitted(throttle, attempt, 4) for attempt in (used_up, *others)] == [3] * MAX_RESET


def test_a_charge_of_before_a_reset_is_not_refunded_to_a_full_budget(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()
    charge = exhaust(throttle, attempt)[0]
    throttle.reset([attempt.key], a_record("zoe"))

    throttle.refund(charge, attempt.at)

    assert admitted(throttle, attempt, 4) == 3


def test_an_update_makes_the_budgets_full_that_it_names(storage: Storage) -> None:
    one, other, third = (exhausted(storage) for _ in range(3))
    customer = added(storage)
    update = an_update(customer, password_hash="new", reset_budgets=(one.key, other.key))

    storage.customers.update(update, a_record(customer.customer_id))

    throttle = storage.login_throttle
    assert [admitted(throttle, attempt, 4) for attempt in (one, other, third)] == [3, 3, 0]


def test_an_update_that_fails_resets_no_budget(storage: Storage) -> None:
    attempt = exhausted(storage)
    taken, customer = added(storage), added(storage)
    late = an_update(customer, if_version=7, reset_budgets=(attempt.key,))
    greedy = an_update(
        customer,
        email=a_change_of_email(customer, taken.email_key),
        reset_budgets=(attempt.key,),
    )

    for update, error in (
        (late, VersionConflictError),
        (greedy, EmailTakenError),
        (replace(late, customer_id="nobody"), CustomerNotFoundError),
    ):
        with pytest.raises(error):
            storage.customers.update(update, a_record(customer.customer_id))

    assert not admits(storage.login_throttle, attempt)


def test_to_read_budgets_says_when_each_is_full_and_counts_nothing(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()
    other = replace(attempt, key="other")
    charges = exhaust(throttle, attempt)
    throttle.charge(other)

    for _ in range(2):
        found = throttle.read([attempt.key, other.key, "never charged"])

        assert found == {
            attempt.key: charges[-1].full_at,
            other.key: other.at + other.rate_limit.interval,
        }
    assert throttle.read([]) == {}
    assert admitted(throttle, other, 4) == 2


def test_a_budget_that_was_reset_is_not_read(storage: Storage) -> None:
    throttle, attempt = storage.login_throttle, an_attempt()
    exhaust(throttle, attempt)

    throttle.reset([attempt.key], a_record("zoe"))

    assert throttle.read([attempt.key]) == {}
