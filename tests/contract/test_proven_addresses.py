"""Whether an address is proven, in every store: for the customer and for each session."""

from typing import Any

import pytest
from support.builders.values import (
    a_change_of_email,
    a_record,
    added,
    an_update,
    opened,
    unique,
)

from cybershop_customer import Customer, EmailChange, Session, Storage
from cybershop_customer.entrypoints.testkit.clock import START


def proven(storage: Storage, customer: Customer, session: Session) -> tuple[bool, bool, bool]:
    """What the customer, the list of sessions and the session check say."""
    stored = storage.sessions.get_with_sessions(customer.customer_id, now=START)
    found = storage.sessions.find(customer.customer_id, session.session_id)
    assert stored is not None
    assert isinstance(found, Session)
    (listed,) = stored.sessions
    return stored.customer.email_verified, listed.email_verified, found.email_verified


def update(storage: Storage, customer: Customer, version: int, **fields: Any) -> None:
    change = an_update(customer, if_version=version, **fields)
    storage.customers.update(change, a_record(customer.customer_id))


def test_a_new_customer_has_proven_nothing(storage: Storage) -> None:
    customer = added(storage)

    assert proven(storage, customer, opened(storage, customer)) == (False, False, False)


def test_a_proof_takes_the_address_and_shows_in_open_sessions(storage: Storage) -> None:
    customer = added(storage, email="New@Shop.Example", email_key=None)
    session, key = opened(storage, customer), unique("new")

    update(storage, customer, 1, email=a_change_of_email(customer, key), email_verified=True)

    assert proven(storage, customer, session) == (True, True, True)
    assert storage.customers.find_id_by_email(key) == customer.customer_id


@pytest.mark.parametrize(
    ("change", "still"),
    [
        ({"profile": {"fname": "Zoë"}}, True),
        ({"roles": frozenset({"clerk"})}, True),
        ({"spelling": "ZOE"}, True),
        ({"key": True}, False),
        ({"email_verified": False}, False),
        ({"key": True, "email_verified": True}, True),
    ],
    ids=str,
)
def test_another_address_is_not_proven_unless_the_update_says_so(
    storage: Storage, change: dict[str, Any], *, still: bool
) -> None:
    customer = added(storage, email_verified=True)
    session, key = opened(storage, customer), customer.email_key
    fields = dict(change)
    if fields.pop("key", False):
        fields["email"] = a_change_of_email(customer, unique("new"))
    if spelling := fields.pop("spelling", None):
        fields["email"] = a_change_of_email(customer, key, spelling)

    update(storage, customer, 1, **fields)

    assert proven(storage, customer, session) == (still, still, still)


def test_an_address_without_a_key_is_not_proven(storage: Storage) -> None:
    """The deployment has stopped to hold addresses."""
    customer = added(storage, email_key=None, email="a@shop.example", email_verified=True)
    session = opened(storage, customer)

    change = EmailChange(address="b@shop.example", key=None, old_key=None)
    update(storage, customer, 1, email=change)

    assert proven(storage, customer, session) == (False, False, False)


@pytest.mark.parametrize("proof", [True, False])
def test_a_proof_is_published_for_those_who_keep_answers(storage: Storage, *, proof: bool) -> None:
    customer = added(storage)
    change = a_change_of_email(customer, customer.email_key)

    update(storage, customer, 1, email=change, email_verified=proof)

    (entry,) = storage.session_changes.read(after="0", limit=10)
    assert entry.customer_id == customer.customer_id
