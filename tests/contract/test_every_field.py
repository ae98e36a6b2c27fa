"""Every store keeps every field of a customer."""

from dataclasses import MISSING, Field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from support.builders.values import a_customer, a_record, a_token, added, an_update, unique

from cybershop_customer import Customer, Storage
from cybershop_customer.domain.fields import PROFILE
from cybershop_customer.domain.one_time_token import StoredToken
from cybershop_customer.entrypoints.testkit.clock import START

VALUES: Final[dict[Any, Any]] = {
    str: lambda name: f"the {name}",
    str | None: unique,
    int: lambda name: sum(name.encode()),
    frozenset[str]: lambda name: frozenset({"admin", "clerk"}),
    bool: lambda name: True,
    datetime: lambda name: START + timedelta(seconds=sum(name.encode())),
    datetime | None: lambda name: START + timedelta(seconds=sum(name.encode())),
    StoredToken | None: lambda name: a_token(name, address=f"{name}@shop.example"),
}
"""For each type of a field, a function that makes a non-default value from the field's name."""


def a_full_customer() -> Customer:
    """A customer in which no field has its default."""
    return Customer(**{field.name: VALUES[field.type](field.name) for field in fields(Customer)})


def has_default(customer: Customer, field: Field[Any]) -> bool:
    value = getattr(customer, field.name)
    return field.default is not MISSING and value == field.default


def test_no_field_of_a_full_customer_has_its_default() -> None:
    customer = a_full_customer()

    assert [field.name for field in fields(Customer) if has_default(customer, field)] == []
    # If two fields had one value, the test would not notice that a store mixes them up.
    assert len({getattr(customer, field.name) for field in fields(Customer)}) == len(
        fields(Customer)
    )


def test_every_field_comes_back_as_it_was_added(storage: Storage) -> None:
    customer = a_full_customer()

    storage.customers.add(customer, a_record(customer.customer_id))

    stored = storage.sessions.get_with_sessions(customer.customer_id, now=START)
    assert storage.customers.get(customer.customer_id, now=START) == customer
    assert stored is not None
    assert stored.customer == customer


@pytest.mark.parametrize("name", PROFILE)
def test_every_field_of_the_profile_can_be_changed_alone(storage: Storage, name: str) -> None:
    customer = a_full_customer()
    storage.customers.add(customer, a_record(customer.customer_id))
    record = a_record(customer.customer_id)

    storage.customers.update(an_update(customer, profile={name: "new"}), record)

    # The update also takes away the end of a customer who has not proven the address.
    changed = {"version": customer.version + 1, "updated_at": record.at, "expires_at": None}
    stored = storage.customers.get(customer.customer_id, now=START)
    assert stored == replace(customer, **changed, **{name: "new"})


@pytest.mark.parametrize("name", PROFILE)
def test_every_field_of_the_profile_can_be_emptied_alone(storage: Storage, name: str) -> None:
    customer = added(storage, **{name: f"the {name}"})

    storage.customers.update(
        an_update(customer, profile={name: ""}), a_record(customer.customer_id)
    )

    stored = storage.customers.get(customer.customer_id, now=START)
    assert stored is not None
    assert stored.profile == a_customer().profile
