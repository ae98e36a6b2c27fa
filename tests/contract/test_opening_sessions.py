"""What ``open`` does in every SessionRepository."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.builders.values import (
    a_record,
    a_session,
    added,
    an_opening,
    an_update,
    opened,
    unique,
)
from support.stores.stored_state import log_of, read_state, sessions_of

from cybershop_customer import Session, Storage, VersionConflictError
from cybershop_customer.entrypoints.testkit.clock import START


def open_session(storage: Storage, session: Session, **arguments: Any) -> None:
    """Open the session under conditions that hold, except those in ``arguments``."""
    record = arguments.pop("record", None) or a_record(session.customer_id)
    storage.sessions.open(an_opening(session, **arguments), record)


def refuse_to_open(storage: Storage, customer_id: str, **arguments: Any) -> None:
    """Check that opening is refused and leaves no trace."""
    before = read_state(storage, customer_id)

    with pytest.raises(VersionConflictError) as refusal:
        open_session(storage, a_session(customer_id), **arguments)

    assert refusal.value.customer_id == customer_id
    assert read_state(storage, customer_id) == before


def test_opening_keeps_its_record_and_no_version_changes(storage: Storage) -> None:
    customer = added(storage)
    before = log_of(storage, customer.customer_id)
    record = a_record(customer.customer_id, operation_name="login", at=START + timedelta(hours=1))

    open_session(storage, a_session(customer.customer_id), record=record)

    assert log_of(storage, customer.customer_id) == (*before, record)
    assert storage.customers.get(customer.customer_id, now=START) == customer


def test_opening_can_replace_the_hash_and_still_changes_no_version(storage: Storage) -> None:
    customer = added(storage)
    first = opened(storage, customer)

    open_session(storage, a_session(customer.customer_id), password_hash="anew")

    assert storage.customers.get(customer.customer_id, now=START) == replace(
        customer, password_hash="anew"
    )
    assert storage.sessions.find(customer.customer_id, first.session_id) == first


@pytest.mark.parametrize("password_version", [0, 2])
def test_another_password_version_is_refused(storage: Storage, password_version: int) -> None:
    customer = added(storage)

    refuse_to_open(
        storage, customer.customer_id, password_version=password_version, password_hash="anew"
    )


def test_a_password_version_from_before_a_change_is_refused(storage: Storage) -> None:
    customer = added(storage)
    update = an_update(customer, password_hash="new")
    storage.customers.update(update, a_record(customer.customer_id))

    refuse_to_open(storage, customer.customer_id, password_version=1)
    open_session(storage, a_session(customer.customer_id), password_version=2)


def test_an_unknown_or_deleted_customer_is_refused(storage: Storage) -> None:
    refuse_to_open(storage, unique("nobody"))

    customer = added(storage)
    storage.customers.delete(customer, a_record(customer.customer_id))

    refuse_to_open(storage, customer.customer_id)


def test_evicted_and_expired_sessions_are_removed(storage: Storage) -> None:
    customer = added(storage)
    evicted, kept, expired = (opened(storage, customer, expires_at=START) for _ in range(3))
    new = a_session(customer.customer_id)

    open_session(
        storage,
        new,
        evicted=(evicted.session_id,),
        expired=(expired.session_id,),
        max_sessions=2,
    )

    assert sessions_of(storage, customer.customer_id) == {kept, new}


@pytest.mark.parametrize("kind", ["evicted", "expired"])
def test_removing_a_session_that_is_not_stored_is_refused(storage: Storage, kind: str) -> None:
    customer = added(storage)
    there = opened(storage, customer)

    refuse_to_open(storage, customer.customer_id, **{kind: (there.session_id, unique("gone"))})


@pytest.mark.parametrize("max_sessions", [1, 3])
def test_one_session_more_than_the_limit_is_refused(storage: Storage, max_sessions: int) -> None:
    customer = added(storage)
    for _ in range(max_sessions):
        open_session(storage, a_session(customer.customer_id), max_sessions=max_sessions)

    refuse_to_open(storage, customer.customer_id, max_sessions=max_sessions)
    assert len(sessions_of(storage, customer.customer_id)) == max_sessions


def test_all_sessions_beyond_a_lowered_limit_are_evicted_together(storage: Storage) -> None:
    customer = added(storage)
    evicted = tuple(opened(storage, customer).session_id for _ in range(4))
    new = a_session(customer.customer_id)

    refuse_to_open(storage, customer.customer_id, evicted=evicted[1:], max_sessions=1)
    open_session(storage, new, evicted=evicted, max_sessions=1)

    assert sessions_of(storage, customer.customer_id) == {new}
