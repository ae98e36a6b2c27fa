"""The service reads and changes items that its first version wrote (fixtures/)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from support.dynamodb.old_tables import CONTEXT_ID, FIXTURES, PASSWORD, OldTables, log_in_wrongly
from support.stores.stored_state import log_of

from cybershop_customer import (
    OPERATOR,
    Customer,
    EmailTakenError,
    KeyedRegistration,
    RefusalReason,
    Session,
    SessionPolicy,
    SessionRefusedError,
    TooManyAttemptsError,
)
from cybershop_customer.domain.fields import complete_profile
from cybershop_customer.domain.idempotency_key import IdempotencyKey
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.dynamodb_local

SESSION_ID: Final = next(
    iter(json.loads((FIXTURES / "customer.json").read_text())["item"]["sessions"]["M"])
)
RECORDED_AT: Final = datetime(2030, 2, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize("fixture", ["customer", "customer_without_schema"])
def test_a_customer_is_read_as_it_was_written(old: OldTables, fixture: str) -> None:
    old.store(fixture)

    customer = old.services.customers.get_customer("zoe", actor=OPERATOR)

    assert customer == Customer(
        customer_id="zoe",
        email="Zoë@Shop.example",
        email_key="zoë@shop.example",
        fname="Zoë",
        lname="李",
        address1="Earth 1",
        address2="",
        roles=frozenset({"clerk"}),
        password_hash=customer.password_hash,
        password_version=3,
        version=7,
        created_at=datetime(2030, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        updated_at=RECORDED_AT,
    )


def test_a_customer_with_nothing_but_what_each_has(old: OldTables) -> None:
    old.store("customer_bare")

    customer = old.services.customers.get_customer("zoe", actor=OPERATOR)

    assert (customer.email, customer.email_key, customer.roles) == (None, None, frozenset())
    assert old.services.sessions.login(customer_id="zoe", password=PASSWORD)


def test_a_registration_with_a_key_is_read_as_it_was_written(old: OldTables) -> None:
    old.store("registration")
    key = IdempotencyKey("4f6d2f9a-7c1e-4d0b-9a53-0c3f8a1e5b77")
    texts = complete_profile({"fname": "Zoë"})
    asked = {"actor": "-", "customer_id": "zoe", "email": "Zoë@Shop.example", **texts}

    found = old.storage.customers.find_registration(key.key_hash, now=START)

    assert found == KeyedRegistration(
        key_hash=key.key_hash,
        fingerprint=key.fingerprint(asked),
        customer_id="zoe",
        version=5,
        created_at=START - timedelta(hours=1),
        expires_at=START + timedelta(hours=23),
    )


@pytest.mark.parametrize("fixture", ["customer", "customer_without_schema"])
def test_a_session_is_found_and_can_be_ended(old: OldTables, fixture: str) -> None:
    old.store(fixture)

    assert old.services.sessions.check_session(CONTEXT_ID) == Session(
        SESSION_ID,
        "zoe",
        frozenset({"clerk"}),
        START - timedelta(minutes=5),
        # The check extended the session, because more than three minutes had passed.
        START + timedelta(minutes=30),
    )
    assert old.services.sessions.logout(CONTEXT_ID) == "zoe"


@pytest.mark.parametrize("fixture", ["customer", "customer_without_schema"])
@pytest.mark.parametrize(
    "end",
    [
        lambda services: services.sessions.logout(CONTEXT_ID),
        lambda services: services.sessions.end_sessions("zoe", actor=OPERATOR),
        lambda services: services.customers.update_customer(
            "zoe", actor=OPERATOR, password="new horse"
        ),
    ],
    ids=["logout", "end of all", "new password"],
)
def test_an_ended_session_is_out_of_the_first_versions_sight(
    old: OldTables, fixture: str, end: Callable[[Services], object]
) -> None:
    """The first version has no revocations: it takes every entry of ``sessions`` for live."""
    old.store(fixture)

    end(old.services)

    with pytest.raises(SessionRefusedError) as refusal:
        old.services.sessions.check_session(CONTEXT_ID)
    assert refusal.value.reason is RefusalReason.REVOKED
    (item,) = [item for item in old.items() if item.get("pk") == {"S": "C#zoe"}]
    assert item["sessions"] == {"M": {}}
    assert item.get("schema", {"N": "1"}) == {"N": "1"}


def test_what_the_first_version_ends_is_unknown(old: OldTables) -> None:
    old.store("customer", sessions={"M": {}}, revoked={"SS": ["another~1936785300123456"]})

    with pytest.raises(SessionRefusedError) as refusal:
        old.services.sessions.check_session(CONTEXT_ID)

    assert refusal.value.reason is RefusalReason.UNKNOWN


def test_an_old_customer_takes_every_change(old: OldTables) -> None:
    old.store("customer_without_schema", "email_guard")
    customers, sessions = old.services.customers, old.services.sessions

    sessions.login(email="ZOË@shop.example", password=PASSWORD)
    assert customers.update_customer("zoe", actor=OPERATOR, fname="Zoe", if_version=7) == 8
    assert customers.update_customer("zoe", actor=OPERATOR, email="zoe@shop.example") == 9
    assert customers.update_customer("zoe", actor=OPERATOR, password="new horse") == 10
    sessions.end_sessions("zoe", actor=OPERATOR)
    customers.delete_customer("zoe", actor=OPERATOR)

    left = [item["pk"]["S"] for item in old.items() if "pk" in item]
    assert [key for key in left if not key.startswith("T#")] == []


def test_an_email_guard_holds(old: OldTables) -> None:
    old.store("customer", "email_guard")

    with pytest.raises(EmailTakenError):
        old.services.customers.add_customer(email="ZOË@shop.example", password=PASSWORD)


def test_a_counter_of_failed_logins_is_left_to_its_time_to_live(old: OldTables) -> None:
    """It stands at 19 of 20. A budget has another key, so an upgrade makes each budget full."""
    old.store("customer", "login_attempts")
    (counter,) = (item for item in old.items() if "attempts" in item)

    old.services.sessions.login(customer_id="zoe", password=PASSWORD)
    for _ in range(SessionPolicy().login_rate_limit.burst):
        log_in_wrongly(old.services)
    with pytest.raises(TooManyAttemptsError):
        log_in_wrongly(old.services)

    assert counter in old.items()
    assert "ttl" in counter


def test_records_are_read_as_they_were_written(old: OldTables) -> None:
    old.store("audit_record", "audit_record_without_schema")

    login, update = log_of(old.storage, "zoe")

    assert (login.operation_name, login.actor_id, login.fields) == ("login", "zoe", ())
    assert (update.operation_name, update.actor_id) == ("update_customer", "admin")
    assert update.fields == ("email", "fname")
    assert update.at == RECORDED_AT
    assert (update.status_code, update.message) == (200, "Customer updated.")
    assert (update.source, update.request_id) == (None, None)
