"""Tombstones between versions of the service: what each writes, and what the other makes of it."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.old_tables import CONTEXT_ID, FIXTURES, PASSWORD, OldTables
from support.stores.stored_state import log_of

from cybershop_customer import (
    ADMIN,
    OPERATOR,
    CustomerExistsError,
    CustomerNotFoundError,
    LoginRefusedError,
    RefusalReason,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.services import Services

pytestmark = pytest.mark.dynamodb_local

TOMBSTONE: Final = json.loads((FIXTURES / "tombstone.json").read_text())["item"]
"""As this version writes it, 400 days before it ends."""
EARLIER_WRITES: Final[dict[str, dict[str, Any]]] = {
    "nothing": {},
    # A version that knows no tombstone takes it for a customer without sessions.
    "the end of all sessions": {
        "sessions": {"M": {}},
        "wiped": {"M": {}},
        "wiped_at": {"N": "1936785300123456"},
    },
}

USES: Final[dict[str, Callable[[Services], object]]] = {
    "get": lambda services: services.customers.get_customer("zoe", actor=OPERATOR),
    "update": lambda services: services.customers.update_customer(
        "zoe", actor=OPERATOR, fname="New"
    ),
    "update of a version": lambda services: services.customers.update_customer(
        "zoe", actor=OPERATOR, fname="New", if_version=7
    ),
    "new password": lambda services: services.customers.update_customer(
        "zoe", actor=OPERATOR, password="new horse"
    ),
    "delete": lambda services: services.customers.delete_customer("zoe", actor=OPERATOR),
    "list sessions": lambda services: services.sessions.list_sessions("zoe", actor=OPERATOR),
    "end sessions": lambda services: services.sessions.end_sessions("zoe", actor=OPERATOR),
    "grant role": lambda services: services.roles.grant_role("zoe", ADMIN, actor=OPERATOR),
}


@pytest.fixture(params=["false", "true"], ids=["keeps ids", "only reads tombstones"])
def old(request: pytest.FixtureRequest) -> OldTables:
    """Empty tables, and the service with and without ``CUSTOMER_ID_REUSE``."""
    return OldTables(local_database(), {"CUSTOMER_ID_REUSE": request.param})


def items_of_zoe(old: OldTables) -> list[dict[str, Any]]:
    return [item for item in old.items() if item.get("pk") == {"S": "C#zoe"}]


@pytest.mark.parametrize("written", EARLIER_WRITES.values(), ids=EARLIER_WRITES)
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_it_is_no_customer_and_no_fault(
    old: OldTables,
    use: Callable[[Services], object],
    written: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    old.store("tombstone", **written)
    before = old.items()

    with pytest.raises(CustomerNotFoundError):
        use(old.services)

    assert old.items() == before
    assert not caplog.records


@pytest.mark.parametrize("written", EARLIER_WRITES.values(), ids=EARLIER_WRITES)
def test_no_one_logs_in_or_has_a_session(old: OldTables, written: dict[str, Any]) -> None:
    old.store("tombstone", **written)

    with pytest.raises(LoginRefusedError):
        old.services.sessions.login(customer_id="zoe", password=PASSWORD)
    with pytest.raises(SessionRefusedError) as refusal:
        old.services.sessions.check_session(CONTEXT_ID)
    assert refusal.value.reason is RefusalReason.UNKNOWN


@pytest.mark.parametrize("fixture", ["customer", "customer_without_schema", "customer_bare"])
def test_a_customer_of_an_earlier_version_gets_one(fixture: str) -> None:
    old = OldTables(local_database(), {"CUSTOMER_ID_REUSE": "false"})
    old.store(fixture, "email_guard")

    old.services.customers.delete_customer("zoe", actor=OPERATOR)

    assert items_of_zoe(old) == [TOMBSTONE]
    with pytest.raises(CustomerExistsError):
        old.services.customers.add_customer(
            customer_id="zoe", email="zoe@shop.example", password=PASSWORD
        )
    assert [record.operation_name for record in log_of(old.storage, "zoe")] == ["delete_customer"]


def test_a_process_that_only_reads_them_writes_none() -> None:
    old = OldTables(local_database(), {"CUSTOMER_ID_REUSE": "true"})
    old.store("customer", "email_guard")

    old.services.customers.delete_customer("zoe", actor=OPERATOR)

    assert items_of_zoe(old) == []


@pytest.mark.parametrize("written", EARLIER_WRITES.values(), ids=EARLIER_WRITES)
def test_a_new_customer_has_nothing_of_it(written: dict[str, Any]) -> None:
    old = OldTables(local_database(), {"CUSTOMER_ID_REUSE": "true"})
    old.store("tombstone", **written)

    old.services.customers.add_customer(
        customer_id="zoe", email="zoe@shop.example", password=PASSWORD
    )

    (item,) = items_of_zoe(old)
    assert not {"id_kept_until", "ttl", "wiped"} & item.keys()
    assert old.services.sessions.login(customer_id="zoe", password=PASSWORD)


def test_one_that_a_newer_version_wrote_stays(caplog: pytest.LogCaptureFixture) -> None:
    old = OldTables(local_database(), {"CUSTOMER_ID_REUSE": "true"})
    old.store("tombstone", schema={"N": "2"})
    before = old.items()

    with pytest.raises(CustomerExistsError):
        old.services.customers.add_customer(
            customer_id="zoe", email="zoe@shop.example", password=PASSWORD
        )

    assert old.items() == before
    assert not caplog.records
