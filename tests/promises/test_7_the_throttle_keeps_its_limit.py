"""Promise 7: the throttle admits no more than its limit, whatever the concurrency."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Final

import pytest
from support import racing
from support.broken_stores import MEETING_SECONDS, UnlockedMemory
from support.builders import an_attempt
from support.dynamodb_stores import local_database
from support.faults import Fault, Sequence
from support.faulty import FaultyEndpoint
from support.threads import race
from support.users import Shop

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
"""Of each racer; together they are more than the limit."""


@pytest.mark.parametrize("customer_id", ["zoe", "nobody"])
def test_all_guesses_together_are_as_many_as_the_limit(shop: Shop, customer_id: str) -> None:
    racing.add(shop.services, "zoe")

    admitted = shop.race(racing.guess, customer_id, GUESSES)

    assert sum(map(int, map(str, admitted))) == LIMIT


class Counting(PasswordHasher):
    """Keeps the passwords that were looked at."""

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


def test_no_password_is_looked_at_beyond_the_limit(stage: Shop) -> None:
    racing.add(stage.services, "zoe")
    hasher = Counting()
    stage.services = stage.services_with(hasher)

    stage.race(racing.guess, "zoe", GUESSES)

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
        self._barrier.wait(MEETING_SECONDS)
        return super().charge(replace(attempt, limit=1000))


def both_charge(throttle: LoginThrottle) -> list[object]:
    """What two get who charge at once, where one is admitted."""
    attempt = an_attempt(limit=1)
    return race([lambda: throttle.charge(attempt)] * 2)


@pytest.mark.dynamodb_local
def test_without_its_condition_dynamodb_admits_too_many() -> None:
    assert both_charge(LooksFirst(local_database())) == [True, True]


def test_without_its_lock_memory_admits_too_many() -> None:
    """Negative control."""
    memory = UnlockedMemory()
    with memory.gap(memory.attempts):
        assert both_charge(memory.storage.login_throttle) == [True, True]


def test_of_two_who_charge_at_once_one_is_admitted(stage: Shop) -> None:
    assert sorted(map(bool, both_charge(stage.storage.login_throttle))) == [False, True]


def admitted_after_a_lost_refund(
    endpoint: FaultyEndpoint, throttle: type[DynamoDBLoginThrottle]
) -> int:
    """How many are admitted at the limit of 3, after one refund whose reply is lost."""
    store = endpoint.new_store()
    faulty, attempt = throttle(store.database), an_attempt(limit=3)
    assert [faulty.charge(attempt) for _ in range(3)] == [True] * 3
    store.proxy.script = Sequence("UpdateItem", [Fault.CUT_AFTER])
    with suppress(StoreUnavailableError):
        faulty.refund(attempt)
    return [faulty.charge(attempt) for _ in range(3)].count(True)


@pytest.mark.dynamodb_local
def test_a_refund_whose_reply_is_lost_makes_room_for_one(endpoint: FaultyEndpoint) -> None:
    assert admitted_after_a_lost_refund(endpoint, DynamoDBLoginThrottle) == 1


class RefundsAgain(DynamoDBLoginThrottle):
    """Negative control: sends a refund again when its reply is lost."""

    def _update(self, attempt: LoginAttempt, change: dict[str, object], _: RequestKind) -> bool:
        return super()._update(attempt, change, RequestKind.IDEMPOTENT_WRITE)


@pytest.mark.dynamodb_local
def test_a_refund_that_is_sent_again_makes_room_for_two(endpoint: FaultyEndpoint) -> None:
    assert admitted_after_a_lost_refund(endpoint, RefundsAgain) == 2


@pytest.mark.dynamodb_local
def test_a_charge_whose_reply_is_lost_admits_fewer_never_more(endpoint: FaultyEndpoint) -> None:
    store, attempt = endpoint.new_store(), an_attempt(limit=3)
    store.proxy.script = Sequence("UpdateItem", [Fault.CUT_AFTER])
    throttle = store.storage.login_throttle

    assert [throttle.charge(attempt) for _ in range(4)] == [True, True, False, False]


def test_who_is_late_for_the_window_finds_it_as_full_as_it_was(stage: Shop) -> None:
    """Another's attempt of the next window came first."""
    attempt = an_attempt(limit=1)
    after = replace(attempt, window_ends_at=attempt.window_ends_at + timedelta(minutes=15))
    throttle = stage.storage.login_throttle

    assert [throttle.charge(one) for one in (attempt, after, attempt)] == [True, True, False]
