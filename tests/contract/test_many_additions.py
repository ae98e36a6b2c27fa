"""Many customers are added in one call, each by the rules of ``add``."""

from typing import Any, cast

from support.builders.values import a_customer, a_record, added, unique
from support.races.threads import race
from support.stores.stored_state import log_of

from cybershop_customer import Customer, CustomerExistsError, EmailTakenError, Storage
from cybershop_customer.domain.customer_addition import CustomerAddition
from cybershop_customer.entrypoints.testkit.clock import START


def an_addition(customer: Customer) -> CustomerAddition:
    return CustomerAddition(customer, a_record(customer.customer_id))


def test_each_has_its_own_outcome(storage: Storage) -> None:
    existing = added(storage)
    new = [a_customer() for _ in range(5)]
    without_key = a_customer(email_key=None)
    again = a_customer(customer_id=existing.customer_id, email_key=new[0].email_key)
    taken = a_customer(email_key=existing.email_key)
    wanted = [new[0], again, *new[1:3], taken, without_key, *new[3:]]

    found = storage.customers.add_each([an_addition(each) for each in wanted])

    kinds = [type(error) for error in found]
    nothing = type(None)
    assert kinds == [
        nothing,
        CustomerExistsError,
        nothing,
        nothing,
        EmailTakenError,
        nothing,
        nothing,
        nothing,
    ]
    for customer in (existing, *new, without_key):
        assert storage.customers.get(customer.customer_id, now=START) == customer
    for customer in new:
        assert storage.customers.find_id_by_email(str(customer.email_key)) == customer.customer_id
        assert len(log_of(storage, customer.customer_id)) == 1
    assert storage.customers.get(taken.customer_id, now=START) is None
    assert log_of(storage, taken.customer_id) == ()


def test_nothing_to_add(storage: Storage) -> None:
    assert storage.customers.add_each([]) == []


def test_the_id_of_a_deleted_customer_is_kept_unless_it_may_be_reused(storage: Storage) -> None:
    customer = added(storage)
    record = a_record(customer.customer_id)
    storage.customers.delete(customer, record, id_kept_until=START.replace(year=START.year + 1))

    (refusal,) = storage.customers.add_each([an_addition(customer)])
    assert isinstance(refusal, CustomerExistsError)
    assert storage.customers.add_each([an_addition(customer)], reuse=True) == [None]


def test_of_two_with_one_id_or_one_key_only_one_is_added(storage: Storage) -> None:
    name, key = unique("one"), f"{unique('key')}@shop.example"

    def add() -> list[object]:
        same_id = [an_addition(a_customer(customer_id=name)) for _ in range(4)]
        same_key = [an_addition(a_customer(email_key=key)) for _ in range(4)]
        return [*storage.customers.add_each([*same_id, *same_key], at_a_time=4)]

    found: list[Any] = [error for errors in cast("Any", race([add, add])) for error in errors]

    assert found.count(None) == 2
    assert len(log_of(storage, name)) == 1
