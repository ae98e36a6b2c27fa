"""What a version without one-time tokens and proofs does to the items of this one."""

import json
from datetime import timedelta
from typing import Any, Final

import pytest
from support.builders.values import a_record, a_session, a_token, an_issue, an_opening
from support.dynamodb.databases import local_client
from support.dynamodb.old_tables import OldTables

from cybershop_customer import Customer, Device, Revocation, Session
from cybershop_customer.adapters.dynamodb.keys import customer_key
from cybershop_customer.domain.device import DeviceUse
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.dynamodb_local

LATER: Final = START + timedelta(minutes=5)


def zoe(old: OldTables) -> Customer:
    customer = old.storage.customers.get("zoe", now=START)
    assert customer is not None
    return customer


def session_of_zoe(old: OldTables) -> Session:
    stored = old.storage.sessions.get_with_sessions("zoe", now=START)
    assert stored is not None
    (session,) = stored.sessions
    return session


def update_as_before(old: OldTables, expression: str, **values: Any) -> None:
    """Write as a version does that knows none of the newer attributes."""
    local_client().update_item(
        TableName=old.database.customer_table,
        Key={"pk": {"S": customer_key("zoe")}},
        UpdateExpression=expression,
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
    )


@pytest.mark.parametrize("fixture", ["customer", "customer_without_schema", "customer_bare"])
def test_an_old_customer_has_proven_nothing_and_does_not_end(old: OldTables, fixture: str) -> None:
    old.store(fixture)

    customer = zoe(old)

    assert not customer.email_verified
    assert (customer.expires_at, customer.locale) == (None, "")
    assert (customer.email_verification, customer.password_reset) == (None, None)


def test_an_old_session_has_no_device_and_can_be_the_one_that_is_kept(old: OldTables) -> None:
    old.store("customer")
    kept = session_of_zoe(old)
    assert kept.device == ""
    customer = zoe(old)
    other = a_session("zoe", device="abcdef")
    use = DeviceUse(Device("a device", START.replace(microsecond=0)), first=True)
    opening = an_opening(other, password_version=customer.password_version, device_use=use)
    old.storage.sessions.open(opening, a_record("zoe"))

    assert old.storage.sessions.close_others(kept, a_record("zoe", at=LATER))

    assert old.storage.sessions.find("zoe", kept.session_id) == kept
    revoked = old.storage.sessions.find("zoe", other.session_id)
    assert revoked == Revocation(other.session_id, LATER)


def test_a_password_that_an_older_version_changes_voids_the_tokens(old: OldTables) -> None:
    """The older version leaves the token where it is."""
    old.store("customer")
    token = a_token()
    old.storage.customers.issue_token(an_issue(zoe(old), token), a_record("zoe"))
    assert zoe(old).password_reset == token

    update_as_before(
        old,
        "SET password_hash = :hash, password_version = password_version + :one,"
        " version = version + :one",
        hash={"S": "new"},
        one={"N": "1"},
    )

    assert zoe(old).password_reset is None


def test_a_session_that_was_kept_ends_when_an_older_version_ends_all(old: OldTables) -> None:
    old.store("customer")
    kept = session_of_zoe(old)
    assert old.storage.sessions.close_others(kept, a_record("zoe"))

    update_as_before(
        old,
        "SET wiped = sessions, wiped_at = :at, sessions = :none",
        at={"N": "1936785300123456"},
        none={"M": {}},
    )

    # It is refused as unknown, and not as revoked: ``wiped_but`` names it still.
    assert old.storage.sessions.find("zoe", kept.session_id) is None


def test_no_new_attribute_is_in_the_way_of_an_older_version(old: OldTables) -> None:
    """It reads the issue and the expiry of each entry of ``sessions``, and ignores the rest."""
    old.store("customer")
    session = a_session("zoe", session_id="x" * 22, device="abcdef")
    customer = zoe(old)
    opening = an_opening(session, password_version=customer.password_version)
    old.storage.sessions.open(opening, a_record("zoe"))

    (item,) = [item for item in old.items() if item.get("pk") == {"S": "C#zoe"}]

    assert set(item["sessions"]["M"]["x" * 22]["M"]) == {"issued", "expires", "d"}
    assert item["schema"] == {"N": "1"}
    assert "abcdef" in json.dumps(item)
