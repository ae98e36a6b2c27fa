"""The fake session checker, as the tests of another service use it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.races.threads import THREADS, race

from cybershop_customer import (
    CheckerUnavailableError,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
    RefusalReason,
    SessionPolicy,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock
from cybershop_customer.entrypoints.testkit.no_passwords import NoAddresses, NoPasswords
from cybershop_customer.entrypoints.testkit.session_checker import MemorySessionChecker

GONE = (RefusalReason.REVOKED, RefusalReason.UNKNOWN)
SLOW = ("bcrypt", "boto3", "botocore", "dependency_injector", "falcon", "waitress")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def checker(clock: ManualClock) -> MemorySessionChecker:
    return MemorySessionChecker(clock)


def reason(checker: MemorySessionChecker, context_id: str | None) -> RefusalReason:
    with pytest.raises(SessionRefusedError) as refused:
        checker.check_session(context_id)
    return refused.value.reason


def test_a_session_is_of_the_customer_with_the_roles_and_for_the_time_of_the_policy() -> None:
    clock = ManualClock()
    checker = MemorySessionChecker(clock, SessionPolicy(idle=timedelta(minutes=3)))

    session = checker.check_session(checker.open_session("ann", ["admin"]))

    assert session.customer_id == "ann"
    assert session.roles == {"admin"}
    assert session.issued_at == START
    assert session.expires_at == START + timedelta(minutes=3)


def test_without_a_clock_it_uses_the_machines_clock() -> None:
    before = datetime.now(UTC)
    checker = MemorySessionChecker()
    session = checker.check_session(checker.open_session("ann"))

    assert before <= session.issued_at <= datetime.now(UTC)


def test_a_session_expires_when_the_clock_says_so(
    checker: MemorySessionChecker, clock: ManualClock
) -> None:
    context_id = checker.open_session("ann")
    clock.advance(minutes=30)

    assert reason(checker, context_id) is RefusalReason.EXPIRED


def test_one_more_session_than_the_policy_allows_ends_the_oldest(clock: ManualClock) -> None:
    checker = MemorySessionChecker(clock, SessionPolicy(max_sessions=1))
    oldest = checker.open_session("ann")
    clock.advance(seconds=1)
    checker.check_session(checker.open_session("ann"))

    assert reason(checker, oldest) in GONE


def test_ending_a_session_leaves_the_others(checker: MemorySessionChecker) -> None:
    ended, kept = checker.open_session("ann"), checker.open_session("ann")
    checker.end_session(ended)

    assert reason(checker, ended) in GONE
    assert checker.check_session(kept).customer_id == "ann"


def test_ending_all_sessions_leaves_those_of_others(checker: MemorySessionChecker) -> None:
    ended = [checker.open_session("ann"), checker.open_session("ann")]
    kept = checker.open_session("bob")
    checker.end_sessions("ann")

    assert all(reason(checker, context_id) in GONE for context_id in ended)
    assert checker.check_session(kept).customer_id == "bob"


def test_a_deleted_customer_has_no_session_and_can_come_back(checker: MemorySessionChecker) -> None:
    gone = checker.open_session("ann", ["admin"])
    checker.delete_customer("ann")
    back = checker.open_session("ann")

    assert reason(checker, gone) is RefusalReason.UNKNOWN
    assert checker.check_session(back).roles == frozenset()


def test_roles_are_the_customers_and_exactly_those_named_last(
    checker: MemorySessionChecker,
) -> None:
    first = checker.open_session("ann", ["admin", "packer"])
    assert checker.check_session(first).roles == {"admin", "packer"}

    second = checker.open_session("ann", {"packer"})
    assert checker.check_session(first).roles == {"packer"}

    checker.set_roles("ann", ("admin",))
    assert checker.check_session(second, role="admin").roles == {"admin"}
    with pytest.raises(ForbiddenError):
        checker.check_session(second, role="packer")


def test_the_address_is_proven_as_said_last(checker: MemorySessionChecker) -> None:
    first = checker.open_session("ann", email_verified=True)
    assert checker.check_session(first).email_verified

    second = checker.open_session("ann")
    assert not checker.check_session(first).email_verified

    checker.set_email_verified("ann", email_verified=True)
    checker.set_roles("ann", ["admin"])
    assert checker.check_session(second, role="admin").email_verified


def test_while_unavailable_it_refuses_only_malformed_texts(
    checker: MemorySessionChecker,
) -> None:
    context_id = checker.open_session("ann")
    checker.available = False

    for asked in (context_id, f"{'x' * 43}.ann"):
        with pytest.raises(CheckerUnavailableError):
            checker.check_session(asked)
    assert reason(checker, None) is RefusalReason.MISSING
    assert reason(checker, "x") is RefusalReason.MALFORMED

    checker.available = True
    assert checker.check_session(context_id).customer_id == "ann"


@pytest.mark.parametrize(
    "call",
    [
        lambda checker: checker.end_sessions("nobody"),
        lambda checker: checker.set_roles("nobody", []),
        lambda checker: checker.set_email_verified("nobody", email_verified=True),
        lambda checker: checker.delete_customer("nobody"),
    ],
)
def test_an_unknown_customer_is_a_mistake_of_the_test(
    checker: MemorySessionChecker, call: Callable[[MemorySessionChecker], object]
) -> None:
    with pytest.raises(CustomerNotFoundError):
        call(checker)


def test_ending_a_session_twice_is_a_mistake_of_the_test(checker: MemorySessionChecker) -> None:
    context_id = checker.open_session("ann")
    checker.end_session(context_id)

    with pytest.raises(SessionRefusedError):
        checker.end_session(context_id)


@pytest.mark.parametrize(
    ("customer_id", "roles", "field"),
    [
        ("an n", (), "customer_id"),
        ("session", (), "customer_id"),
        ("x" * 129, (), "customer_id"),
        ("ann", ("Admin",), "roles"),
        ("ann", "admin", "roles"),
    ],
)
def test_values_that_the_service_refuses_are_refused(
    checker: MemorySessionChecker, customer_id: str, roles: Any, field: str
) -> None:
    for _ in range(2):
        with pytest.raises(InvalidInputError) as refused:
            checker.open_session(customer_id, roles)
        assert [fault.field for fault in refused.value.faults] == [field]
        checker.open_session("ann")


def test_concurrent_logins_get_different_sessions(
    checker: MemorySessionChecker,
) -> None:
    opened = race([lambda: checker.open_session("ann", ["admin"])] * THREADS)

    assert len(set(opened)) == THREADS
    assert {checker.check_session(str(context_id)).customer_id for context_id in opened} == {"ann"}


def test_concurrent_role_changes_are_all_kept(
    checker: MemorySessionChecker,
) -> None:
    checker.open_session("ann")

    def turn() -> None:
        checker.set_roles("ann", ["admin"])
        checker.open_session("ann", ["packer"])

    assert race([turn] * THREADS) == [None] * THREADS


def test_no_customer_can_log_in_by_password() -> None:
    hasher = NoPasswords()

    assert hasher.verify("", hasher.hash("x"))
    assert not hasher.needs_rehash(hasher.hash("x"))
    assert not hasher.verify("", None)
    assert not hasher.verify("$2b$04$", "$2b$04$")
    assert hasher.needs_rehash("$2b$04$")
    with pytest.raises(ValueError, match="not used"):
        NoAddresses().parse("ann@shop.example")


def test_importing_it_loads_nothing_slow() -> None:
    module = MemorySessionChecker.__module__
    code = f"import sys, {module}; print([name for name in {SLOW} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == ["[]"]
