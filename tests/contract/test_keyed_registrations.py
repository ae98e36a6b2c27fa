"""What is kept of a registration with an ``Idempotency-Key``, in every store."""

from datetime import timedelta

import pytest
from support.builders.values import a_customer, a_record, a_registration, added, unique
from support.races.threads import THREADS, count_by_type, race
from support.stores.stored_state import log_of, read_state

from cybershop_customer import (
    Customer,
    CustomerExistsError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    KeyedRegistration,
    Storage,
)
from cybershop_customer.entrypoints.testkit.clock import START

MOMENT = timedelta(microseconds=1)


def register(
    storage: Storage, customer: Customer | None = None, **fields: object
) -> KeyedRegistration:
    """Store a customer with a registration, and return that."""
    customer = customer or a_customer()
    registration = a_registration(customer, **fields)
    record = a_record(customer.customer_id, at=customer.created_at)
    storage.customers.add(customer, record, registration=registration)
    return registration


def test_it_comes_back_as_it_was_stored(storage: Storage) -> None:
    created_at = START + timedelta(microseconds=7)
    customer = a_customer(version=4_294_967_295, created_at=created_at)

    registration = register(storage, customer)

    assert storage.customers.find_registration(registration.key_hash, now=START) == registration
    assert storage.customers.get(customer.customer_id, now=START) == customer
    assert len(log_of(storage, customer.customer_id)) == 1


def test_an_unknown_key_returns_none(storage: Storage) -> None:
    register(storage)

    assert storage.customers.find_registration(unique("key"), now=START) is None


def test_a_customer_without_a_key_keeps_nothing(storage: Storage) -> None:
    customer = added(storage)

    assert storage.customers.find_registration(customer.customer_id, now=START) is None


def test_it_counts_as_absent_from_its_end_on(storage: Storage) -> None:
    registration = register(storage)
    find = storage.customers.find_registration

    assert find(registration.key_hash, now=registration.expires_at - MOMENT) == registration
    assert find(registration.key_hash, now=registration.expires_at) is None


def test_it_gives_way_to_another_from_its_end_on(storage: Storage) -> None:
    first = register(storage)
    late = a_customer(created_at=first.expires_at)

    second = register(storage, late, key_hash=first.key_hash)

    found = storage.customers.find_registration(first.key_hash, now=first.expires_at)
    assert found == second


def test_until_then_another_with_its_key_is_refused_and_nothing_is_stored(
    storage: Storage,
) -> None:
    first = register(storage)
    other = a_customer(created_at=first.expires_at - MOMENT)
    before = read_state(storage, other.customer_id, other.email_key)

    with pytest.raises(IdempotencyKeyReusedError):
        register(storage, other, key_hash=first.key_hash)

    assert read_state(storage, other.customer_id, other.email_key) == before
    assert storage.customers.find_registration(first.key_hash, now=START) == first


def test_a_taken_id_or_address_is_the_first_reason(storage: Storage) -> None:
    taken = a_customer()
    first = register(storage, taken)

    with pytest.raises(CustomerExistsError):
        register(storage, taken, key_hash=first.key_hash)
    with pytest.raises(EmailTakenError):
        register(storage, a_customer(email_key=taken.email_key), key_hash=first.key_hash)


@pytest.mark.parametrize("error", [CustomerExistsError, EmailTakenError])
def test_a_customer_who_is_not_added_leaves_no_registration(
    storage: Storage, error: type[Exception]
) -> None:
    taken = added(storage)
    same_id = error is CustomerExistsError
    other = taken if same_id else a_customer(email_key=taken.email_key)
    key_hash = unique("key")

    with pytest.raises(error):
        register(storage, other, key_hash=key_hash)

    assert storage.customers.find_registration(key_hash, now=START) is None


def test_a_deletion_of_the_customer_leaves_it(storage: Storage) -> None:
    customer = a_customer()
    registration = register(storage, customer)

    storage.customers.delete(customer, a_record(customer.customer_id))

    assert storage.customers.find_registration(registration.key_hash, now=START) == registration


def test_one_of_many_gets_the_key(storage: Storage) -> None:
    key_hash = unique("key")
    rivals = [a_customer() for _ in range(THREADS)]

    outcomes = race(
        lambda rival=rival: register(storage, rival, key_hash=key_hash) for rival in rivals
    )

    assert count_by_type(outcomes) == {
        KeyedRegistration: 1,
        IdempotencyKeyReusedError: THREADS - 1,
    }
    found = storage.customers.find_registration(key_hash, now=START)
    assert found in outcomes
    stored = [
        rival.customer_id
        for rival in rivals
        if storage.customers.get(rival.customer_id, now=START) is not None
    ]
    assert found is not None
    assert stored == [found.customer_id]
