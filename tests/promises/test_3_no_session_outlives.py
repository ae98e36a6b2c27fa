"""Promise 3: no session outlives its customer, nor a password change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import Event, Thread
from typing import Any
from uuid import uuid4

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


def test_an_own_password_change_leaves_its_one_new_session(harness: RaceHarness) -> None:
    """Its session may be used at once, and no login with the old password wins after it."""
    for turn in range(ROUNDS):
        customer_id = racing.add(harness.services, f"zoe-{turn}")
        before = harness.services.sessions.login(
            customer_id=customer_id, password=racing.PASSWORD
        ).context_id

        new, *others = harness.race(racing.log_in_or_change_own_password, customer_id, before)

        assert racing.check(harness.services, 0, str(new)) == customer_id
        assert len(sessions_of(harness.storage, customer_id)) == 1
        assert len(devices_of(harness.storage, customer_id)) == 1
        for context_id in (before, *others):
            if context_id is not LoginRefusedError:
                checked = outcome(lambda now=context_id: racing.check(harness.services, 0, now))
                assert checked is SessionRefusedError


def test_logins_beside_the_end_of_the_others(harness: RaceHarness) -> None:
    """Every session of before ends; one that is opened at once with it ends or stays, whole."""
    for turn in range(ROUNDS):
        customer_id = racing.add(harness.services, f"zoe-{turn}")
        before, mine = (
            harness.services.sessions.login(
                customer_id=customer_id, password=racing.PASSWORD
            ).context_id
            for _ in range(2)
        )

        opened = harness.race(racing.log_in_or_end_the_others, customer_id, mine)

        live = [
            context_id
            for context_id in (before, *opened)
            if outcome(lambda now=context_id: racing.check(harness.services, 0, now)) == customer_id
        ]
        assert mine in live
        assert before not in live
        assert len(sessions_of(harness.storage, customer_id)) == len(live)


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


def change_own_password(services: Services) -> None:
    login = services.sessions.login(customer_id="zoe", password=racing.PASSWORD)
    racing.log_in_or_change_own_password(services, 0, "zoe", login.context_id)


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


def test_a_login_that_verified_before_the_own_password_change_loses_after_it(
    thread_harness: RaceHarness,
) -> None:
    racing.add(thread_harness.services, "zoe")

    assert log_in_while(thread_harness, change_own_password) is LoginRefusedError
    assert len(sessions_of(thread_harness.storage, "zoe")) == 1


def test_a_login_that_verified_before_a_completed_reset_loses_after_it(
    thread_harness: RaceHarness,
) -> None:
    racing.add(thread_harness.services, "zoe")
    token = thread_harness.ask_for_reset("zoe")

    login = log_in_while(thread_harness, lambda now: racing.complete_reset(now, 0, token))

    assert login is LoginRefusedError
    assert sessions_of(thread_harness.storage, "zoe") == frozenset()


def log_in_while_the_others_end(harness: RaceHarness, **parts: Any) -> tuple[str, str]:
    """A session of before, and one whose login verified before the others ended."""
    racing.add(harness.services, "zoe")
    login = harness.services.sessions.login
    before, mine = (login(customer_id="zoe", password=racing.PASSWORD).context_id for _ in range(2))
    late: Any = log_in_while(
        harness, lambda now: racing.log_in_or_end_the_others(now, 0, "zoe", mine), **parts
    )
    assert racing.check(harness.services, 0, mine) == "zoe"
    return before, late.context_id


def test_a_login_that_verified_before_the_others_ended_brings_none_back(
    thread_harness: RaceHarness,
) -> None:
    before, late = log_in_while_the_others_end(thread_harness)

    assert outcome(lambda: racing.check(thread_harness.services, 0, before)) is SessionRefusedError
    assert racing.check(thread_harness.services, 0, late) == "zoe"
    assert len(sessions_of(thread_harness.storage, "zoe")) == 2


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
        # The devices of before are another condition, which only some of the changes break.
        careless = replace(opening, password_version=present, device_use=None)
        self._sessions.open(careless, record)


class StaleSessions(Part):
    """Stores every session that the login read, as a write of the whole customer would."""

    def __init__(self, sessions: Any) -> None:
        super().__init__(sessions)
        self._read: CustomerWithSessions | None = None

    def get_with_sessions(self, customer_id: str, *, now: datetime) -> CustomerWithSessions | None:
        found: CustomerWithSessions | None
        found = self._sessions.get_with_sessions(customer_id, now=now)
        self._read = self._read or found
        return found

    def open(self, opening: SessionOpening, record: AuditRecord) -> None:
        self._sessions.open(opening, record)
        assert self._read is not None
        for session in self._read.sessions:
            again = replace(opening, session=session, device_use=None)
            self._sessions.open(again, replace(record, record_id=str(uuid4())))


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


@pytest.mark.parametrize("change", [change_password, change_own_password])
def test_without_the_password_version_the_old_password_wins(
    thread_harness: RaceHarness, change: Callable[[Services], object]
) -> None:
    """Negative control."""
    racing.add(thread_harness.services, "zoe")
    sessions = AnyPasswordVersion(thread_harness.storage.sessions)

    login: Any = log_in_while(thread_harness, change, sessions=sessions)

    assert thread_harness.services.sessions.check_session(login.context_id).customer_id == "zoe"


def test_without_the_password_version_the_old_password_wins_over_a_completed_reset(
    thread_harness: RaceHarness,
) -> None:
    """Negative control."""
    racing.add(thread_harness.services, "zoe")
    token = thread_harness.ask_for_reset("zoe")
    sessions = AnyPasswordVersion(thread_harness.storage.sessions)

    login: Any = log_in_while(
        thread_harness, lambda now: racing.complete_reset(now, 0, token), sessions=sessions
    )

    assert racing.check(thread_harness.services, 0, login.context_id) == "zoe"


def test_a_login_that_writes_what_it_read_brings_an_ended_session_back(
    thread_harness: RaceHarness,
) -> None:
    """Negative control."""
    sessions = StaleSessions(thread_harness.storage.sessions)

    before, _ = log_in_while_the_others_end(thread_harness, sessions=sessions)

    assert racing.check(thread_harness.services, 0, before) == "zoe"


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
