"""Promise 7: the login throttle never admits more than its limit."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any, Final, cast

import pytest
from support.builders.values import an_attempt
from support.consistency.sliding_window import (
    admits,
    admitted,
    exhaust,
    later,
    most_in_any_window,
)
from support.dynamodb.databases import local_database
from support.faults.harness import FaultyEndpoint
from support.faults.scripts import Fault, FaultSequence
from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.threads import race
from support.stores.stored_state import log_of
from support.stores.unsafe_stores import BARRIER_SECONDS, UnlockedMemoryStore

from cybershop_customer import (
    Attempt,
    Charge,
    LoginThrottle,
    PasswordHasher,
    RateLimit,
    SessionPolicy,
    StoreUnavailableError,
    Throttle,
    TooManyAttemptsError,
)
from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import Reply, RequestKind
from cybershop_customer.adapters.dynamodb.keys import login_budget_key
from cybershop_customer.adapters.dynamodb.login_throttle import DynamoDBLoginThrottle
from cybershop_customer.entrypoints.testkit.clock import START

POLICY: Final = SessionPolicy()
AT_ONCE: Final = POLICY.login_rate_limit.burst
GUESSES: Final = 10
"""The guesses of each racer. All guesses together exceed what a budget admits at once."""


@pytest.mark.parametrize("customer_id", ["zoe", "nobody"])
def test_all_guesses_together_are_as_many_as_a_budget_admits(
    harness: RaceHarness, customer_id: str
) -> None:
    racing.add(harness.services, "zoe")

    guessed = harness.race(racing.guess, customer_id, GUESSES)

    assert sum(map(int, map(str, guessed))) == AT_ONCE


def test_guesses_at_every_edge_of_a_window_are_no_more_than_the_limit(
    thread_harness: RaceHarness,
) -> None:
    racing.add(thread_harness.services, "zoe")
    window = timedelta(seconds=POLICY.login_window_seconds)
    times: list[datetime] = []

    for step in range(13):
        # A burst just before each sixth of two windows, and one at its beginning.
        for instant in (-1, 0):
            thread_harness.clock.moment = START + step * window / 6 + timedelta(seconds=instant)
            guessed = thread_harness.race(racing.guess, "zoe", 2)
            times += [thread_harness.clock.moment] * sum(map(int, map(str, guessed)))

    assert most_in_any_window(times, window) == POLICY.login_attempts


def test_guesses_do_not_keep_an_admin_from_unlocking(harness: RaceHarness) -> None:
    """The store refuses some of the transactions that meet a charge; they are sent again."""
    racing.add(harness.services, "zoe")

    raced = harness.race(racing.guess_or_unlock, "zoe", GUESSES)

    unlocked, *guessed = (cast("list[str]", outcomes) for outcomes in raced)
    assert unlocked == ["NoneType"] * GUESSES
    outcomes = Counter(outcome for outcomes in guessed for outcome in outcomes)
    assert outcomes.keys() <= {"LoginRefusedError", "TooManyAttemptsError"}
    assert outcomes["LoginRefusedError"] <= AT_ONCE * (1 + GUESSES)
    operations = [record.operation_name for record in log_of(harness.storage, "zoe")]
    assert operations.count("unlock") == GUESSES


class Counting(PasswordHasher):
    """Keeps the passwords that were verified."""

    def __init__(self) -> None:
        self._bcrypt = BcryptPasswordHasher(rounds=4)
        self.looked_at: list[str] = []

    def hash(self, password: str) -> str:
        return self._bcrypt.hash(password)

    def needs_rehash(self, password_hash: str) -> bool:
        return self._bcrypt.needs_rehash(password_hash)

    def verify(self, password: str, password_hash: str | None) -> bool:
        self.looked_at.append(password)
        return self._bcrypt.verify(password, password_hash)


def test_no_password_is_looked_at_beyond_the_budget(thread_harness: RaceHarness) -> None:
    racing.add(thread_harness.services, "zoe")
    hasher = Counting()
    thread_harness.services = thread_harness.services_with(hasher)

    thread_harness.race(racing.guess, "zoe", GUESSES)

    assert hasher.looked_at == [racing.WRONG_PASSWORD] * AT_ONCE


class AlignedWindows(Throttle):
    """Negative control: counts in windows that begin at fixed times."""

    def __init__(self) -> None:
        self._count = 0
        self._window = 0

    def charge(self, attempt: Attempt) -> Charge:
        window = int(attempt.at.timestamp() // attempt.rate_limit.window.total_seconds())
        if window != self._window:
            self._window, self._count = window, 0
        if self._count >= attempt.rate_limit.limit:
            raise TooManyAttemptsError(1)
        self._count += 1
        return Charge(attempt, attempt.at)

    def refund(self, charge: Charge, now: datetime) -> None:
        raise NotImplementedError


def most_at_an_edge(throttle: Throttle) -> int:
    """How many of a stranger's attempts one window admits that begins before an edge."""
    attempt = an_attempt(limit=4)
    times: list[datetime] = []
    for second in range(885, 2700, 30):
        now = later(attempt, seconds=second)
        times += [now.at] * admitted(throttle, now, 4)
    return most_in_any_window(times, attempt.rate_limit.window)


def test_no_window_admits_more_than_the_limit(thread_harness: RaceHarness) -> None:
    assert most_at_an_edge(thread_harness.storage.login_throttle) == 4


def test_aligned_windows_admit_twice_the_limit() -> None:
    assert most_at_an_edge(AlignedWindows()) == 8


class LooksFirst(DynamoDBLoginThrottle):
    """Negative control: reads the budget, and then charges it without a condition."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database
        self._barrier = Barrier(2)

    def charge(self, attempt: Attempt) -> Charge:
        found = self._database.get(login_budget_key(attempt.key), strong=True)
        if found is not None:
            raise TooManyAttemptsError(1)
        self._barrier.wait(BARRIER_SECONDS)
        return super().charge(replace(attempt, rate_limit=RateLimit(1000, timedelta(hours=1))))


def both_charge(throttle: LoginThrottle) -> list[object]:
    """Whether each of two concurrent charges is admitted where the limit is one."""
    attempt = an_attempt(limit=1)
    return race([lambda: admits(throttle, attempt)] * 2)


@pytest.mark.dynamodb_local
def test_without_its_condition_dynamodb_admits_too_many() -> None:
    assert both_charge(LooksFirst(local_database())) == [True, True]


def test_without_its_lock_memory_admits_too_many() -> None:
    """Negative control."""
    memory = UnlockedMemoryStore()
    with memory.interleaved(memory.login_budgets):
        assert both_charge(memory.storage.login_throttle) == [True, True]


def test_of_two_who_charge_at_once_one_is_admitted(thread_harness: RaceHarness) -> None:
    outcomes = both_charge(thread_harness.storage.login_throttle)

    assert sorted(map(bool, outcomes)) == [False, True]


def admitted_after_a_lost_refund(
    endpoint: FaultyEndpoint, throttle: type[DynamoDBLoginThrottle]
) -> int:
    """How many attempts a used up budget admits after a refund whose reply is lost."""
    store = endpoint.new_store()
    faulty, attempt = throttle(store.database), an_attempt()
    charge, *_ = exhaust(faulty, attempt)
    store.proxy.script = FaultSequence("UpdateItem", [Fault.CUT_AFTER])
    with suppress(StoreUnavailableError):
        faulty.refund(charge, attempt.at)
    return admitted(faulty, attempt, 3)


@pytest.mark.dynamodb_local
def test_a_refund_whose_reply_is_lost_admits_one_more(endpoint: FaultyEndpoint) -> None:
    assert admitted_after_a_lost_refund(endpoint, DynamoDBLoginThrottle) == 1


class RefundsAgain(DynamoDBLoginThrottle):
    """Negative control: repeats a refund whose reply is lost."""

    def _update(self, *arguments: Any, **named: Any) -> Reply:
        return super()._update(*arguments, **{**named, "kind": RequestKind.IDEMPOTENT_WRITE})


@pytest.mark.dynamodb_local
def test_a_refund_that_is_sent_again_admits_two_more(endpoint: FaultyEndpoint) -> None:
    assert admitted_after_a_lost_refund(endpoint, RefundsAgain) == 2


@pytest.mark.dynamodb_local
@pytest.mark.parametrize("charged_before", [0, 1])
def test_a_charge_whose_reply_is_lost_admits_fewer_never_more(
    endpoint: FaultyEndpoint, charged_before: int
) -> None:
    store, attempt = endpoint.new_store(), an_attempt(limit=6)
    throttle = store.storage.login_throttle
    assert admitted(throttle, attempt, charged_before) == charged_before
    # The first request finds a fresh budget, or else the second one charges a budget in debt.
    script = [Fault.NONE] * charged_before + [Fault.CUT_AFTER]
    store.proxy.script = FaultSequence("UpdateItem", script)

    assert admitted(throttle, attempt, 6) == attempt.rate_limit.burst - 1 - charged_before
