"""How every store keeps one-time tokens, and voids them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.builders.values import (
    a_change_of_email,
    a_customer,
    a_record,
    a_token,
    added,
    an_issue,
    an_update,
    opened,
    unique,
)
from support.stores.stored_state import log_of, read_state

from cybershop_customer import Customer, Storage, VersionConflictError
from cybershop_customer.domain.customer_update import TokenCondition
from cybershop_customer.domain.one_time_token import StoredToken, TokenPurpose
from cybershop_customer.entrypoints.testkit.clock import START

RESET, VERIFY = TokenPurpose.RESET_PASSWORD, TokenPurpose.VERIFY_EMAIL
LATER = START + timedelta(hours=1, microseconds=1)


def issued(storage: Storage, customer: Customer, token: StoredToken) -> StoredToken:
    """Issue a token and return it."""
    storage.customers.issue_token(an_issue(customer, token), a_record(customer.customer_id))
    return token


def stored(storage: Storage, customer: Customer) -> Customer:
    found = storage.customers.get(customer.customer_id, now=START)
    assert found is not None
    return found


def update(storage: Storage, customer: Customer, **fields: Any) -> None:
    change = an_update(customer, if_version=stored(storage, customer).version, **fields)
    storage.customers.update(change, a_record(customer.customer_id))


def test_a_token_is_stored_with_its_record_and_no_version_changes(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    before = log_of(storage, customer.customer_id)
    record = a_record(customer.customer_id, at=LATER)
    token = a_token(expires_at=LATER + timedelta(microseconds=3))

    storage.customers.issue_token(an_issue(customer, token), record)

    assert stored(storage, customer) == replace(customer, password_reset=token)
    assert log_of(storage, customer.customer_id) == (*before, record)
    assert storage.sessions.find(customer.customer_id, session.session_id) == session


def test_the_newest_token_of_a_purpose_counts(storage: Storage) -> None:
    customer = added(storage)
    for _ in range(2):
        proof = issued(storage, customer, a_token(address=unique("new")))
        reset = issued(storage, customer, a_token())

    found = stored(storage, customer)
    assert (found.email_verification, found.password_reset) == (proof, reset)


@pytest.mark.parametrize(
    "condition",
    [{"if_email": "another@shop.example"}, {"if_email": None}, {"if_password_version": 2}],
)
def test_a_token_for_another_address_or_password_leaves_no_trace(
    storage: Storage, condition: Mapping[str, Any]
) -> None:
    customer = added(storage)
    issued(storage, customer, a_token())
    before = read_state(storage, customer.customer_id)

    with pytest.raises(VersionConflictError) as refusal:
        storage.customers.issue_token(
            an_issue(customer, a_token(), **condition), a_record(customer.customer_id)
        )

    assert refusal.value.customer_id == customer.customer_id
    assert read_state(storage, customer.customer_id) == before


def test_a_token_for_a_customer_without_an_address(storage: Storage) -> None:
    customer = added(storage, email=None, email_key=None)

    token = issued(storage, customer, a_token())

    assert stored(storage, customer).password_reset == token


def test_a_token_of_an_unknown_or_deleted_customer_leaves_no_trace(storage: Storage) -> None:
    unknown, deleted = a_customer(), added(storage)
    record = a_record(deleted.customer_id)
    storage.customers.delete(deleted, record, id_kept_until=START + timedelta(days=400))

    for customer in (unknown, deleted):
        before = read_state(storage, customer.customer_id)
        with pytest.raises(VersionConflictError):
            issued(storage, customer, a_token())
        assert read_state(storage, customer.customer_id) == before


@pytest.mark.parametrize(
    ("fields", "voids"),
    [
        ({"password_hash": "new"}, True),
        ({"address": "new"}, True),
        ({"address": None}, True),
        ({"profile": {"fname": "Zoë"}}, False),
        ({"roles": frozenset({"clerk"})}, False),
        ({"ends_sessions": True}, False),
    ],
    ids=str,
)
def test_a_new_password_or_address_voids_both_tokens(
    storage: Storage, fields: dict[str, Any], *, voids: bool
) -> None:
    customer = added(storage)
    tokens = (
        issued(storage, customer, a_token(address=unique("new"))),
        issued(storage, customer, a_token()),
    )
    if "address" in fields:
        key = fields["address"] and unique("new")
        fields = {"email": a_change_of_email(customer, key)}

    update(storage, customer, **fields)

    found = stored(storage, customer)
    kept = (None, None) if voids else tokens
    assert (found.email_verification, found.password_reset) == kept


@pytest.mark.parametrize("purpose", TokenPurpose)
def test_an_update_needs_the_newest_token_if_it_names_one(
    storage: Storage, purpose: TokenPurpose
) -> None:
    customer = added(storage)
    address = unique("new") if purpose is VERIFY else None
    older = issued(storage, customer, a_token(address=address))
    newer = issued(storage, customer, a_token(address=address))
    other = RESET if purpose is VERIFY else VERIFY
    before = read_state(storage, customer.customer_id)

    for condition in (
        TokenCondition(purpose, older.token_hash),
        TokenCondition(other, newer.token_hash),
    ):
        with pytest.raises(VersionConflictError):
            update(storage, customer, password_hash="new", if_token=condition)
    assert read_state(storage, customer.customer_id) == before

    used = TokenCondition(purpose, newer.token_hash)
    update(storage, customer, password_hash="new", if_token=used)
    with pytest.raises(VersionConflictError):
        update(storage, customer, password_hash="newer", if_token=used)
    assert stored(storage, customer).password_hash == "new"


def test_a_token_does_not_outlive_its_customer(storage: Storage) -> None:
    customer = added(storage)
    token = issued(storage, customer, a_token())
    storage.customers.delete(customer, a_record(customer.customer_id))
    storage.customers.add(customer, a_record(customer.customer_id))

    with pytest.raises(VersionConflictError):
        update(
            storage,
            customer,
            password_hash="new",
            if_token=TokenCondition(RESET, token.token_hash),
        )

    assert stored(storage, customer) == customer


@pytest.mark.parametrize("all_but_one", [True, False])
def test_the_end_of_the_sessions_voids_the_wish_for_an_address(
    storage: Storage, *, all_but_one: bool
) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    issued(storage, customer, a_token(address="new@shop.example"))
    reset = issued(storage, customer, a_token())
    record = a_record(customer.customer_id)

    if all_but_one:
        assert storage.sessions.close_others(session, record)
    else:
        assert storage.sessions.close_all(customer.customer_id, record)

    after = stored(storage, customer)
    assert (after.email_verification, after.password_reset) == (None, reset)
