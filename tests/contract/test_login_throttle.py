"""What every LoginThrottle does."""

from datetime import timedelta

import pytest
from support.builders.values import an_attempt
from support.races.threads import THREADS, count_by_type, race

from cybershop_customer import LoginAttempt, Storage


def charges(storage: Storage, attempt: LoginAttempt, times: int) -> list[bool]:
    return [storage.login_throttle.charge(attempt) for _ in range(times)]


@pytest.mark.parametrize("limit", [1, 3])
def test_attempts_up_to_the_limit_are_admitted(storage: Storage, limit: int) -> None:
    assert charges(storage, an_attempt(limit), limit + 2) == [True] * limit + [False] * 2


def test_refused_attempts_are_not_counted(storage: Storage) -> None:
    attempt = an_attempt(limit=1)
    charges(storage, attempt, 5)

    storage.login_throttle.refund(attempt)

    assert charges(storage, attempt, 2) == [True, False]


def test_each_refund_admits_one_more_attempt(storage: Storage) -> None:
    attempt = an_attempt(limit=3)
    charges(storage, attempt, 3)

    storage.login_throttle.refund(attempt)
    storage.login_throttle.refund(attempt)

    assert charges(storage, attempt, 3) == [True, True, False]


def test_a_refund_of_the_only_charge_leaves_the_whole_limit(storage: Storage) -> None:
    attempt = an_attempt(limit=2)
    charges(storage, attempt, 1)

    storage.login_throttle.refund(attempt)

    assert charges(storage, attempt, 3) == [True, True, False]


def test_refunds_never_lift_the_limit(storage: Storage) -> None:
    attempt = an_attempt(limit=2)

    for _ in range(3):
        storage.login_throttle.refund(attempt)

    assert charges(storage, attempt, 3) == [True, True, False]


def test_a_lower_limit_counts_the_attempts_made_under_a_higher_one(storage: Storage) -> None:
    generous = an_attempt(limit=5)
    charges(storage, generous, 3)

    strict = LoginAttempt(generous.key, generous.window_ends_at, limit=2)

    assert not storage.login_throttle.charge(strict)
    assert storage.login_throttle.charge(generous)


def test_each_identity_has_its_own_count(storage: Storage) -> None:
    one, other = an_attempt(limit=1), an_attempt(limit=1)
    charges(storage, one, 2)

    assert charges(storage, other, 2) == [True, False]


def test_each_window_has_its_own_count(storage: Storage) -> None:
    now = an_attempt(limit=2)
    charges(storage, now, 2)

    later = LoginAttempt(now.key, now.window_ends_at + timedelta(seconds=900), now.limit)

    assert charges(storage, later, 3) == [True, True, False]


def test_a_late_refund_does_not_change_the_next_window(storage: Storage) -> None:
    before = an_attempt(limit=1)
    charges(storage, before, 1)
    after = LoginAttempt(before.key, before.window_ends_at + timedelta(seconds=900), before.limit)
    charges(storage, after, 1)

    storage.login_throttle.refund(before)

    assert not storage.login_throttle.charge(after)


def test_a_late_attempt_is_counted_in_its_own_window(storage: Storage) -> None:
    before = an_attempt(limit=2)
    charges(storage, before, 1)
    after = LoginAttempt(before.key, before.window_ends_at + timedelta(seconds=900), before.limit)
    charges(storage, after, 1)

    assert charges(storage, before, 2) == [True, False]


@pytest.mark.race
def test_concurrent_attempts_do_not_exceed_the_limit(storage: Storage) -> None:
    attempt = an_attempt(limit=10)

    outcomes = race([lambda: charges(storage, attempt, 3)] * THREADS)

    admitted = [admitted for outcome in outcomes for admitted in outcome]
    assert count_by_type(outcomes) == {list: THREADS}
    assert admitted.count(True) == 10
    assert not storage.login_throttle.charge(attempt)


@pytest.mark.race
def test_concurrent_charges_and_refunds_leave_an_exact_count(storage: Storage) -> None:
    attempt = an_attempt(limit=10)
    charges(storage, attempt, THREADS)

    def refund_and_charge() -> bool:
        storage.login_throttle.refund(attempt)
        return storage.login_throttle.charge(attempt)

    assert race([refund_and_charge] * THREADS) == [True] * THREADS
    assert charges(storage, attempt, 3) == [True, True, False]


def test_an_exhausted_window_stays_exhausted_after_the_clock_jumped_ahead_and_back(
    storage: Storage,
) -> None:
    before = an_attempt(limit=2)
    charges(storage, before, 2)
    for days in (1, 2, 3):
        ahead = before.window_ends_at + timedelta(days=days)
        charges(storage, LoginAttempt(before.key, ahead, before.limit), 3)

    assert charges(storage, before, 2) == [False, False]
