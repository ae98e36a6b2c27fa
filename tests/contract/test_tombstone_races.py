"""Deletions with a tombstone, when several threads change the same id at once."""

from collections.abc import Callable
from datetime import timedelta

from support.builders.values import (
    a_customer,
    a_record,
    a_session,
    added,
    an_opening,
    unique,
)
from support.races.threads import THREADS, count_by_type, race
from support.stores.stored_state import log_of, read_state, sessions_of

from cybershop_customer import (
    Customer,
    CustomerExistsError,
    CustomerNotFoundError,
    Session,
    Storage,
    VersionConflictError,
)
from cybershop_customer.entrypoints.testkit.clock import START

UNTIL = START + timedelta(days=400)
ROUNDS = 5


def deleting(storage: Storage, customer: Customer) -> Callable[[], None]:
    record = a_record(customer.customer_id)
    return lambda: storage.customers.delete(customer, record, id_kept_until=UNTIL)


def adding(storage: Storage, customer: Customer) -> Callable[[], None]:
    record = a_record(customer.customer_id)
    return lambda: storage.customers.add(customer, record)


def opening(storage: Storage, session: Session) -> Callable[[], None]:
    record = a_record(session.customer_id)
    return lambda: storage.sessions.open(an_opening(session), record)


def rivals_for(customer_id: str, count: int) -> list[Customer]:
    return [a_customer(customer_id=customer_id, email_key=unique("rival")) for _ in range(count)]


def test_a_customer_is_deleted_once(storage: Storage) -> None:
    customer = added(storage)

    outcomes = race(deleting(storage, customer) for _ in range(THREADS))

    assert count_by_type(outcomes) == {type(None): 1, CustomerNotFoundError: THREADS - 1}
    assert len(log_of(storage, customer.customer_id)) == 2


def test_no_one_gets_the_id_before_or_after_the_deletion(storage: Storage) -> None:
    for _ in range(ROUNDS):
        customer = added(storage)
        rivals = rivals_for(customer.customer_id, 3)

        outcomes = race(
            [deleting(storage, customer), *(adding(storage, rival) for rival in rivals)]
        )

        assert outcomes[0] is None
        assert count_by_type(outcomes[1:]) == {CustomerExistsError: 3}
        assert storage.customers.get(customer.customer_id, now=START) is None
        owners = {storage.customers.find_id_by_email(str(rival.email_key)) for rival in rivals}
        assert owners == {None}
        assert len(log_of(storage, customer.customer_id)) == 2


def test_one_of_many_gets_the_id_of_a_tombstone_that_has_ended(storage: Storage) -> None:
    customer = added(storage)
    customer_id = customer.customer_id
    storage.customers.delete(customer, a_record(customer_id), id_kept_until=START)
    rivals = rivals_for(customer_id, THREADS)

    outcomes = race(adding(storage, rival) for rival in rivals)

    assert count_by_type(outcomes) == {type(None): 1, CustomerExistsError: THREADS - 1}
    winner = rivals[outcomes.index(None)]
    after = read_state(storage, customer_id, winner.email_key)
    assert (after.customer, after.email_owners, len(after.log)) == (winner, (customer_id,), 3)


def test_no_session_outlives_the_customer(storage: Storage) -> None:
    for _ in range(ROUNDS):
        customer = added(storage)
        customer_id = customer.customer_id
        sessions = [a_session(customer_id) for _ in range(3)]

        outcomes = race(
            [deleting(storage, customer), *(opening(storage, session) for session in sessions)]
        )

        assert outcomes[0] is None
        assert set(map(type, outcomes[1:])) <= {type(None), VersionConflictError}
        assert sessions_of(storage, customer_id) == frozenset()
        assert {storage.sessions.find(customer_id, its.session_id) for its in sessions} == {None}
        assert len(log_of(storage, customer_id)) == 2 + outcomes[1:].count(None)
        assert storage.customers.is_taken(customer_id, now=START)
