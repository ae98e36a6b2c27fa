"""A customer with an end counts as absent from that moment on, in every store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from support.builders.values import (
    LIVE,
    a_change_of_email,
    a_customer,
    a_record,
    a_session,
    a_token,
    added,
    an_issue,
    an_opening,
    an_update,
    unique,
)
from support.races.threads import race
from support.stores.stored_state import log_of, read_state, sessions_of

from cybershop_customer import (
    AuditRecord,
    Customer,
    CustomerExistsError,
    CustomerNotFoundError,
    CustomerServiceError,
    Storage,
    VersionConflictError,
)
from cybershop_customer.adapters.memory.customer_repository import MemoryCustomerRepository
from cybershop_customer.adapters.memory.tables import Tables
from cybershop_customer.entrypoints.testkit.clock import START

END = START + timedelta(days=7, microseconds=1)
BEFORE = END - timedelta(microseconds=1)

Change = Callable[[Storage, Customer, AuditRecord], object]


def unproven(storage: Storage, **fields: object) -> Customer:
    """Store a customer who ends at ``END``, and holds no e-mail key."""
    return added(storage, email="Zoe@Shop.Example", email_key=None, expires_at=END, **fields)


def update(storage: Storage, customer: Customer, record: AuditRecord) -> None:
    storage.customers.update(an_update(customer, profile={"fname": "Zoë"}), record)


def prove(storage: Storage, customer: Customer, record: AuditRecord) -> None:
    email = a_change_of_email(customer, unique("proven"))
    storage.customers.update(an_update(customer, email=email, email_verified=True), record)


def delete(storage: Storage, customer: Customer, record: AuditRecord) -> None:
    storage.customers.delete(customer, record)


def issue(storage: Storage, customer: Customer, record: AuditRecord) -> None:
    storage.customers.issue_token(an_issue(customer, a_token()), record)


def log_in(storage: Storage, customer: Customer, record: AuditRecord) -> None:
    session = a_session(customer.customer_id)
    storage.sessions.open(an_opening(session, keeps_customer=True), record)


REFUSALS: dict[str, tuple[Change, type[CustomerServiceError]]] = {
    "update": (update, CustomerNotFoundError),
    "prove": (prove, CustomerNotFoundError),
    "delete": (delete, CustomerNotFoundError),
    "issue a token": (issue, VersionConflictError),
    "log in": (log_in, VersionConflictError),
}


@pytest.mark.parametrize("now", [END, END + timedelta(days=40)])
def test_an_ended_customer_is_absent_for_every_reader(storage: Storage, now: object) -> None:
    customer = unproven(storage)

    assert storage.customers.get(customer.customer_id, now=now) is None
    assert storage.sessions.get_with_sessions(customer.customer_id, now=now) is None
    assert not storage.customers.is_taken(customer.customer_id, now=now)


def test_a_customer_is_there_until_the_end(storage: Storage) -> None:
    customer = unproven(storage)

    stored = storage.sessions.get_with_sessions(customer.customer_id, now=BEFORE)
    assert stored is not None
    assert stored.customer == storage.customers.get(customer.customer_id, now=BEFORE) == customer
    assert storage.customers.is_taken(customer.customer_id, now=BEFORE)
    with pytest.raises(CustomerExistsError):
        storage.customers.add(customer, a_record(customer.customer_id, at=BEFORE), reuse=True)


@pytest.mark.parametrize(("change", "error"), REFUSALS.values(), ids=REFUSALS)
def test_a_change_of_an_ended_customer_leaves_no_trace(
    storage: Storage, change: Change, error: type[CustomerServiceError]
) -> None:
    customer = unproven(storage)
    before = read_state(storage, customer.customer_id)

    with pytest.raises(error):
        change(storage, customer, a_record(customer.customer_id, at=END))
    assert not storage.sessions.close_all(
        customer.customer_id, a_record(customer.customer_id, at=END)
    )

    assert read_state(storage, customer.customer_id) == before


@pytest.mark.parametrize("change", [update, prove, log_in])
def test_an_update_and_a_login_take_the_end_away(storage: Storage, change: Change) -> None:
    customer = unproven(storage)

    change(storage, customer, a_record(customer.customer_id, at=BEFORE))

    stored = storage.customers.get(customer.customer_id, now=END)
    assert stored is not None
    assert stored.expires_at is None


def test_a_token_does_not_move_the_end(storage: Storage) -> None:
    customer = unproven(storage)

    issue(storage, customer, a_record(customer.customer_id, at=BEFORE))

    assert storage.customers.get(customer.customer_id, now=END) is None


@pytest.mark.parametrize("reuse", [False, True])
def test_a_new_customer_replaces_an_ended_one(storage: Storage, *, reuse: bool) -> None:
    ended = unproven(storage, fname="Zoë", password_reset=a_token(), version=7)
    heir = a_customer(customer_id=ended.customer_id, version=3)
    before = log_of(storage, ended.customer_id)
    record = a_record(ended.customer_id, at=END)

    storage.customers.add(heir, record, reuse=reuse)

    assert storage.customers.get(ended.customer_id, now=END) == heir
    assert storage.customers.find_id_by_email(str(heir.email_key)) == heir.customer_id
    assert sessions_of(storage, ended.customer_id) == frozenset()
    assert log_of(storage, ended.customer_id) == (*before, record)


def test_the_change_that_was_meant_for_the_ended_one_does_not_fit_the_new_one(
    storage: Storage,
) -> None:
    ended = unproven(storage, version=7, password_version=7)
    heir = a_customer(customer_id=ended.customer_id, version=3, password_version=3)
    storage.customers.add(heir, a_record(ended.customer_id, at=END))

    for change in (update, delete, issue):
        with pytest.raises(VersionConflictError):
            change(storage, ended, a_record(ended.customer_id, at=END))

    assert storage.customers.get(ended.customer_id, now=END) == heir


def test_a_login_before_the_end_and_a_registration_after_it_do_not_both_win(
    storage: Storage,
) -> None:
    """Two servers with clocks that differ race over the same id."""
    for _ in range(3):
        ended = unproven(storage, version=7, password_version=7)
        login = an_opening(a_session(ended.customer_id), password_version=7, keeps_customer=True)
        heir = replace(ended, version=3, password_version=3, expires_at=None)

        outcomes = race(
            [
                lambda login=login, ended=ended: storage.sessions.open(
                    login, a_record(ended.customer_id, at=BEFORE)
                ),
                lambda heir=heir: storage.customers.add(heir, a_record(heir.customer_id, at=END)),
            ]
        )

        assert sum(outcome is None for outcome in outcomes) == 1
        stored = storage.customers.get(ended.customer_id, now=LIVE.now)
        assert stored is not None
        assert (stored.version == 7) == (outcomes[0] is None)


def test_memory_drops_customers_after_their_end() -> None:
    tables = Tables()
    customers = MemoryCustomerRepository(tables)
    ended = [a_customer(email_key=None, expires_at=END) for _ in range(3)]
    kept, new = a_customer(email_key=None, expires_at=END), a_customer()
    for customer in (*ended, kept):
        customers.add(customer, a_record(customer.customer_id))
    customers.update(an_update(kept), a_record(kept.customer_id))

    customers.add(new, a_record(new.customer_id, at=END))

    assert set(tables.rows) == {kept.customer_id, new.customer_id}
