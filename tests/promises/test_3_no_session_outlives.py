"""Promise 3: no session outlives its customer, nor a password change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import Event, Thread
from typing import Any

import pytest
from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.processes import outcome
from support.stores.stored_state import devices_of, sessions_of

from cybershop_customer import (
    OPERATOR,
    AuditRecord,
    LoginRefusedError,
    PasswordHasher,
    SessionRefusedError,
)
from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher
from cybershop_customer.domain.session import CustomerWithSessions, Session
from cybershop_customer.domain.session_opening import SessionOpening
from cybershop_customer.entrypoints.services import Services

ROUNDS = 5
SECONDS = 30


@pytest.mark.parametrize("task", [racing.log_in_or_change_password, racing.log_in_or_delete])
def test_what_was_opened_at_once_with_the_change_is_not_there_after_it(
    harness: RaceHarness, task: Callable[..., str]
) -> None:
    for turn in range(ROUNDS):
        customer_id = racing.add(harness.services, f"zoe-{turn}")

        outcomes = harness.race(task, customer_id)

        assert outcomes[0] == ""
        assert sessions_of(harness.storage, customer_id) == frozenset()
        assert devices_of(harness.storage, customer_id) == frozenset()
        for context_id in outcomes[1:]:
            if context_id is not LoginRefusedError:
                checked = outcome(lambda now=context_id: racing.check(harness.services, 0, now))
                assert checked is SessionRefusedError


class Slow(PasswordHasher):
    """Waits for ``go_on`` after it has verified a password."""

    def __init__(self) -> None:
        self._bcrypt = BcryptPasswordHasher(rounds=4)
        self.verified = Event()
        self.go_on = Event()

    def hash(self, password: str) -> str:
        return self._bcrypt.hash(password)

    def needs_rehash(self, password_hash: str) -> bool:
        return self._bcrypt.needs_rehash(password_hash)

    def verify(self, password: str, password_hash: str | None) -> bool:
        verified = self._bcrypt.verify(password, password_hash)
        self.verified.set()
        assert self.go_on.wait(SECONDS)
        return verified


def log_in_while(
    harness: RaceHarness, change: Callable[[Services], object], **parts: Any
) -> object:
    """What a login gets that verified the password before ``change`` and goes on after it."""
    hasher = Slow()
    slow, quick = harness.services_with(hasher, **parts), harness.services_with(**parts)
    outcomes: list[object] = []

    def log_in() -> None:
        login = slow.sessions.login
        outcomes.append(outcome(lambda: login(customer_id="zoe", password=racing.PASSWORD)))

    thread = Thread(target=log_in)
    thread.start()
    assert hasher.verified.wait(SECONDS)
    change(quick)
    hasher.go_on.set()
    thread.join(SECONDS)
    return outcomes[0]


def change_password(services: Services) -> None:
    services.customers.update_customer("zoe", actor=OPERATOR, password="new horse")


def delete(services: Services) -> None:
    services.customers.delete_customer("zoe", actor=OPERATOR)


def replace_customer(services: Services) -> None:
    delete(services)
    services.customers.add_customer(
        customer_id="zoe", email="somebody@shop.example", password="somebody else's"
    )


@pytest.mark.parametrize("change", [change_password, delete])
def test_a_login_that_verified_before_the_change_loses_after_it(
    thread_harness: RaceHarness, change: Callable[[Services], object]
) -> None:
    racing.add(thread_harness.services, "zoe")

    assert log_in_while(thread_harness, change) is LoginRefusedError
    assert sessions_of(thread_harness.storage, "zoe") == frozenset()


def test_a_login_does_not_enter_the_customer_who_took_the_id_meanwhile(
    thread_harness: RaceHarness,
) -> None:
    racing.add(thread_harness.services, "zoe")

    assert log_in_while(thread_harness, replace_customer) is LoginRefusedError
    assert sessions_of(thread_harness.storage, "zoe") == frozenset()


class Part:
    """Passes every call to the session repository, unless a subclass overrides it."""

    def __init__(self, sessions: Any) -> None:
        self._sessions = sessions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sessions, name)


class AnyPasswordVersion(Part):
    """Opens a session even if the password has changed."""

    def open(self, opening: SessionOpening, record: AuditRecord) -> None:
        stored = self._sessions.get_with_sessions(opening.session.customer_id, now=record.at)
        present = stored.customer.password_version
        self._sessions.open(replace(opening, password_version=present), record)


class SessionsApart(Part):
    """Stores sessions apart from their customers, as a separate table would."""

    def __init__(self, sessions: Any) -> None:
        super().__init__(sessions)
        self._apart: dict[str, Session] = {}

    def get_with_sessions(self, customer_id: str, *, now: datetime) -> CustomerWithSessions | None:
        found: CustomerWithSessions | None
        found = self._sessions.get_with_sessions(customer_id, now=now)
        return found

    def open(self, opening: SessionOpening, _record: AuditRecord) -> None:
        self._apart[opening.session.session_id] = opening.session

    def find(self, _customer_id: str, session_id: str) -> Session | None:
        return self._apart.get(session_id)


def test_without_the_password_version_the_old_password_wins(thread_harness: RaceHarness) -> None:
    """Negative control."""
    racing.add(thread_harness.services, "zoe")
    sessions = AnyPasswordVersion(thread_harness.storage.sessions)

    login: Any = log_in_while(thread_harness, change_password, sessions=sessions)

    assert thread_harness.services.sessions.check_session(login.context_id).customer_id == "zoe"


@pytest.mark.parametrize("change", [change_password, delete])
def test_sessions_apart_from_their_customer_outlive_the_change(
    thread_harness: RaceHarness, change: Callable[[Services], object]
) -> None:
    """Negative control."""
    services = thread_harness.services_with(sessions=SessionsApart(thread_harness.storage.sessions))
    racing.add(services, "zoe")
    login = services.sessions.login(customer_id="zoe", password=racing.PASSWORD)

    change(services)

    assert services.sessions.check_session(login.context_id).customer_id == "zoe"


@pytest.mark.parametrize("change", [change_password, delete])
def test_sessions_within_their_customer_end_with_the_change(
    thread_harness: RaceHarness, change: Callable[[Services], object]
) -> None:
    racing.add(thread_harness.services, "zoe")
    login = thread_harness.services.sessions.login(customer_id="zoe", password=racing.PASSWORD)

    change(thread_harness.services)

    checked = outcome(lambda: racing.check(thread_harness.services, 0, login.context_id))
    assert checked is SessionRefusedError
