"""The session changes that every store publishes in the transaction of a change."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.builders.values import (
    LIVE,
    a_change_of_email,
    a_record,
    a_session,
    added,
    an_opening,
    an_update,
    live_at,
    opened,
)
from support.races.threads import THREADS, race

from cybershop_customer import (
    AuditRecord,
    Customer,
    CustomerServiceError,
    Revocation,
    Session,
    SessionChange,
    Storage,
)
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.entrypoints.testkit.clock import START

BEFORE = rfc3339(START - timedelta(hours=1))

REVOCATIONS = (Revocation("another", START),)

Change = Callable[[Storage, Customer, Session, AuditRecord], object]


def published(
    storage: Storage, after: str = BEFORE, limit: int = 1000
) -> tuple[SessionChange, ...]:
    return storage.session_changes.read(after=after, limit=limit)


def close(storage: Storage, customer: Customer, session: Session, record: AuditRecord) -> object:
    return storage.sessions.close(customer.customer_id, session.session_id, LIVE, record)


def close_all(storage: Storage, customer: Customer, _: Session, record: AuditRecord) -> object:
    return storage.sessions.close_all(customer.customer_id, record)


def update(**fields: Any) -> Change:
    def change(storage: Storage, customer: Customer, _: Session, record: AuditRecord) -> None:
        storage.customers.update(an_update(customer, **fields), record)

    return change


def delete(storage: Storage, customer: Customer, _: Session, record: AuditRecord) -> None:
    storage.customers.delete(customer, record)


def log_in(kind: str = "", **rest: Any) -> Change:
    def change(storage: Storage, customer: Customer, old: Session, record: AuditRecord) -> None:
        removed = {kind: (old.session_id,)} if kind else {}
        opening = an_opening(a_session(customer.customer_id), **removed, **rest)
        storage.sessions.open(opening, record)

    return change


def move(storage: Storage, customer: Customer, _: Session, record: AuditRecord) -> None:
    email = a_change_of_email(customer, "new@shop.example")
    storage.customers.update(an_update(customer, email=email), record)


def extend(storage: Storage, _: Customer, session: Session, __: AuditRecord) -> None:
    storage.sessions.extend(session, session.expires_at + timedelta(minutes=1))


TOLD: dict[str, Change] = {
    "close": close,
    "close all": close_all,
    "new password": update(password_hash="new"),
    "roles": update(roles=frozenset({"admin"})),
    "no roles": update(roles=frozenset()),
    "delete": delete,
    "login that evicts": log_in("evicted"),
    "login that evicts, and keeps other revocations": log_in("evicted", revocations=REVOCATIONS),
}
NOT_TOLD: dict[str, Change] = {
    "names": update(profile={"fname": "Zoë"}),
    "e-mail": move,
    "login": log_in(),
    "login that sweeps": log_in("expired"),
    "login that sweeps, and keeps a revocation": log_in("expired", revocations=REVOCATIONS),
    "extension": extend,
    "refusal": lambda storage, _, __, record: storage.audit_log.append(record),
    "close what is not there": lambda storage, customer, session, record: close(
        storage, customer, replace(session, session_id="another"), record
    ),
    "close what has expired": lambda storage, customer, session, record: storage.sessions.close(
        customer.customer_id, session.session_id, live_at(session.expires_at), record
    ),
    "close all of an unknown customer": lambda storage, _, __, record: storage.sessions.close_all(
        "nobody", record
    ),
    "delete another version": lambda storage, customer, _, record: storage.customers.delete(
        replace(customer, version=customer.version + 1), record
    ),
    "new password of another version": lambda storage, customer, _, record: (
        storage.customers.update(
            replace(an_update(customer, password_hash="new"), if_version=99), record
        )
    ),
}


@pytest.mark.parametrize("change", TOLD.values(), ids=TOLD.keys())
def test_each_change_is_published_at_the_position_of_its_record(
    storage: Storage, change: Change
) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    assert published(storage) == ()
    record = a_record(customer.customer_id)

    change(storage, customer, session, record)

    assert published(storage) == (SessionChange(record.position, customer.customer_id),)


@pytest.mark.parametrize("change", NOT_TOLD.values(), ids=NOT_TOLD.keys())
def test_other_changes_are_not_published(storage: Storage, change: Change) -> None:
    customer = added(storage)
    session = opened(storage, customer)

    with suppress(CustomerServiceError):
        change(storage, customer, session, a_record(customer.customer_id))

    assert published(storage) == ()


def end_some(storage: Storage, count: int) -> list[SessionChange]:
    """Close the sessions of several customers, the latest first; return the expected feed."""
    changes = []
    for number in reversed(range(count)):
        customer = added(storage)
        record = a_record(customer.customer_id, at=START + timedelta(seconds=number))
        storage.sessions.close_all(customer.customer_id, record)
        changes.append(SessionChange(record.position, customer.customer_id))
    return changes[::-1]


def test_changes_come_in_the_order_of_their_positions(storage: Storage) -> None:
    assert list(published(storage)) == []
    changes = end_some(storage, 5)

    assert list(published(storage)) == changes


def test_reading_continues_after_a_position(storage: Storage) -> None:
    changes = end_some(storage, 5)

    assert list(published(storage, after=changes[1].position)) == changes[2:]
    assert list(published(storage, after=rfc3339(START + timedelta(seconds=3)))) == changes[3:]
    assert published(storage, after=changes[-1].position) == ()


@pytest.mark.parametrize("limit", [1, 3, 5, 6])
def test_reading_stops_at_the_limit(storage: Storage, limit: int) -> None:
    changes = end_some(storage, 5)

    assert list(published(storage, limit=limit)) == changes[:limit]


def test_the_audit_log_does_not_show_the_feed(storage: Storage) -> None:
    customer = added(storage)
    storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id))
    since, until = START - timedelta(days=1), START + timedelta(days=1)

    page = storage.audit_log.read(
        customer.customer_id, since=since, until=until, after=None, limit=10
    )

    assert len(page.records) == 2


def test_each_of_many_concurrent_changes_is_published_once(storage: Storage) -> None:
    customer = added(storage)
    sessions = [opened(storage, customer) for _ in range(THREADS)]
    records = [a_record(customer.customer_id) for _ in sessions]

    def closing(session: Session, record: AuditRecord) -> Callable[[], object]:
        return lambda: close(storage, customer, session, record)

    outcomes = race(map(closing, sessions, records))

    done = [record for record, outcome in zip(records, outcomes, strict=True) if outcome is True]
    assert len(done) == THREADS
    assert [change.position for change in published(storage)] == sorted(
        record.position for record in records
    )


def test_changes_are_counted_between_two_positions(storage: Storage) -> None:
    assert sum(storage.session_changes.count(first="0", last="~")) == 0
    changes = end_some(storage, 5)
    positions = [change.position for change in changes]

    def count(*, first: str, last: str) -> int:
        counts = storage.session_changes.count(first=first, last=last)
        assert len(counts) == storage.session_changes.parts
        return sum(counts)

    assert count(first="0", last="~") == 5
    assert count(first=positions[1], last=positions[3]) == 3
    assert count(first=positions[2], last=positions[2]) == 1
    assert count(first=positions[3], last=positions[1]) == 0
    assert count(first=rfc3339(START)[:19], last=rfc3339(START + timedelta(seconds=2))[:19]) == 2
