"""Deletions with a tombstone, when several threads change the same id at once."""

from datetime import timedelta

import pytest
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
    CustomerExistsError,
    CustomerNotFoundError,
    Storage,
    VersionConflictError,
)
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.race

UNTIL = START + timedelta(days=400)
ROUNDS = 5


def test_a_customer_is_deleted_once(storage: Storage) -> None:
    customer = added(storage)
    records = [a_record(customer.customer_id) for _ in range(THREADS)]

    outcomes = race(
        lambda record=record: storage.customers.delete(customer, record, id_kept_until=UNTIL)
        for record in records
    )

    assert count_by_type(outcomes) == {type(None): 1, CustomerNotFoundError: THREADS - 1}
    assert len(log_of(storage, customer.customer_id)) == 2


def test_no_one_gets_the_id_before_or_after_the_deletion(storage: Storage) -> None:
    for _ in range(ROUNDS):
        customer = added(storage)
        customer_id = customer.customer_id
        rivals = [a_customer(customer_id=customer_id, email_key=unique("rival")) for _ in range(3)]

        outcomes = race(
            [
                lambda: storage.customers.delete(
                    customer, a_record(customer_id), id_kept_until=UNTIL
                ),
                *(
                    lambda rival=rival: storage.customers.add(rival, a_record(customer_id))
                    for rival in rivals
                ),
            ]
        )

        assert outcomes[0] is None
        assert count_by_type(outcomes[1:]) == {CustomerExistsError: 3}
        assert storage.customers.get(customer_id) is None
        owners = {storage.customers.find_id_by_email(str(rival.email_key)) for rival in rivals}
        assert owners == {None}
        assert len(log_of(storage, customer_id)) == 2


def test_one_of_many_gets_the_id_of_a_tombstone_that_has_ended(storage: Storage) -> None:
    customer = added(storage)
    customer_id = customer.customer_id
    storage.customers.delete(customer, a_record(customer_id), id_kept_until=START)
    rivals = [
        a_customer(customer_id=customer_id, email_key=unique("rival")) for _ in range(THREADS)
    ]

    outcomes = race(
        lambda rival=rival: storage.customers.add(rival, a_record(customer_id)) for rival in rivals
    )

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
            [
                lambda: storage.customers.delete(
                    customer, a_record(customer_id), id_kept_until=UNTIL
                ),
                *(
                    lambda session=session: storage.sessions.open(
                        an_opening(session), a_record(customer_id)
                    )
                    for session in sessions
                ),
            ]
        )

        assert outcomes[0] is None
        assert set(map(type, outcomes[1:])) <= {type(None), VersionConflictError}
        assert sessions_of(storage, customer_id) == frozenset()
        assert [storage.sessions.find(customer_id, its.session_id) for its in sessions] == [
            None
        ] * 3
        opened = outcomes[1:].count(None)
        assert len(log_of(storage, customer_id)) == 2 + opened
        assert storage.customers.is_taken(customer_id, now=START)
