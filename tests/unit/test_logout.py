"""Logging out."""

from typing import Any

import pytest
from support.services.workbench import Workbench

from cybershop_customer import RefusalReason, SessionRefusedError, StoreUnavailableError


@pytest.fixture
def context_id(bench: Workbench) -> str:
    bench.add("ann")
    bench.add("bob")
    return bench.login("ann").context_id


def reason(bench: Workbench, context_id: Any, **pair: Any) -> RefusalReason:
    """Why a logout is refused; it may leave no trace."""
    before = bench.states("ann", "bob")
    with pytest.raises(SessionRefusedError) as refusal:
        bench.sessions.logout(context_id, **pair)
    assert bench.states("ann", "bob") == before
    return refusal.value.reason


def test_a_logout_ends_only_that_session(bench: Workbench, context_id: str) -> None:
    other = bench.login("ann").context_id

    assert bench.sessions.logout(context_id) == "ann"

    assert not bench.is_live(context_id)
    assert bench.is_live(other)


def test_a_logout_accepts_the_customer_id_too(bench: Workbench, context_id: str) -> None:
    assert bench.sessions.logout(context_id, customer_id="ann") == "ann"


def test_a_logout_is_one_write_and_leaves_one_record(bench: Workbench, context_id: str) -> None:
    assert bench.calls.during(lambda: bench.sessions.logout(context_id)) == ["sessions.close"]

    record = bench.last_record()
    assert (record.operation_name, record.message) == ("logout", "Logged out.")
    assert (record.status_code, record.actor_id) == (200, "ann")
    assert record.at == bench.clock.now()


def test_a_second_logout_is_refused(bench: Workbench, context_id: str) -> None:
    bench.sessions.logout(context_id)

    assert reason(bench, context_id) is RefusalReason.UNKNOWN
    assert bench.reason(context_id) is RefusalReason.REVOKED


def test_an_expired_session_cannot_be_logged_out(bench: Workbench, context_id: str) -> None:
    bench.clock.advance(minutes=30)

    assert reason(bench, context_id) is RefusalReason.UNKNOWN
    assert bench.reason(context_id) is RefusalReason.EXPIRED


@pytest.mark.parametrize("customer_id", ["bob", "", "ANN", 7])
def test_the_pair_must_belong_together(bench: Workbench, context_id: str, customer_id: Any) -> None:
    assert reason(bench, context_id, customer_id=customer_id) is RefusalReason.UNKNOWN
    assert bench.is_live(context_id)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (None, RefusalReason.MISSING),
        ("", RefusalReason.MISSING),
        ("abcdefghisdsa8664654646", RefusalReason.MALFORMED),
        (7, RefusalReason.MALFORMED),
        (f"{'x' * 43}.ann", RefusalReason.UNKNOWN),
    ],
)
@pytest.mark.usefixtures("context_id")
def test_a_text_that_opens_no_session_is_refused_with_the_reason(
    bench: Workbench, sent: Any, expected: RefusalReason
) -> None:
    assert reason(bench, sent) is expected


def test_a_lost_reply_is_reported(bench: Workbench, context_id: str) -> None:
    bench.calls.fail("sessions.close", StoreUnavailableError(outcome_known=False))

    with pytest.raises(StoreUnavailableError) as lost:
        bench.sessions.logout(context_id)

    assert not lost.value.outcome_known
