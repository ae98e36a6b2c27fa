"""What ``get``, ``find_id_by_email`` and ``add`` do in every CustomerRepository."""

from datetime import timedelta

import pytest
from support.builders.values import NAMES, a_customer, a_record, added, unique
from support.stores.stored_state import log_of, read_state

from cybershop_customer import CustomerExistsError, EmailTakenError, Storage
from cybershop_customer.entrypoints.testkit.clock import START

LATER = START + timedelta(seconds=61, microseconds=7)


def test_a_customer_comes_back_as_it_was_added(storage: Storage) -> None:
    customer = a_customer(
        fname="Zoë",
        lname="李小龍",
        address1="شارع محمد",
        address2="🦊 Lane",
        roles=frozenset({"admin", "clerk-2"}),
        password_version=7,
        version=3,
        created_at=START,
        updated_at=LATER,
    )

    storage.customers.add(customer, a_record(customer.customer_id))

    assert storage.customers.get(customer.customer_id, now=START) == customer


@pytest.mark.parametrize("text", NAMES)
def test_every_text_comes_back_to_the_letter(storage: Storage, text: str) -> None:
    key = f"{unique(text)}@shop.example"
    customer = added(storage, fname=text, email=key.upper(), email_key=key)

    assert storage.customers.get(customer.customer_id, now=START) == customer
    assert storage.customers.find_id_by_email(key) == customer.customer_id


def test_empty_fields_come_back_empty(storage: Storage) -> None:
    customer = added(storage, fname="", lname="", address1="", address2="", roles=frozenset())

    assert storage.customers.get(customer.customer_id, now=START) == customer


def test_a_customer_without_an_address_comes_back_without_one(storage: Storage) -> None:
    customer = added(storage, email=None, email_key=None)

    assert storage.customers.get(customer.customer_id, now=START) == customer


@pytest.mark.parametrize("customer_id", ["-", "a", "~._-", "Z" * 128, "C#1".replace("#", "~")])
def test_an_unknown_id_of_any_form_returns_none(storage: Storage, customer_id: str) -> None:
    assert storage.customers.get(customer_id, now=START) is None

    customer = added(storage, customer_id=customer_id, email_key=None)

    assert storage.customers.get(customer_id, now=START) == customer


def test_an_unknown_address_returns_none(storage: Storage) -> None:
    assert storage.customers.find_id_by_email("nobody@shop.example") is None


def test_ids_differ_by_letter_case(storage: Storage) -> None:
    upper = added(storage, customer_id=unique("ID").upper())

    assert storage.customers.get(upper.customer_id.lower(), now=START) is None


def test_adding_keeps_the_record(storage: Storage) -> None:
    customer = a_customer()
    record = a_record(customer.customer_id, operation_name="add_customer")

    storage.customers.add(customer, record)

    assert log_of(storage, customer.customer_id) == (record,)


def test_adding_takes_the_email_key(storage: Storage) -> None:
    customer = added(storage)

    assert storage.customers.find_id_by_email(str(customer.email_key)) == customer.customer_id


def test_a_taken_id_is_refused_without_a_trace(storage: Storage) -> None:
    first = added(storage)
    second = a_customer(customer_id=first.customer_id, email_key=unique("second"))
    before = read_state(storage, first.customer_id, first.email_key, second.email_key)

    with pytest.raises(CustomerExistsError) as refusal:
        storage.customers.add(second, a_record(first.customer_id))

    assert refusal.value.customer_id == first.customer_id
    assert read_state(storage, first.customer_id, first.email_key, second.email_key) == before


def test_a_taken_email_key_is_refused_without_a_trace(storage: Storage) -> None:
    first = added(storage)
    second = a_customer(email_key=first.email_key)
    before = read_state(storage, second.customer_id, first.email_key)

    with pytest.raises(EmailTakenError):
        storage.customers.add(second, a_record(second.customer_id))

    assert read_state(storage, second.customer_id, first.email_key) == before


def test_if_id_and_email_key_are_taken_the_error_names_the_id(storage: Storage) -> None:
    first, other = added(storage), added(storage)

    for key in (first.email_key, other.email_key):
        again = a_customer(customer_id=first.customer_id, email_key=key)
        with pytest.raises(CustomerExistsError):
            storage.customers.add(again, a_record(first.customer_id))


def test_many_customers_may_have_no_email_key(storage: Storage) -> None:
    one = added(storage, email="shared@shop.example", email_key=None)
    other = added(storage, email="shared@shop.example", email_key=None)

    assert storage.customers.get(one.customer_id, now=START) == one
    assert storage.customers.get(other.customer_id, now=START) == other
    assert storage.customers.find_id_by_email("shared@shop.example") is None
