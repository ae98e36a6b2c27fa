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
    Attempt,
    AuditRecord,
    ForbiddenError,
    RateLimit,
    SessionPolicy,
)
from cybershop_customer.domain.actor import Operator, is_operator_id
from cybershop_customer.domain.attempt import attempt_key
from cybershop_customer.domain.audit import is_position, rfc3339
from cybershop_customer.domain.budget_names import (
    device_budget,
    email_budget,
    id_budget,
    name_budget_keys,
)
from cybershop_customer.domain.fields import new_customer_id_fault
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


@pytest.mark.parametrize(
    ("name", "actor_id"),
    [
        ("alice", "operator:alice"),
        ("", "operator"),
        ("a\nb:c ü", "operator:a_b_c__"),
        ("x" * 100, "operator:" + "x" * 64),
    ],
)
def test_the_operators_id_names_the_system_user(name: str, actor_id: str) -> None:
    assert Operator(name).customer_id == actor_id
    assert is_operator_id(actor_id)
    assert new_customer_id_fault(actor_id, by_operator=True) is not None


@pytest.mark.parametrize("actor_id", ["-", "zoe", "operators", "an-operator"])
def test_the_other_actors_are_no_operators(actor_id: str) -> None:
    assert not is_operator_id(actor_id)


def test_a_session_is_asked_for_a_role() -> None:
    session = a_session("ann", roles=frozenset({"clerk"}))

    session.require("clerk")
    with pytest.raises(ForbiddenError) as refusal:
        session.require("admin")
    assert refusal.value.role == "admin"
    assert str(refusal.value) == "this needs the role 'admin'"


@pytest.mark.parametrize("window", [1, 7, 900, 86_400])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 20, 100])
def test_a_budget_refills_within_its_window_and_never_beyond_the_limit(
    limit: int, window: int
) -> None:
    rate_limit = RateLimit(limit, timedelta(seconds=window))
    refills = limit - rate_limit.burst

    assert rate_limit.burst >= limit / 2
    # So many attempts follow a burst within the window; the next one comes after it.
    assert refills * rate_limit.interval < rate_limit.window
    assert (refills + 1) * rate_limit.interval >= rate_limit.window


@pytest.mark.parametrize(("limit", "seconds"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_a_limit_that_admits_nothing_is_none(limit: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        RateLimit(limit, timedelta(seconds=seconds))


def test_an_attempt_does_not_contain_the_name() -> None:
    rate_limit = SessionPolicy().login_rate_limit
    named = Attempt.of("email:ann@shop.example", at=START, rate_limit=rate_limit)

    assert "ann" not in repr(named)
    assert named.key != Attempt.of("id:ann@shop.example", at=START, rate_limit=rate_limit).key


def test_the_budgets_of_a_customer_are_those_that_logins_are_charged_to() -> None:
    assert name_budget_keys("ann", "ann@shop.example") == (
        attempt_key("id:ann"),
        attempt_key("email:ann@shop.example"),
    )
    assert name_budget_keys("ann", None) == (attempt_key("id:ann"),)
    assert device_budget("ann") not in (id_budget("ann"), email_budget("ann"))


@pytest.mark.parametrize(
    ("too_late", "seconds"),
    [
        (450, 450),
        (449.5, 450),
        (1.000001, 2),
        (1, 1),
        (0.1, 1),
        (0, 1),
        (-5, 1),
        # A used up budget is 450 seconds too late. Clocks may differ by 30 seconds. A later time
        # is that of a wrong clock.
        (480, 480),
        (480.000001, 450),
        (1_000_000, 450),
    ],
)
def test_the_wait_is_in_whole_seconds_and_never_too_short(too_late: float, seconds: int) -> None:
    refused = an_attempt(limit=4)
    latest = refused.rate_limit.latest_full_at(refused.at)

    assert refused.retry_after(latest + timedelta(seconds=too_late)) == seconds


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
