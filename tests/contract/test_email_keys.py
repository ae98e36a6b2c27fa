"""How an e-mail key moves with ``update`` in every CustomerRepository."""

from dataclasses import replace

import pytest
from support.builders.values import (
    a_change_of_email,
    a_customer,
    a_record,
    added,
    an_update,
    unique,
)
from support.stores.stored_state import read_state

from cybershop_customer import Customer, EmailChange, EmailTakenError, Storage
from cybershop_customer.entrypoints.testkit.clock import START


def move(storage: Storage, customer: Customer, key: str | None, address: str = "") -> Customer:
    """Give ``customer`` the address of ``key``; return the stored customer."""
    change = a_change_of_email(customer, key, address)
    storage.customers.update(an_update(customer, email=change), a_record(customer.customer_id))
    stored = storage.customers.get(customer.customer_id, now=START)
    assert stored == replace(
        customer, email=change.address, email_key=key, version=customer.version + 1
    )
    return stored


def owner(storage: Storage, key: str | None) -> str | None:
    return storage.customers.find_id_by_email(str(key))


def test_the_new_key_is_reserved_and_the_old_one_released(storage: Storage) -> None:
    customer = added(storage)

    moved = move(storage, customer, "zoë@shop.example")

    assert owner(storage, customer.email_key) is None
    assert owner(storage, "zoë@shop.example") == customer.customer_id
    assert move(storage, moved, customer.email_key).email_key == customer.email_key


def test_another_spelling_of_the_same_key_keeps_it(storage: Storage) -> None:
    customer = added(storage)

    move(storage, customer, customer.email_key, "ANOTHER@SPELLING.EXAMPLE")

    assert owner(storage, customer.email_key) == customer.customer_id


@pytest.mark.parametrize("holds_key", [True, False])
def test_an_address_can_be_removed_with_its_key(storage: Storage, *, holds_key: bool) -> None:
    key = f"{unique('squatter')}@shop.example" if holds_key else None
    customer = added(storage, email="Squatter@Shop.Example", email_key=key)
    removal = EmailChange(address=None, key=None, old_key=key)

    update = an_update(customer, email=removal, roles=frozenset({"admin"}))
    storage.customers.update(update, a_record(customer.customer_id))

    stored = storage.customers.get(customer.customer_id, now=START)
    assert stored == replace(
        customer, email=None, email_key=None, roles=frozenset({"admin"}), version=2
    )
    if key is not None:
        assert owner(storage, key) is None
        assert owner(storage, added(storage, email_key=key).email_key) is not None
    assert move(storage, stored, unique("new")).email


def test_a_customer_without_a_key_can_reserve_one(storage: Storage) -> None:
    customer = added(storage, email=None, email_key=None)
    key = unique("first")

    move(storage, customer, key)

    assert owner(storage, key) == customer.customer_id


def test_a_customer_can_release_its_key(storage: Storage) -> None:
    customer = added(storage)

    move(storage, customer, None, "shared@shop.example")

    assert owner(storage, customer.email_key) is None
    assert owner(storage, "shared@shop.example") is None


def test_an_address_without_a_key_can_become_another_one(storage: Storage) -> None:
    customer = added(storage, email="one@shop.example", email_key=None)

    move(storage, customer, None, "two@shop.example")

    assert owner(storage, "two@shop.example") is None


def test_a_taken_key_is_refused_without_a_trace(storage: Storage) -> None:
    customer, other = added(storage), added(storage)
    keys = (customer.email_key, other.email_key)
    before = read_state(storage, customer.customer_id, *keys)

    with pytest.raises(EmailTakenError):
        storage.customers.update(
            an_update(
                customer,
                profile={"fname": "x"},
                password_hash="new",
                email=a_change_of_email(customer, other.email_key),
            ),
            a_record(customer.customer_id),
        )

    assert read_state(storage, customer.customer_id, *keys) == before


def test_a_released_key_can_be_reserved_by_any_customer(storage: Storage) -> None:
    customer = added(storage)
    move(storage, customer, unique("elsewhere"))

    newcomer = a_customer(email_key=customer.email_key)
    storage.customers.add(newcomer, a_record(newcomer.customer_id))

    assert owner(storage, customer.email_key) == newcomer.customer_id


def test_two_customers_can_swap_their_keys_through_a_third_key(storage: Storage) -> None:
    one, other = added(storage), added(storage)

    waiting = move(storage, one, unique("meanwhile"))
    move(storage, other, one.email_key)
    move(storage, waiting, other.email_key)

    assert owner(storage, one.email_key) == other.customer_id
    assert owner(storage, other.email_key) == one.customer_id
    assert owner(storage, waiting.email_key) is None


def test_a_deletion_releases_the_current_key(storage: Storage) -> None:
    customer = added(storage)
    moved = move(storage, customer, unique("new"))

    storage.customers.delete(moved, a_record(customer.customer_id))

    assert owner(storage, moved.email_key) is None
