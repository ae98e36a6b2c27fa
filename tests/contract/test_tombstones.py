"""What a tombstone, the trace of a deleted customer, does in every store."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from support.builders.values import (
    LIVE,
    a_change_of_email,
    a_customer,
    a_record,
    a_session,
    added,
    an_opening,
    an_update,
    opened,
    unique,
)
from support.stores.stored_state import log_of, read_state

from cybershop_customer import (
    Customer,
    CustomerExistsError,
    CustomerNotFoundError,
    EmailTakenError,
    Storage,
    VersionConflictError,
)
from cybershop_customer.entrypoints.testkit.clock import START

UNTIL = START + timedelta(days=400, microseconds=7)
MOMENT = timedelta(microseconds=1)


def deleted(storage: Storage, *, until: datetime = UNTIL) -> Customer:
    """A customer who had a session, and has a tombstone now."""
    customer = added(storage)
    opened(storage, customer, session_id="of-the-deleted")
    record = a_record(customer.customer_id, operation_name="delete_customer")
    storage.customers.delete(customer, record, id_kept_until=until)
    return customer


def add_again(
    storage: Storage, customer_id: str, at: datetime = START, *, reuse: bool = False
) -> Customer:
    newcomer = a_customer(
        customer_id=customer_id, email_key=f"{unique('new')}@shop.example", fname="New", version=77
    )
    storage.customers.add(newcomer, a_record(customer_id, at=at), reuse=reuse)
    return newcomer


def test_every_reader_takes_it_for_no_customer(storage: Storage) -> None:
    gone = deleted(storage)

    assert storage.customers.get(gone.customer_id, now=START) is None
    assert storage.sessions.get_with_sessions(gone.customer_id, now=START) is None
    assert storage.sessions.find(gone.customer_id, "of-the-deleted") is None
    assert storage.customers.find_id_by_email(str(gone.email_key)) is None


def test_every_change_takes_it_for_no_customer_and_leaves_no_trace(storage: Storage) -> None:
    gone = deleted(storage)
    record = a_record(gone.customer_id)
    before = read_state(storage, gone.customer_id, gone.email_key)
    session = a_session(gone.customer_id, session_id="of-the-deleted")

    for update in (
        an_update(gone, profile={"fname": "Ghost"}),
        an_update(gone, password_hash="new"),
        an_update(gone, roles=frozenset({"admin"})),
        an_update(gone, email=a_change_of_email(gone, unique("ghost"))),
    ):
        with pytest.raises(CustomerNotFoundError):
            storage.customers.update(update, record)
    with pytest.raises(CustomerNotFoundError):
        storage.customers.delete(gone, record)
    with pytest.raises(CustomerNotFoundError):
        storage.customers.delete(gone, record, id_kept_until=UNTIL)
    with pytest.raises(VersionConflictError):
        storage.sessions.open(an_opening(session), record)
    storage.sessions.extend(session, START + timedelta(hours=1))
    assert not storage.sessions.close(gone.customer_id, "of-the-deleted", LIVE, record)
    assert not storage.sessions.close_all(gone.customer_id, record)

    assert read_state(storage, gone.customer_id, gone.email_key) == before
    assert storage.customers.is_taken(gone.customer_id, now=UNTIL - MOMENT)


def test_the_id_is_not_given_again_and_the_address_is(storage: Storage) -> None:
    gone = deleted(storage)
    before = read_state(storage, gone.customer_id)

    with pytest.raises(CustomerExistsError) as refusal:
        add_again(storage, gone.customer_id)

    assert refusal.value.customer_id == gone.customer_id
    assert read_state(storage, gone.customer_id) == before
    other = added(storage, email_key=gone.email_key)
    assert storage.customers.find_id_by_email(str(gone.email_key)) == other.customer_id


def test_it_keeps_the_id_until_it_ends_and_not_a_moment_longer(storage: Storage) -> None:
    gone = deleted(storage)

    assert storage.customers.is_taken(gone.customer_id, now=UNTIL - MOMENT)
    with pytest.raises(CustomerExistsError):
        add_again(storage, gone.customer_id, UNTIL - MOMENT)

    assert not storage.customers.is_taken(gone.customer_id, now=UNTIL)
    newcomer = add_again(storage, gone.customer_id, UNTIL)
    assert storage.customers.get(gone.customer_id, now=START) == newcomer
    assert storage.sessions.find(gone.customer_id, "of-the-deleted") is None


def test_with_reuse_the_id_is_free_at_once(storage: Storage) -> None:
    gone = deleted(storage)
    assert not storage.customers.is_taken(gone.customer_id, now=START, reuse=True)

    newcomer = add_again(storage, gone.customer_id, reuse=True)

    assert storage.customers.get(gone.customer_id, now=START) == newcomer
    session = opened(storage, newcomer)
    assert storage.sessions.find(gone.customer_id, session.session_id) == session
    assert storage.customers.is_taken(gone.customer_id, now=UNTIL)


@pytest.mark.parametrize("reuse", [False, True])
def test_without_a_tombstone_the_id_of_a_deleted_customer_is_free(
    storage: Storage, *, reuse: bool
) -> None:
    customer = added(storage)
    storage.customers.delete(customer, a_record(customer.customer_id))

    assert not storage.customers.is_taken(customer.customer_id, now=START, reuse=reuse)
    assert add_again(storage, customer.customer_id, reuse=reuse)


@pytest.mark.parametrize("reuse", [False, True])
def test_no_reuse_takes_the_id_of_a_customer(storage: Storage, *, reuse: bool) -> None:
    customer = added(storage)

    assert storage.customers.is_taken(customer.customer_id, now=UNTIL, reuse=reuse)
    with pytest.raises(CustomerExistsError):
        add_again(storage, customer.customer_id, UNTIL, reuse=reuse)

    assert storage.customers.get(customer.customer_id, now=START) == customer
    assert not storage.customers.is_taken(unique("free"), now=START, reuse=reuse)


def test_a_newcomer_may_be_deleted_in_turn(storage: Storage) -> None:
    gone = deleted(storage, until=START + timedelta(seconds=1))
    newcomer = add_again(storage, gone.customer_id, START + timedelta(seconds=1))

    later = a_record(gone.customer_id, at=START + timedelta(seconds=2))
    storage.customers.delete(newcomer, later, id_kept_until=UNTIL)

    assert storage.customers.is_taken(gone.customer_id, now=UNTIL - MOMENT)
    assert len(log_of(storage, gone.customer_id)) == 5


def test_a_taken_address_leaves_the_tombstone_alone(storage: Storage) -> None:
    gone, other = deleted(storage), added(storage)
    newcomer = a_customer(customer_id=gone.customer_id, email_key=other.email_key)

    with pytest.raises(EmailTakenError):
        storage.customers.add(newcomer, a_record(gone.customer_id), reuse=True)

    assert storage.customers.get(gone.customer_id, now=START) is None
    assert storage.customers.is_taken(gone.customer_id, now=START)


def test_another_version_is_not_deleted_and_leaves_no_tombstone(storage: Storage) -> None:
    customer = added(storage)
    before = read_state(storage, customer.customer_id, customer.email_key)

    with pytest.raises(VersionConflictError):
        storage.customers.delete(
            replace(customer, version=9), a_record(customer.customer_id), id_kept_until=UNTIL
        )

    assert read_state(storage, customer.customer_id, customer.email_key) == before


def test_a_deletion_with_a_tombstone_is_published(storage: Storage) -> None:
    gone = deleted(storage)

    (change,) = storage.session_changes.read(after="0", limit=10)
    assert change.customer_id == gone.customer_id
