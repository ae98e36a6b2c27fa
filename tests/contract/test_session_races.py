"""Sessions of every store when several threads change them at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from support.builders.values import LIVE, a_record, a_session, added, an_opening, an_update, opened
from support.races.threads import THREADS, count_by_type, race
from support.stores.stored_state import log_of, read_state, sessions_of

from cybershop_customer import Customer, Storage, VersionConflictError
from cybershop_customer.entrypoints.testkit.clock import START


def opening(storage: Storage, customer: Customer, **arguments: Any) -> Callable[[], None]:
    session, record = a_session(customer.customer_id), a_record(customer.customer_id)
    conditions = {"password_version": customer.password_version, **arguments}
    return lambda: storage.sessions.open(an_opening(session, **conditions), record)


def test_concurrent_logins_do_not_exceed_the_session_limit(storage: Storage) -> None:
    customer = added(storage)

    outcomes = race(opening(storage, customer, max_sessions=3) for _ in range(THREADS))

    assert count_by_type(outcomes) == {type(None): 3, VersionConflictError: THREADS - 3}
    assert len(sessions_of(storage, customer.customer_id)) == 3
    assert len(log_of(storage, customer.customer_id)) == 1 + 3


def test_below_the_limit_all_concurrent_logins_succeed(storage: Storage) -> None:
    customer = added(storage)

    outcomes = race(opening(storage, customer) for _ in range(THREADS))

    assert outcomes == [None] * THREADS
    assert len(sessions_of(storage, customer.customer_id)) == THREADS
    assert len(log_of(storage, customer.customer_id)) == 1 + THREADS


def test_one_session_is_evicted_for_one_other(storage: Storage) -> None:
    customer = added(storage)
    oldest = opened(storage, customer)

    outcomes = race(
        opening(storage, customer, evicted=(oldest.session_id,), max_sessions=1)
        for _ in range(THREADS)
    )

    assert count_by_type(outcomes) == {type(None): 1, VersionConflictError: THREADS - 1}
    assert len(sessions_of(storage, customer.customer_id) - {oldest}) == 1


def test_a_session_is_closed_once(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    before = log_of(storage, customer.customer_id)
    records = [a_record(customer.customer_id) for _ in range(THREADS)]

    outcomes = race(
        lambda record=record: storage.sessions.close(
            customer.customer_id, session.session_id, LIVE, record
        )
        for record in records
    )

    assert outcomes.count(True) == 1
    assert outcomes.count(False) == THREADS - 1
    closing = records[outcomes.index(True)]
    assert set(log_of(storage, customer.customer_id)) - set(before) == {closing}


def test_no_session_survives_a_password_change(storage: Storage) -> None:
    customer = added(storage)
    update, change = an_update(customer, password_hash="new"), a_record(customer.customer_id)

    outcomes = race(
        [
            *[opening(storage, customer) for _ in range(THREADS - 1)],
            lambda: storage.customers.update(update, change),
        ]
    )

    assert outcomes[-1] is None
    assert set(count_by_type(outcomes)) <= {type(None), VersionConflictError}
    assert sessions_of(storage, customer.customer_id) == frozenset()


def test_no_session_survives_a_deletion(storage: Storage) -> None:
    customer = added(storage)
    deletion = a_record(customer.customer_id)

    outcomes = race(
        [
            *[opening(storage, customer) for _ in range(THREADS - 1)],
            lambda: storage.customers.delete(customer, deletion),
        ]
    )

    assert outcomes[-1] is None
    assert read_state(storage, customer.customer_id).customer is None
    again = added(storage, customer_id=customer.customer_id)
    assert sessions_of(storage, again.customer_id) == frozenset()


def test_no_extension_revives_a_closed_session(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    record = a_record(customer.customer_id)

    def extend() -> None:
        storage.sessions.extend(session, START + timedelta(hours=1))

    def close() -> bool:
        return storage.sessions.close(customer.customer_id, session.session_id, LIVE, record)

    outcomes = race([close, *[extend] * (THREADS - 1)])

    assert outcomes == [True, *[None] * (THREADS - 1)]
    assert sessions_of(storage, customer.customer_id) == frozenset()
