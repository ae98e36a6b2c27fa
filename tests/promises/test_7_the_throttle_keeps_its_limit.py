"""Promise 7: the login throttle never admits more than its limit."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Final

import pytest
from support.builders.values import an_attempt
from support.dynamodb.databases import local_database
from support.faults.harness import FaultyEndpoint
from support.faults.scripts import Fault, FaultSequence
from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.threads import race
from support.stores.unsafe_stores import BARRIER_SECONDS, UnlockedMemoryStore

from cybershop_customer import (
    LoginAttempt,
    LoginThrottle,
    PasswordHasher,
    SessionPolicy,
    StoreUnavailableError,
)
from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import RequestKind
from cybershop_customer.adapters.dynamodb.keys import login_attempts_key
from cybershop_customer.adapters.dynamodb.login_throttle import DynamoDBLoginThrottle

LIMIT: Final = SessionPolicy().login_attempts
GUESSES: Final = 10
"""The guesses of each racer. All guesses together exceed the limit."""


@pytest.mark.parametrize("customer_id", ["zoe", "nobody"])
def test_all_guesses_together_are_as_many_as_the_limit(
    harness: RaceHarness, customer_id: str
) -> None:
    racing.add(harness.services, "zoe")

    admitted = harness.race(racing.guess, customer_id, GUESSES)

    assert sum(map(int, map(str, admitted))) == LIMIT


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


def test_no_password_is_looked_at_beyond_the_limit(thread_harness: RaceHarness) -> None:
    racing.add(thread_harness.services, "zoe")
    hasher = Counting()
    thread_harness.services = thread_harness.services_with(hasher)

    thread_harness.race(racing.guess, "zoe", GUESSES)

    assert hasher.looked_at == [racing.WRONG_PASSWORD] * LIMIT


class LooksFirst(DynamoDBLoginThrottle):
    """Negative control: reads the count, and then counts without a condition."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database
        self._barrier = Barrier(2)

    def charge(self, attempt: LoginAttempt) -> bool:
        item = self._database.get(login_attempts_key(attempt), strong=True)
        if item is not None and int(item["attempts"]["N"]) >= attempt.limit:
            return False
        self._barrier.wait(BARRIER_SECONDS)
        return super().charge(replace(attempt, limit=1000))


def both_charge(throttle: LoginThrottle) -> list[object]:
    """The results of two concurrent charges where the limit admits one."""
    attempt = an_attempt(limit=1)
    return race([lambda: throttle.charge(attempt)] * 2)


@pytest.mark.dynamodb_local
def test_without_its_condition_dynamodb_admits_too_many() -> None:
    assert both_charge(LooksFirst(local_database())) == [True, True]


def test_without_its_lock_memory_admits_too_many() -> None:
    """Negative control."""
    memory = UnlockedMemoryStore()
    with memory.interleaved(memory.attempts):
        assert both_charge(memory.storage.login_throttle) == [True, True]


def test_of_two_who_charge_at_once_one_is_admitted(thread_harness: RaceHarness) -> None:
    assert sorted(map(bool, both_charge(thread_harness.storage.login_throttle))) == [False, True]


def admitted_after_a_lost_refund(
    endpoint: FaultyEndpoint, throttle: type[DynamoDBLoginThrottle]
) -> int:
    """How many attempts a limit of 3 admits after a refund whose reply is lost."""
    store = endpoint.new_store()
    faulty, attempt = throttle(store.database), an_attempt(limit=3)
    assert [faulty.charge(attempt) for _ in range(3)] == [True] * 3
    store.proxy.script = FaultSequence("UpdateItem", [Fault.CUT_AFTER])
    with suppress(StoreUnavailableError):
        faulty.refund(attempt)
    return [faulty.charge(attempt) for _ in range(3)].count(True)


@pytest.mark.dynamodb_local
def test_a_refund_whose_reply_is_lost_admits_one_more(endpoint: FaultyEndpoint) -> None:
    assert admitted_after_a_lost_refund(endpoint, DynamoDBLoginThrottle) == 1


class RefundsAgain(DynamoDBLoginThrottle):
    """Negative control: repeats a refund whose reply is lost."""

    def _update(self, attempt: LoginAttempt, change: dict[str, object], _: RequestKind) -> bool:
        return super()._update(attempt, change, RequestKind.IDEMPOTENT_WRITE)


@pytest.mark.dynamodb_local
def test_a_refund_that_is_sent_again_admits_two_more(endpoint: FaultyEndpoint) -> None:
    assert admitted_after_a_lost_refund(endpoint, RefundsAgain) == 2


@pytest.mark.dynamodb_local
def test_a_charge_whose_reply_is_lost_admits_fewer_never_more(endpoint: FaultyEndpoint) -> None:
    store, attempt = endpoint.new_store(), an_attempt(limit=3)
    store.proxy.script = FaultSequence("UpdateItem", [Fault.CUT_AFTER])
    throttle = store.storage.login_throttle

    assert [throttle.charge(attempt) for _ in range(4)] == [True, True, False, False]


def test_who_is_late_for_the_window_finds_it_as_full_as_it_was(thread_harness: RaceHarness) -> None:
    """Another's attempt of the next window came first."""
    attempt = an_attempt(limit=1)
    after = replace(attempt, window_ends_at=attempt.window_ends_at + timedelta(minutes=15))
    throttle = thread_harness.storage.login_throttle

    assert [throttle.charge(one) for one in (attempt, after, attempt)] == [True, True, False]
