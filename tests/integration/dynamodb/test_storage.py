"""Behaviour that only a real DynamoDB shows: missing tables, large pages, long expressions."""

from datetime import timedelta

import pytest
from support.builders.values import a_customer, a_record, a_session, an_opening
from support.dynamodb.databases import LIMITS, local_client, local_database
from support.stores.stored_state import BEGINNING, END, sessions_of

from cybershop_customer import StoreUnavailableError
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.dynamodb_local


def test_missing_tables_make_the_store_unavailable_and_the_log_names_one_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    storage = storage_on(Database(DynamoDBGateway(local_client(), LIMITS), "nowhere-"))
    customer = a_customer()

    with pytest.raises(StoreUnavailableError):
        storage.probe.probe()
    for _ in range(3):
        with pytest.raises(StoreUnavailableError) as error:
            storage.customers.add(customer, a_record(customer.customer_id))

    assert error.value.outcome_known
    (line,) = (line.message for line in caplog.records)
    assert "DynamoDB has no table nowhere-customer that can be used: 'HTTP 400, Resource" in line


def test_a_page_of_the_log_may_take_several_replies() -> None:
    log = storage_on(local_database()).audit_log
    # A reply of DynamoDB ends at 1 MB.
    records = [
        a_record("zoe", message=300_000 * "x", at=START + timedelta(seconds=second))
        for second in range(8)
    ]
    for record in records:
        log.append(record)

    first = log.read("zoe", since=BEGINNING, until=END, after=None, limit=5)
    rest = log.read("zoe", since=BEGINNING, until=END, after=first.next_cursor, limit=5)

    assert first.records == tuple(records[:5])
    assert first.next_cursor == records[4].position
    assert rest.records == tuple(records[5:])
    assert rest.next_cursor is None


def test_a_login_may_end_100_sessions() -> None:
    storage = storage_on(local_database())
    customer = a_customer()
    storage.customers.add(customer, a_record(customer.customer_id))
    ids = [f"{number:022}" for number in range(100)]

    def open_session(session_id: str, *expired: str) -> None:
        session = a_session(customer.customer_id, session_id=session_id)
        opening = an_opening(session, expired=expired, max_sessions=100, password_hash="new")
        storage.sessions.open(opening, a_record(customer.customer_id))

    for session_id in ids:
        open_session(session_id)

    open_session("the last", *ids)

    (left,) = sessions_of(storage, customer.customer_id)
    assert left.session_id == "the last"
