"""The smaller values of the domain."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from support.builders.values import (
    a_change_of_email,
    a_customer,
    a_record,
    a_session,
    an_attempt,
    an_update,
)

from cybershop_customer import (
    ADMIN,
    OPERATOR,
    AuditRecord,
    ForbiddenError,
    LoginAttempt,
    SessionPolicy,
)
from cybershop_customer.domain.audit import is_position, rfc3339
from cybershop_customer.entrypoints.testkit.clock import START


def test_times_are_written_in_utc_with_six_decimals() -> None:
    east = timezone(timedelta(hours=5, minutes=30))

    assert rfc3339(datetime(2031, 5, 17, 12, tzinfo=UTC)) == "2031-05-17T12:00:00.000000Z"
    assert rfc3339(datetime(2031, 5, 17, 12, 0, 0, 5, east)) == "2031-05-17T06:30:00.000005Z"
    assert rfc3339(datetime(999, 1, 1, tzinfo=UTC)) == "0999-01-01T00:00:00.000000Z"


def test_a_position_is_the_time_and_then_the_id() -> None:
    record = a_record("ann", record_id="b-2", at=START)

    assert record.position == "2031-05-17T12:00:00.123456Z~b-2"
    assert is_position(record.position)


def test_the_order_of_positions_is_the_order_of_time() -> None:
    moments = [
        START + timedelta(microseconds=n * 10**exponent) for exponent in range(9) for n in (1, 9)
    ]

    positions = [a_record("ann", at=moment).position for moment in moments]

    assert positions == sorted(positions)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2031-05-17T12:00:00Z~a",
        "2031-05-17T12:00:00.123456Z",
        "2031-05-17T12:00:00.123456Z~",
        "2031-05-17T12:00:00.123456Z~a b",
        "2031-05-17T12:00:00.123456Z~" + "a" * 65,
        "2031-05-17T12:00:00.123456Z~a\n",
    ],
)
def test_other_texts_are_no_position(text: str) -> None:
    assert not is_position(text)


def test_a_record_is_of_this_service() -> None:
    assert a_record("ann").service_name == "customer"


def test_the_operator_is_an_admin() -> None:
    assert OPERATOR.customer_id == "operator"
    assert OPERATOR.roles == {ADMIN}


def test_a_session_is_asked_for_a_role() -> None:
    session = a_session("ann", roles=frozenset({"clerk"}))

    session.require("clerk")
    with pytest.raises(ForbiddenError) as refusal:
        session.require("admin")
    assert refusal.value.role == "admin"
    assert str(refusal.value) == "this needs the role 'admin'"


def attempt(now: datetime, identity: str = "id:ann") -> LoginAttempt:
    return LoginAttempt.at(now, identity=identity, limit=20, window_seconds=900)


def test_attempts_of_one_quarter_of_an_hour_are_in_one_window() -> None:
    beginning = datetime(2031, 5, 17, 12, 0, tzinfo=UTC)
    end = beginning + timedelta(minutes=15)

    assert attempt(beginning).window_ends_at == end
    assert attempt(end - timedelta(microseconds=1)) == attempt(beginning)
    assert attempt(end).window_ends_at == end + timedelta(minutes=15)


def test_an_attempt_does_not_contain_the_name() -> None:
    named = attempt(START, "email:ann@shop.example")

    assert "ann" not in repr(named)
    assert named.key != attempt(START, "id:ann@shop.example").key
    assert named.limit == 20


@pytest.mark.parametrize(
    ("before_the_end", "seconds"),
    [(900, 900), (899.5, 900), (1.000001, 2), (1, 1), (0.1, 1), (0, 1), (-5, 1)],
)
def test_the_wait_is_in_whole_seconds_and_never_too_short(
    before_the_end: float, seconds: int
) -> None:
    waiting = an_attempt()
    now = waiting.window_ends_at - timedelta(seconds=before_the_end)

    assert waiting.retry_after(now) == seconds


def test_a_tenth_of_the_idle_time_passes_before_a_write() -> None:
    assert SessionPolicy().extend_after == timedelta(minutes=3)


def test_the_default_lifetimes_of_a_session() -> None:
    policy = SessionPolicy()

    assert (policy.idle, policy.max_lifetime) == (timedelta(minutes=30), timedelta(hours=12))
    assert policy.max_sessions == 16


CUSTOMER = a_customer()


@pytest.mark.parametrize(
    "value",
    [
        CUSTOMER,
        a_session("ann"),
        a_record("ann"),
        an_update(CUSTOMER),
        a_change_of_email(CUSTOMER, "key"),
        an_attempt(),
        SessionPolicy(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_frozen_and_take_nothing_else(value: Any) -> None:
    name = next(iter(type(value).__dataclass_fields__))

    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)
    assert not hasattr(value, "__dict__")


def test_a_customer_shows_nothing_personal() -> None:
    customer = a_customer(
        customer_id="ann",
        email="secret@mail",
        email_key="secret-key",
        fname="SecretName",
        lname="SecretName",
        address1="SecretStreet",
        address2="SecretStreet",
        password_hash="SecretHash",
    )

    assert "secret" not in repr(customer).lower()
    assert "'ann'" in repr(customer)


def test_an_update_shows_nothing_personal() -> None:
    update = an_update(
        CUSTOMER,
        profile={"fname": "SecretName"},
        email=a_change_of_email(CUSTOMER, "secret-key"),
        password_hash="SecretHash",
    )

    assert "secret" not in repr(update).lower()


def test_records_are_made_by_keyword() -> None:
    with pytest.raises(TypeError):
        AuditRecord("id", "ann")  # type: ignore[call-arg,misc]
