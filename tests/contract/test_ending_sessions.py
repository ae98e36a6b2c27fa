"""How sessions end in every store: ``close``, ``close_all``, and with their customer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.builders.values import LIVE, a_record, a_session, added, live_at, opened, unique
from support.stores.stored_state import log_of, read_state, sessions_of

from cybershop_customer import Revocation, Storage
from cybershop_customer.domain.session import CLOCK_TOLERANCE
from cybershop_customer.entrypoints.testkit.clock import START

A_MICROSECOND = timedelta(microseconds=1)
LIFETIME = timedelta(hours=12)


def test_a_closed_session_is_gone_and_has_its_record(storage: Storage) -> None:
    customer = added(storage)
    session, other = opened(storage, customer), opened(storage, customer)
    before = log_of(storage, customer.customer_id)
    record = a_record(customer.customer_id, operation_name="logout", at=START + A_MICROSECOND)

    assert storage.sessions.close(customer.customer_id, session.session_id, LIVE, record)

    revoked = storage.sessions.find(customer.customer_id, session.session_id)
    assert revoked == Revocation(session.session_id, START)
    after = read_state(storage, customer.customer_id)
    assert after.sessions == {other}
    assert after.log == (*before, record)
    assert after.customer == customer


def test_a_session_is_closed_once(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    arguments = (customer.customer_id, session.session_id, LIVE)
    assert storage.sessions.close(*arguments, a_record(customer.customer_id))
    before = read_state(storage, customer.customer_id)

    assert not storage.sessions.close(*arguments, a_record(customer.customer_id))

    assert read_state(storage, customer.customer_id) == before


def test_a_session_can_be_closed_until_its_last_microsecond(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    last = session.expires_at - A_MICROSECOND

    assert storage.sessions.close(
        customer.customer_id, session.session_id, live_at(last), a_record(customer.customer_id)
    )


@pytest.mark.parametrize("after_the_end", [timedelta(), A_MICROSECOND, timedelta(days=40)])
def test_an_expired_session_is_not_closed(storage: Storage, after_the_end: timedelta) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    before = read_state(storage, customer.customer_id)

    assert not storage.sessions.close(
        customer.customer_id,
        session.session_id,
        live_at(session.expires_at + after_the_end, timedelta(days=60)),
        a_record(customer.customer_id),
    )

    assert read_state(storage, customer.customer_id) == before


@pytest.mark.parametrize(
    ("issued", "closed"),
    [
        (timedelta(days=1), False),
        (CLOCK_TOLERANCE + A_MICROSECOND, False),
        (CLOCK_TOLERANCE, True),
        (A_MICROSECOND - LIFETIME, True),
        (-LIFETIME, False),
        (-timedelta(days=40), False),
    ],
)
def test_a_session_is_closed_only_within_its_maximum_lifetime_and_not_before_its_issue(
    storage: Storage, issued: timedelta, closed: bool
) -> None:
    customer = added(storage)
    times = {"issued_at": START + issued, "expires_at": START + timedelta(days=2)}
    session = opened(storage, customer, **times)
    before = read_state(storage, customer.customer_id)
    live = live_at(START, LIFETIME)

    record = a_record(customer.customer_id)
    assert storage.sessions.close(customer.customer_id, session.session_id, live, record) == closed

    # The store and the session check apply the same rule.
    assert live.include(session) == closed
    assert (read_state(storage, customer.customer_id) == before) != closed


def test_an_extended_session_can_be_closed_after_its_first_expiry(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    storage.sessions.extend(session, session.expires_at + timedelta(hours=1))

    assert storage.sessions.close(
        customer.customer_id,
        session.session_id,
        live_at(session.expires_at),
        a_record(customer.customer_id),
    )


def test_an_unknown_session_is_not_closed(storage: Storage) -> None:
    customer, other = added(storage), added(storage)
    session = opened(storage, other)
    unknown = unique("unknown")
    before = read_state(storage, customer.customer_id)

    for customer_id in (customer.customer_id, unknown):
        record = a_record(customer_id)
        assert not storage.sessions.close(customer_id, session.session_id, LIVE, record)

    assert read_state(storage, customer.customer_id) == before
    assert read_state(storage, unknown).log == ()
    assert read_state(storage, unknown).customer is None
    assert sessions_of(storage, other.customer_id) == {session}


def test_all_sessions_of_one_customer_are_closed_together(storage: Storage) -> None:
    customer, other = added(storage), added(storage)
    for _ in range(3):
        opened(storage, customer)
    kept = opened(storage, other)
    before = log_of(storage, customer.customer_id)
    record = a_record(customer.customer_id, operation_name="end_sessions", at=START + A_MICROSECOND)

    assert storage.sessions.close_all(customer.customer_id, record)

    after = read_state(storage, customer.customer_id)
    assert after.sessions == frozenset()
    assert after.log == (*before, record)
    assert after.customer == customer
    assert sessions_of(storage, other.customer_id) == {kept}


def test_closing_all_succeeds_without_sessions(storage: Storage) -> None:
    customer = added(storage)
    record = a_record(customer.customer_id)

    assert storage.sessions.close_all(customer.customer_id, record)

    assert record in log_of(storage, customer.customer_id)


def test_closing_all_fails_for_an_unknown_customer(storage: Storage) -> None:
    unknown = unique("unknown")

    assert not storage.sessions.close_all(unknown, a_record(unknown))

    assert read_state(storage, unknown).customer is None
    assert log_of(storage, unknown) == ()


def test_sessions_can_be_opened_after_all_were_closed(storage: Storage) -> None:
    customer = added(storage)
    opened(storage, customer)
    storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id))

    session = opened(storage, customer)

    assert sessions_of(storage, customer.customer_id) == {session}


def test_a_deletion_ends_the_sessions(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)

    storage.customers.delete(customer, a_record(customer.customer_id))

    assert storage.sessions.get_with_sessions(customer.customer_id, now=START) is None
    assert storage.sessions.find(customer.customer_id, session.session_id) is None
    assert not storage.sessions.close(
        customer.customer_id, session.session_id, LIVE, a_record(customer.customer_id)
    )


def test_a_customer_added_again_has_no_earlier_session(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    storage.customers.delete(customer, a_record(customer.customer_id))
    storage.customers.add(customer, a_record(customer.customer_id))

    storage.sessions.extend(session, START + timedelta(hours=1))

    assert sessions_of(storage, customer.customer_id) == frozenset()
    assert storage.sessions.find(customer.customer_id, session.session_id) is None


def test_a_login_does_not_change_the_customers_version(storage: Storage) -> None:
    customer = added(storage)
    opened(storage, customer)
    storage.sessions.extend(a_session(customer.customer_id), START)

    storage.customers.delete(replace(customer), a_record(customer.customer_id))

    assert storage.customers.get(customer.customer_id, now=START) is None
