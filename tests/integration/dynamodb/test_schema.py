"""Two versions of the service on the same tables."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.builders.values import LIVE, a_customer, a_record, a_session, an_opening, an_update
from support.dynamodb.databases import moto_database
from support.stores.stored_state import BEGINNING, END, sessions_of

from cybershop_customer import Storage, StoreFaultError
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.testkit.clock import START

CUSTOMER = a_customer(roles=frozenset({"admin"}))
ID = CUSTOMER.customer_id
SESSION = a_session(ID, roles=CUSTOMER.roles)


@pytest.fixture
def database() -> Iterator[Database]:
    """Tables with one customer and one session."""
    with moto_database() as database:
        storage = storage_on(database)
        storage.customers.add(CUSTOMER, a_record(ID))
        open_session(storage)
        yield database


def open_session(storage: Storage, **fields: Any) -> None:
    session = a_session(ID, **fields) if fields else SESSION
    storage.sessions.open(an_opening(session), a_record(ID))


def item_of_customer(database: Database) -> dict[str, Any]:
    request = {"TableName": database.customer_table, "Key": {"pk": {"S": f"C#{ID}"}}}
    item: dict[str, Any] = database.gateway._client.get_item(**request)["Item"]
    return item


def store(database: Database, table: str, item: dict[str, Any]) -> None:
    database.gateway._client.put_item(TableName=table, Item=item)


USES: dict[str, Callable[[Storage], object]] = {
    "get": lambda storage: storage.customers.get(ID, now=START),
    "get with sessions": lambda storage: storage.sessions.get_with_sessions(ID, now=START),
    "find": lambda storage: storage.sessions.find(ID, SESSION.session_id),
    "find another": lambda storage: storage.sessions.find(ID, "another"),
    "update": lambda storage: storage.customers.update(an_update(CUSTOMER), a_record(ID)),
    "delete": lambda storage: storage.customers.delete(CUSTOMER, a_record(ID)),
    "open": lambda storage: open_session(storage, session_id="another"),
    "close": lambda storage: storage.sessions.close(ID, SESSION.session_id, LIVE, a_record(ID)),
    "close all": lambda storage: storage.sessions.close_all(ID, a_record(ID)),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_customer_that_a_newer_version_wrote_is_refused_and_left_alone(
    database: Database, use: Callable[[Storage], object], caplog: pytest.LogCaptureFixture
) -> None:
    newer = {**item_of_customer(database), "schema": {"N": "2"}}
    store(database, database.customer_table, newer)

    with pytest.raises(StoreFaultError, match="has schema 2, and this version knows 1"):
        use(storage_on(database))

    assert item_of_customer(database) == newer
    assert [(line.name, line.levelno) for line in caplog.records] == [
        ("cybershop_customer.store", logging.ERROR)
    ]


def test_a_session_that_a_newer_version_wrote_is_not_extended(database: Database) -> None:
    newer = {**item_of_customer(database), "schema": {"N": "2"}}
    store(database, database.customer_table, newer)

    storage_on(database).sessions.extend(SESSION, END)

    assert item_of_customer(database) == newer


def test_a_record_that_a_newer_version_wrote_is_refused(database: Database) -> None:
    item = {"customer_id": {"S": ID}, "at": {"S": a_record(ID).position}, "schema": {"N": "2"}}
    store(database, database.logger_table, item)

    with pytest.raises(StoreFaultError):
        storage_on(database).audit_log.read(ID, since=BEGINNING, until=END, after=None, limit=9)


def test_an_item_without_a_schema_has_the_first_one(database: Database) -> None:
    item = item_of_customer(database)
    del item["schema"]
    store(database, database.customer_table, item)
    storage = storage_on(database)

    assert storage.customers.get(ID, now=START) == CUSTOMER
    assert storage.sessions.find(ID, SESSION.session_id) == SESSION
    storage.customers.update(an_update(CUSTOMER, profile={"fname": "New"}), a_record(ID))


def test_a_customer_without_a_map_of_sessions_has_no_session(database: Database) -> None:
    item = item_of_customer(database)
    del item["sessions"]
    store(database, database.customer_table, item)
    storage = storage_on(database)

    assert sessions_of(storage, ID) == frozenset()
    assert storage.sessions.find(ID, SESSION.session_id) is None


def test_all_sessions_of_a_customer_without_a_map_of_sessions_can_be_ended(
    database: Database,
) -> None:
    item = item_of_customer(database)
    del item["sessions"]
    store(database, database.customer_table, item)
    storage = storage_on(database)

    assert storage.sessions.close_all(ID, a_record(ID))

    open_session(storage)
    assert sessions_of(storage, ID) == {SESSION}


def test_revocations_are_stored_as_documented(database: Database) -> None:
    storage = storage_on(database)
    stored = item_of_customer(database)["sessions"]
    assert storage.sessions.close_all(ID, a_record(ID))
    open_session(storage, session_id="another")
    assert storage.sessions.close(ID, "another", LIVE, a_record(ID))

    item = item_of_customer(database)

    assert item["sessions"] == {"M": {}}
    assert item["wiped"] == stored
    assert item["revoked"] == {"SS": ["another~1936785600123456"]}


def test_a_customer_and_a_session_are_stored_as_documented(database: Database) -> None:
    assert item_of_customer(database) == {
        "pk": {"S": f"C#{ID}"},
        "schema": {"N": "1"},
        "customer_id": {"S": ID},
        "email": {"S": CUSTOMER.email},
        "email_key": {"S": CUSTOMER.email_key},
        "roles": {"SS": ["admin"]},
        "password_hash": {"S": "a hash"},
        "password_version": {"N": "1"},
        "version": {"N": "1"},
        "created_at": {"S": "2031-05-17T12:00:00.123456Z"},
        "updated_at": {"S": "2031-05-17T12:00:00.123456Z"},
        "sessions": {
            "M": {
                SESSION.session_id: {
                    "M": {"issued": {"N": "1936785600123456"}, "expires": {"N": "1936787400123456"}}
                }
            }
        },
    }
