"""The revocations that every store keeps of sessions that ended early."""

from datetime import timedelta
from typing import Any

from support.builders.values import (
    LIVE,
    a_record,
    a_session,
    added,
    an_opening,
    an_update,
    live_at,
    opened,
)

from cybershop_customer import Customer, Revocation, Session, Storage
from cybershop_customer.entrypoints.testkit.clock import START

LATER = START + timedelta(minutes=5)


def revocations(storage: Storage, customer: Customer) -> set[Revocation]:
    stored = storage.sessions.get_with_sessions(customer.customer_id, now=START)
    assert stored is not None
    return set(stored.revocations)


def close(storage: Storage, session: Session, at: Any = START) -> None:
    record = a_record(session.customer_id)
    assert storage.sessions.close(session.customer_id, session.session_id, live_at(at), record)


def log_in(storage: Storage, customer: Customer, **arguments: Any) -> Session:
    session = a_session(customer.customer_id)
    storage.sessions.open(an_opening(session, **arguments), a_record(customer.customer_id))
    return session


def found(storage: Storage, session: Session) -> Session | Revocation | None:
    return storage.sessions.find(session.customer_id, session.session_id)


def test_a_new_customer_has_no_revocations(storage: Storage) -> None:
    customer = added(storage)
    opened(storage, customer)

    assert revocations(storage, customer) == set()


def test_each_closed_session_leaves_a_revocation_with_its_time(storage: Storage) -> None:
    customer = added(storage)
    one, other, live = (opened(storage, customer) for _ in range(3))

    close(storage, one, START)
    close(storage, other, LATER)

    assert found(storage, one) == Revocation(one.session_id, START)
    assert found(storage, other) == Revocation(other.session_id, LATER)
    assert found(storage, live) == live
    assert revocations(storage, customer) == {found(storage, one), found(storage, other)}


def test_a_session_that_was_not_closed_leaves_no_revocation(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    ends, record = session.expires_at, a_record(customer.customer_id)

    assert not storage.sessions.close(
        customer.customer_id, session.session_id, live_at(ends), record
    )
    assert not storage.sessions.close(customer.customer_id, "another", LIVE, record)

    assert revocations(storage, customer) == set()
    assert found(storage, session) == session


def test_closing_all_revokes_each_session(storage: Storage) -> None:
    customer = added(storage)
    before, *sessions = (opened(storage, customer) for _ in range(4))
    close(storage, before)

    storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id, at=LATER))

    for session in sessions:
        assert found(storage, session) == Revocation(session.session_id, LATER)
    assert found(storage, before) == Revocation(before.session_id, START)
    assert len(revocations(storage, customer)) == 4


def test_a_new_password_revokes_each_session(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)

    update = an_update(customer, password_hash="new")
    storage.customers.update(update, a_record(customer.customer_id, at=LATER))

    assert found(storage, session) == Revocation(session.session_id, LATER)


def test_after_all_ended_sessions_open_and_end_as_before(storage: Storage) -> None:
    customer = added(storage)
    first = opened(storage, customer)
    for _ in range(2):
        storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id))
    second = opened(storage, customer)
    assert found(storage, second) == second

    close(storage, second)

    assert found(storage, second) == Revocation(second.session_id, START)
    # The second close_all found no session, and may have dropped the revocations of the first.
    assert found(storage, first) in (None, Revocation(first.session_id, START))


def test_a_login_keeps_the_revocations(storage: Storage) -> None:
    customer = added(storage)
    closed, wiped = opened(storage, customer), opened(storage, customer)
    close(storage, closed)
    storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id))

    session = log_in(storage, customer, revocations=None)

    assert found(storage, session) == session
    assert isinstance(found(storage, closed), Revocation)
    assert isinstance(found(storage, wiped), Revocation)


def test_a_login_can_replace_the_revocations(storage: Storage) -> None:
    customer = added(storage)
    closed, wiped = opened(storage, customer), opened(storage, customer)
    close(storage, closed)
    storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id))

    log_in(storage, customer, revocations=(Revocation(wiped.session_id, LATER),))

    assert found(storage, closed) is None
    assert found(storage, wiped) == Revocation(wiped.session_id, LATER)
    assert revocations(storage, customer) == {Revocation(wiped.session_id, LATER)}


def test_a_login_can_drop_all_revocations(storage: Storage) -> None:
    customer = added(storage)
    closed, wiped = opened(storage, customer), opened(storage, customer)
    close(storage, closed)
    storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id))

    log_in(storage, customer, revocations=())

    assert revocations(storage, customer) == set()
    assert found(storage, closed) is found(storage, wiped) is None


def test_an_evicted_session_is_revoked_and_an_expired_one_is_not(storage: Storage) -> None:
    customer = added(storage)
    evicted, expired = opened(storage, customer), opened(storage, customer)

    log_in(
        storage,
        customer,
        evicted=(evicted.session_id,),
        expired=(expired.session_id,),
        revocations=(Revocation(evicted.session_id, LATER),),
    )

    assert found(storage, evicted) == Revocation(evicted.session_id, LATER)
    assert found(storage, expired) is None


def test_an_extension_does_not_revive_a_revoked_session(storage: Storage) -> None:
    customer = added(storage)
    closed, wiped = opened(storage, customer), opened(storage, customer)
    close(storage, closed)
    storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id))

    for session in (closed, wiped):
        storage.sessions.extend(session, session.expires_at + timedelta(hours=1))

        assert isinstance(found(storage, session), Revocation)


def test_a_deleted_customer_has_no_revocations(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    close(storage, session)
    storage.customers.delete(customer, a_record(customer.customer_id))
    storage.customers.add(customer, a_record(customer.customer_id))

    assert revocations(storage, customer) == set()
    assert found(storage, session) is None


def test_revocations_do_not_count_towards_the_session_limit(storage: Storage) -> None:
    customer = added(storage)
    for _ in range(3):
        close(storage, opened(storage, customer))

    session = log_in(storage, customer, max_sessions=1)

    assert found(storage, session) == session
