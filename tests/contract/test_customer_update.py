"""What ``update`` does in every CustomerRepository."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.builders.values import (
    NAMES,
    a_change_of_email,
    a_customer,
    a_record,
    added,
    an_update,
    opened,
    unique,
)
from support.stores.stored_state import log_of, read_state, sessions_of

from cybershop_customer import (
    CustomerNotFoundError,
    EmailTakenError,
    Revocation,
    Storage,
    VersionConflictError,
)
from cybershop_customer.entrypoints.testkit.clock import START

LATER = START + timedelta(hours=1, microseconds=1)


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"profile": {"fname": "Zoë"}}, {"fname": "Zoë"}),
        ({"profile": {"lname": "", "address2": "🦊"}}, {"lname": "", "address2": "🦊"}),
        ({"profile": {"address1": ""}}, {"address1": ""}),
        ({"roles": frozenset({"admin", "clerk"})}, {"roles": frozenset({"admin", "clerk"})}),
        ({"roles": frozenset()}, {"roles": frozenset()}),
        ({"password_hash": "new"}, {"password_hash": "new", "password_version": 5}),
        (
            {"profile": {"fname": "محمد"}, "roles": frozenset({"x"}), "password_hash": "new"},
            {
                "fname": "محمد",
                "roles": frozenset({"x"}),
                "password_hash": "new",
                "password_version": 5,
            },
        ),
        ({}, {}),
    ],
)
def test_an_update_sets_the_fields_it_names_and_keeps_the_rest(
    storage: Storage, fields: dict[str, Any], changed: dict[str, Any]
) -> None:
    customer = added(
        storage,
        fname="Allen",
        lname="Barry",
        address1="Earth 1",
        roles=frozenset({"clerk"}),
        password_version=4,
        version=9,
    )
    record = a_record(customer.customer_id, at=LATER)

    storage.customers.update(an_update(customer, **fields), record)

    wanted = replace(customer, version=10, updated_at=LATER, **changed)
    assert storage.customers.get(customer.customer_id, now=START) == wanted


@pytest.mark.parametrize("text", NAMES)
def test_every_text_comes_back_to_the_letter(storage: Storage, text: str) -> None:
    customer = added(storage)

    storage.customers.update(
        an_update(customer, profile={"address1": text}), a_record(customer.customer_id)
    )

    assert storage.customers.get(customer.customer_id, now=START).address1 == text


def test_an_update_keeps_its_record(storage: Storage) -> None:
    customer = added(storage)
    before = log_of(storage, customer.customer_id)
    record = a_record(customer.customer_id, at=LATER, fields=("fname", "password"))

    storage.customers.update(an_update(customer, password_hash="new"), record)

    assert log_of(storage, customer.customer_id) == (*before, record)


def test_each_update_raises_the_version_by_one(storage: Storage) -> None:
    customer = added(storage)
    for version in (1, 2, 3):
        storage.customers.update(
            an_update(customer, if_version=version, profile={"fname": f"n{version}"}),
            a_record(customer.customer_id),
        )

    assert storage.customers.get(customer.customer_id, now=START).version == 4
    assert storage.customers.get(customer.customer_id, now=START).fname == "n3"


@pytest.mark.parametrize("version", [0, 2])
@pytest.mark.parametrize(
    "fields",
    [
        {"profile": {"fname": "late"}},
        {"password_hash": "late"},
        {"roles": frozenset({"late"})},
    ],
)
def test_updating_another_version_leaves_no_trace(
    storage: Storage, fields: dict[str, Any], version: int
) -> None:
    customer = added(storage)
    opened(storage, customer)
    before = read_state(storage, customer.customer_id, customer.email_key)

    with pytest.raises(VersionConflictError) as refusal:
        storage.customers.update(
            an_update(customer, if_version=version, **fields), a_record(customer.customer_id)
        )

    assert refusal.value.customer_id == customer.customer_id
    assert read_state(storage, customer.customer_id, customer.email_key) == before


def test_an_email_change_at_another_version_leaves_no_trace(storage: Storage) -> None:
    customer = added(storage)
    change = a_change_of_email(customer, unique("new"))
    before = read_state(storage, customer.customer_id, customer.email_key, change.key)

    with pytest.raises(VersionConflictError):
        storage.customers.update(
            an_update(customer, if_version=2, email=change), a_record(customer.customer_id)
        )

    assert read_state(storage, customer.customer_id, customer.email_key, change.key) == before


@pytest.mark.parametrize("with_email", [False, True])
def test_an_update_of_an_unknown_customer_leaves_no_trace(
    storage: Storage, *, with_email: bool
) -> None:
    unknown = a_customer()
    change = a_change_of_email(unknown, unique("new")) if with_email else None
    before = read_state(storage, unknown.customer_id, unknown.email_key)

    with pytest.raises(CustomerNotFoundError) as refusal:
        storage.customers.update(
            an_update(unknown, profile={"fname": "x"}, email=change, password_hash="x"),
            a_record(unknown.customer_id),
        )

    assert refusal.value.customer_id == unknown.customer_id
    assert read_state(storage, unknown.customer_id, unknown.email_key) == before
    assert change is None or storage.customers.find_id_by_email(str(change.key)) is None


def test_a_new_password_ends_every_session(storage: Storage) -> None:
    customer = added(storage)
    sessions = [opened(storage, customer), opened(storage, customer)]

    storage.customers.update(
        an_update(customer, password_hash="new"), a_record(customer.customer_id)
    )

    assert sessions_of(storage, customer.customer_id) == frozenset()
    for session in sessions:
        revoked = storage.sessions.find(customer.customer_id, session.session_id)
        assert revoked == Revocation(session.session_id, START)


def test_an_update_without_a_new_password_leaves_the_sessions(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)

    storage.customers.update(
        an_update(
            customer, profile={"fname": "Zoë"}, email=a_change_of_email(customer, unique("new"))
        ),
        a_record(customer.customer_id),
    )

    assert sessions_of(storage, customer.customer_id) == {session}


def test_a_stale_update_to_a_taken_address_is_refused_without_a_trace(storage: Storage) -> None:
    customer, other = added(storage), added(storage)
    before = read_state(storage, customer.customer_id, customer.email_key, other.email_key)

    with pytest.raises((VersionConflictError, EmailTakenError)):
        storage.customers.update(
            an_update(customer, if_version=2, email=a_change_of_email(customer, other.email_key)),
            a_record(customer.customer_id),
        )

    assert read_state(storage, customer.customer_id, customer.email_key, other.email_key) == before
