"""The service refuses items that a newer version wrote, and does not change them."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from support.dynamodb.old_tables import CONTEXT_ID, PASSWORD, OldTables, log_in_wrongly

from cybershop_customer import (
    OPERATOR,
    StoreFaultError,
)
from cybershop_customer.adapters.dynamodb.schema import SCHEMA
from cybershop_customer.entrypoints.services import Services

pytestmark = pytest.mark.dynamodb_local

NEWER: Final = {"schema": {"N": str(SCHEMA + 1)}, "something": {"S": "of a newer version"}}

KEY: Final = "4f6d2f9a-7c1e-4d0b-9a53-0c3f8a1e5b77"
"""The Idempotency-Key of the stored registration."""

USES_OF_CUSTOMER: Final[dict[str, Callable[[Services], object]]] = {
    "get": lambda services: services.customers.get_customer("zoe", actor=OPERATOR),
    "list": lambda services: services.customer_list.list_customers(actor=OPERATOR),
    "update": lambda services: services.customers.update_customer(
        "zoe", actor=OPERATOR, fname="New"
    ),
    "update of a version": lambda services: services.customers.update_customer(
        "zoe", actor=OPERATOR, fname="New", if_version=7
    ),
    "new address": lambda services: services.customers.update_customer(
        "zoe", actor=OPERATOR, email="new@shop.example"
    ),
    "new password": lambda services: services.customers.update_customer(
        "zoe", actor=OPERATOR, password="new horse"
    ),
    "delete": lambda services: services.customers.delete_customer("zoe", actor=OPERATOR),
    "login": lambda services: services.sessions.login(customer_id="zoe", password=PASSWORD),
    "login by email": lambda services: services.sessions.login(
        email="zoë@shop.example", password=PASSWORD
    ),
    "check": lambda services: services.sessions.check_session(CONTEXT_ID),
    "logout": lambda services: services.sessions.logout(CONTEXT_ID),
    "list sessions": lambda services: services.sessions.list_sessions("zoe", actor=OPERATOR),
    "end sessions": lambda services: services.sessions.end_sessions("zoe", actor=OPERATOR),
    "grant role": lambda services: services.roles.grant_role("zoe", "clerk", actor=OPERATOR),
    "ensure admin": lambda services: services.roles.ensure_admin("zoe", PASSWORD),
}
every_use = pytest.mark.parametrize("use", USES_OF_CUSTOMER.values(), ids=USES_OF_CUSTOMER)


def without_counters(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in items if not item.get("pk", {"S": ""})["S"].startswith("T#")]


@every_use
def test_a_newer_customer_is_refused_clearly_and_left_alone(
    old: OldTables, use: Callable[[Services], object], caplog: pytest.LogCaptureFixture
) -> None:
    old.store("customer", **NEWER)
    old.store("email_guard")
    before = old.items()

    with pytest.raises(StoreFaultError, match=f"schema {SCHEMA + 1}"):
        use(old.services)

    # A login charges the throttle before it reads anything.
    assert without_counters(old.items()) == before
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert PASSWORD not in caplog.text


def test_a_newer_record_is_refused_clearly_and_left_alone(old: OldTables) -> None:
    old.store("audit_record_without_schema")
    old.store("audit_record", **NEWER)
    before = old.items()

    with pytest.raises(StoreFaultError, match=f"schema {SCHEMA + 1}"):
        old.services.audit.read_records("zoe", actor=OPERATOR)

    assert old.items() == before


@pytest.mark.parametrize("name", ["new address", "delete", "login by email"])
def test_a_newer_guard_is_refused_clearly_and_left_alone(old: OldTables, name: str) -> None:
    old.store("customer")
    old.store("email_guard", **NEWER)
    before = old.items()

    with pytest.raises(StoreFaultError, match=f"schema {SCHEMA + 1}"):
        USES_OF_CUSTOMER[name](old.services)

    assert without_counters(old.items()) == before


@pytest.mark.parametrize("customer_id", ["zoe", "another"])
def test_a_newer_registration_is_refused_clearly_and_left_alone(
    old: OldTables, customer_id: str
) -> None:
    old.store("customer")
    old.store("registration", **NEWER)
    before = old.items()

    with pytest.raises(StoreFaultError, match=f"schema {SCHEMA + 1}"):
        old.services.customers.add_customer(
            customer_id=customer_id,
            email="new@shop.example",
            password=PASSWORD,
            idempotency_key=KEY,
        )

    assert old.items() == before


@pytest.mark.parametrize("kind", ["C", "E", "I", "logger"])
def test_every_kind_of_item_that_stays_carries_its_schema(old: OldTables, kind: str) -> None:
    old.services.customers.add_customer(
        customer_id="zoe", email="zoe@shop.example", password=PASSWORD, idempotency_key=KEY
    )
    log_in_wrongly(old.services)

    items = [item for item in old.items() if item.get("pk", {"S": "logger"})["S"][0] == kind[0]]

    assert items
    assert all(item.get("schema") == {"N": str(SCHEMA)} for item in items)
