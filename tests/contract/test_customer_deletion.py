"""What ``delete`` does in every CustomerRepository."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.builders.values import (
    a_change_of_email,
    a_customer,
    a_record,
    added,
    an_update,
    unique,
)
from support.stores.stored_state import log_of, read_state

from cybershop_customer import Customer, CustomerNotFoundError, Storage, VersionConflictError
from cybershop_customer.entrypoints.testkit.clock import START

LATER = START + timedelta(seconds=61, microseconds=7)


def test_a_deleted_customer_is_gone_with_its_email_key_and_leaves_its_log(storage: Storage) -> None:
    customer = added(storage)
    before = log_of(storage, customer.customer_id)
    record = a_record(customer.customer_id, operation_name="delete_customer", at=LATER)

    storage.customers.delete(customer, record)

    after = read_state(storage, customer.customer_id, customer.email_key)
    assert after.customer is None
    assert after.email_owners == (None,)
    assert after.log == (*before, record)


def test_a_customer_without_email_key_can_be_deleted(storage: Storage) -> None:
    customer = added(storage, email_key=None)

    storage.customers.delete(customer, a_record(customer.customer_id))

    assert storage.customers.get(customer.customer_id, now=START) is None


def test_an_id_and_an_email_key_can_be_taken_again_after_a_deletion(storage: Storage) -> None:
    customer = added(storage)
    storage.customers.delete(customer, a_record(customer.customer_id))

    same_id = added(storage, customer_id=customer.customer_id, email_key=unique("another"))
    same_key = added(storage, email_key=customer.email_key)

    assert storage.customers.get(customer.customer_id, now=START) == same_id
    assert storage.customers.find_id_by_email(str(customer.email_key)) == same_key.customer_id


def test_a_deletion_of_an_unknown_customer_leaves_no_trace(storage: Storage) -> None:
    unknown = a_customer()
    before = read_state(storage, unknown.customer_id, unknown.email_key)

    with pytest.raises(CustomerNotFoundError) as refusal:
        storage.customers.delete(unknown, a_record(unknown.customer_id))

    assert refusal.value.customer_id == unknown.customer_id
    assert read_state(storage, unknown.customer_id, unknown.email_key) == before


def test_a_second_deletion_finds_no_customer(storage: Storage) -> None:
    customer = added(storage)
    storage.customers.delete(customer, a_record(customer.customer_id))
    before = log_of(storage, customer.customer_id)

    with pytest.raises(CustomerNotFoundError):
        storage.customers.delete(customer, a_record(customer.customer_id))

    assert log_of(storage, customer.customer_id) == before


@pytest.mark.parametrize("version", [0, 2])
def test_deleting_another_version_leaves_no_trace(storage: Storage, version: int) -> None:
    customer = added(storage)
    before = read_state(storage, customer.customer_id, customer.email_key)

    with pytest.raises(VersionConflictError) as refusal:
        storage.customers.delete(replace(customer, version=version), a_record(customer.customer_id))

    assert refusal.value.customer_id == customer.customer_id
    assert read_state(storage, customer.customer_id, customer.email_key) == before


def test_a_deletion_at_the_version_before_a_new_address_is_refused(storage: Storage) -> None:
    read_before: Customer = added(storage)
    update = an_update(read_before, email=a_change_of_email(read_before, unique("new")))
    storage.customers.update(update, a_record(read_before.customer_id))
    before = read_state(storage, read_before.customer_id, read_before.email_key, update.email.key)

    with pytest.raises(VersionConflictError):
        storage.customers.delete(read_before, a_record(read_before.customer_id))

    keys = (read_before.email_key, update.email.key)
    assert read_state(storage, read_before.customer_id, *keys) == before
