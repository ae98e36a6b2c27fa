"""Customers of every store when several threads change them at once."""

from collections.abc import Callable
from typing import Any

from support.builders.values import (
    a_change_of_email,
    a_customer,
    a_record,
    added,
    an_update,
    unique,
)
from support.races.threads import THREADS, count_by_type, race
from support.stores.stored_state import log_of

from cybershop_customer import (
    Customer,
    CustomerExistsError,
    CustomerNotFoundError,
    EmailTakenError,
    Storage,
    VersionConflictError,
)
from cybershop_customer.entrypoints.testkit.clock import START


def adding(storage: Storage, customer: Customer) -> Callable[[], None]:
    record = a_record(customer.customer_id, message=customer.fname)
    return lambda: storage.customers.add(customer, record)


def updating(storage: Storage, customer: Customer, **fields: Any) -> Callable[[], None]:
    update, record = an_update(customer, **fields), a_record(customer.customer_id)
    return lambda: storage.customers.update(update, record)


def test_one_of_many_gets_an_id(storage: Storage) -> None:
    customer_id = unique("wanted")
    rivals = [
        a_customer(customer_id=customer_id, email_key=unique("rival"), fname=f"rival {n}")
        for n in range(THREADS)
    ]

    outcomes = race(adding(storage, rival) for rival in rivals)

    assert count_by_type(outcomes) == {type(None): 1, CustomerExistsError: THREADS - 1}
    winner = rivals[outcomes.index(None)]
    assert storage.customers.get(customer_id, now=START) == winner
    assert [record.message for record in log_of(storage, customer_id)] == [winner.fname]
    owners = {storage.customers.find_id_by_email(str(rival.email_key)) for rival in rivals}
    assert storage.customers.find_id_by_email(str(winner.email_key)) == customer_id
    assert owners == {customer_id, None}


def test_one_of_many_gets_an_email_key(storage: Storage) -> None:
    rivals = [a_customer(email_key="wanted@shop.example") for _ in range(THREADS)]

    outcomes = race(adding(storage, rival) for rival in rivals)

    assert count_by_type(outcomes) == {type(None): 1, EmailTakenError: THREADS - 1}
    winner = rivals[outcomes.index(None)]
    assert storage.customers.find_id_by_email("wanted@shop.example") == winner.customer_id
    for rival in rivals:
        assert storage.customers.get(rival.customer_id, now=START) == (
            rival if rival is winner else None
        )
        assert len(log_of(storage, rival.customer_id)) == (1 if rival is winner else 0)


def test_one_of_many_moves_to_an_email_key(storage: Storage) -> None:
    rivals = [added(storage) for _ in range(THREADS)]

    outcomes = race(
        updating(storage, rival, email=a_change_of_email(rival, "wanted@shop.example"))
        for rival in rivals
    )

    assert count_by_type(outcomes) == {type(None): 1, EmailTakenError: THREADS - 1}
    winner = rivals[outcomes.index(None)]
    assert storage.customers.find_id_by_email("wanted@shop.example") == winner.customer_id
    for rival in rivals:
        owner = storage.customers.find_id_by_email(str(rival.email_key))
        assert owner == (None if rival is winner else rival.customer_id)


def test_one_of_many_changes_a_version(storage: Storage) -> None:
    customer = added(storage)
    names = [f"name {n}" for n in range(THREADS)]

    outcomes = race(updating(storage, customer, profile={"fname": name}) for name in names)

    assert count_by_type(outcomes) == {type(None): 1, VersionConflictError: THREADS - 1}
    stored = storage.customers.get(customer.customer_id, now=START)
    assert stored is not None
    assert (stored.fname, stored.version) == (names[outcomes.index(None)], 2)
    assert len(log_of(storage, customer.customer_id)) == 2


def test_a_customer_is_deleted_once(storage: Storage) -> None:
    customer = added(storage)
    records = [a_record(customer.customer_id) for _ in range(THREADS)]

    outcomes = race(
        lambda record=record: storage.customers.delete(customer, record) for record in records
    )

    assert count_by_type(outcomes) == {type(None): 1, CustomerNotFoundError: THREADS - 1}
    assert len(log_of(storage, customer.customer_id)) == 2
    assert storage.customers.find_id_by_email(str(customer.email_key)) is None


def test_a_record_appended_by_many_is_there_once(storage: Storage) -> None:
    customer_id = unique("customer")
    record = a_record(customer_id)

    race([lambda: storage.audit_log.append(record)] * THREADS)

    assert log_of(storage, customer_id) == (record,)
