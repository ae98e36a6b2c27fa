"""The session check: which sessions are live, and why others are refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    ContextId,
    RefusalReason,
    Session,
    SessionCheckService,
    SessionPolicy,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.domain.session import Revocation
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

UNKNOWN = f"{'x' * 43}.ann"
OWN = ContextId.parse(UNKNOWN)
LATER = START + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def customer(bench: Workbench) -> None:
    bench.add("ann")


def test_a_live_session_is_answered_as_it_was_opened(bench: Workbench) -> None:
    result = bench.login()

    assert bench.sessions.check_session(result.context_id) == result.session
    assert bench.sessions.check_session(result.context_id, customer_id="ann") == result.session


def test_a_check_is_one_read_and_leaves_no_trace(bench: Workbench) -> None:
    context_id = bench.login().context_id
    before = bench.states()

    assert bench.calls.during(lambda: bench.is_live(context_id)) == ["sessions.find"]
    assert bench.states() == before


@pytest.mark.parametrize("missing", [None, ""])
def test_nothing_is_missing(bench: Workbench, missing: str | None) -> None:
    assert bench.reason(missing) is RefusalReason.MISSING


@pytest.mark.parametrize("malformed", ["x", UNKNOWN[1:], UNKNOWN + "\n", "ä" * 43 + ".ann", 7, []])
def test_a_text_of_another_form_is_malformed_and_nothing_is_read(
    bench: Workbench, malformed: Any
) -> None:
    bench.calls.names.clear()

    assert bench.reason(malformed) is RefusalReason.MALFORMED
    assert bench.calls.names == []


def test_a_secret_that_was_never_issued_is_unknown(bench: Workbench) -> None:
    assert bench.reason(UNKNOWN) is RefusalReason.UNKNOWN
    assert bench.reason(f"{'x' * 43}.nobody") is RefusalReason.UNKNOWN


def test_one_other_character_is_unknown(bench: Workbench) -> None:
    context_id = bench.login().context_id
    other = ("A" if context_id[0] != "A" else "B") + context_id[1:]

    assert bench.reason(other) is RefusalReason.UNKNOWN


@pytest.mark.parametrize("customer_id", ["bob", "", "Ann", "nobody", 7])
def test_the_secret_of_one_customer_is_no_session_of_another(
    bench: Workbench, customer_id: Any
) -> None:
    bench.add("bob")
    context_id = bench.login("ann").context_id
    bench.calls.names.clear()

    assert bench.reason(context_id, customer_id=customer_id) is RefusalReason.UNKNOWN
    assert bench.calls.names == []


def test_a_secret_readdressed_to_another_customer_is_unknown(bench: Workbench) -> None:
    bench.add("bob")
    secret = bench.login("ann").context_id.removesuffix(".ann")

    assert bench.reason(f"{secret}.bob") is RefusalReason.UNKNOWN


def test_a_check_returns_the_current_roles(bench: Workbench) -> None:
    context_id = bench.login().context_id

    bench.roles.grant_role("ann", "admin", actor=OPERATOR)
    assert bench.sessions.check_session(context_id).roles == {"admin"}

    bench.roles.revoke_role("ann", "admin", actor=OPERATOR)
    assert bench.sessions.check_session(context_id).roles == frozenset()


@pytest.mark.parametrize("error", [StoreUnavailableError(), StoreFaultError("no table")])
def test_a_store_error_is_not_reported_as_unknown(bench: Workbench, error: Exception) -> None:
    context_id = bench.login().context_id
    bench.calls.fail("sessions.find", error)

    with pytest.raises(type(error)):
        bench.sessions.check_session(context_id)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda bench, context_id: bench.sessions.logout(context_id), "revoked"),
        (lambda bench, _: bench.sessions.end_sessions("ann", actor=OPERATOR), "revoked"),
        (lambda bench, _: bench.update(password="battery staple"), "revoked"),
        (lambda bench, _: bench.roles.ensure_admin("ann", "battery staple"), "revoked"),
        (lambda bench, _: bench.delete(), "unknown"),
    ],
    ids=["logout", "end of all sessions", "new password", "ensured admin", "deletion"],
)
def test_every_end_is_effective_for_the_very_next_check(
    bench: Workbench, end: Callable[[Workbench, str], object], reason: str
) -> None:
    context_id = bench.login().context_id
    assert bench.is_live(context_id)

    end(bench, context_id)

    assert bench.reason(context_id) == reason


class Elsewhere:
    """Returns ``found``, whatever session it is asked for."""

    def __init__(self, found: Session | Revocation) -> None:
        self.find = lambda *_: found


@pytest.mark.parametrize(
    "found",
    [
        Session(OWN.session_id, "bob", frozenset({"admin"}), START, LATER),
        Session("another", "ann", frozenset(), START, LATER),
        Revocation("another", START),
    ],
    ids=["another customer", "another session", "another session, revoked"],
)
def test_a_reply_about_another_session_is_refused(found: Session | Revocation) -> None:
    sessions: Any = Elsewhere(found)
    check = SessionCheckService(sessions=sessions, clock=ManualClock(), policy=SessionPolicy())

    with pytest.raises(StoreUnavailableError):
        check.check_session(UNKNOWN)
