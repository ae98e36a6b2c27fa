"""The entries of the session change feed on DynamoDB."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from support.builders.values import a_record, added
from support.dynamodb.databases import local_client, local_database

from cybershop_customer import SessionChange, StoreFaultError
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.dynamodb_local

FEED = "#sessions"


@pytest.fixture
def database() -> Database:
    return local_database(session_feed=True)


def items(database: Database) -> list[dict[str, Any]]:
    found = local_client().scan(TableName=database.logger_table, ConsistentRead=True)["Items"]
    return sorted(found, key=lambda item: item["customer_id"]["S"])


def test_an_entry_is_stored_as_documented_and_lasts_a_day(database: Database) -> None:
    storage = storage_on(database)
    customer = added(storage)
    record = a_record(customer.customer_id, at=START + timedelta(seconds=1))
    assert storage.sessions.close_all(customer.customer_id, record)

    entry, *records = items(database)

    end = START + timedelta(days=1, seconds=1)
    assert entry == {
        "customer_id": {"S": FEED},
        "at": {"S": record.position},
        "schema": {"N": "1"},
        "changed": {"S": customer.customer_id},
        "ttl": {"N": str(int(end.timestamp()))},
    }
    assert len(records) == 2
    assert all(int(record["ttl"]["N"]) > int(entry["ttl"]["N"]) for record in records)


def test_while_the_feed_is_off_no_entry_is_written_and_reading_is_a_fault(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.session_feed = False
    storage = storage_on(database)
    customer = added(storage)
    assert storage.sessions.close_all(customer.customer_id, a_record(customer.customer_id))

    with pytest.raises(StoreFaultError, match="set CUSTOMER_SESSION_FEED=true"):
        storage.session_changes.read(after="0", limit=9)

    assert FEED not in {item["customer_id"]["S"] for item in items(database)}
    (line,) = caplog.records
    assert (line.levelno, "CUSTOMER_SESSION_FEED" in line.message) == (logging.ERROR, True)


def test_an_entry_that_a_newer_version_wrote_is_refused(database: Database) -> None:
    position = a_record("zoe").position
    item = {"customer_id": {"S": FEED}, "at": {"S": position}, "schema": {"N": "2"}}
    local_client().put_item(TableName=database.logger_table, Item=item)

    with pytest.raises(StoreFaultError, match="has schema 2"):
        storage_on(database).session_changes.read(after="0", limit=9)


def test_a_page_may_take_several_replies(database: Database) -> None:
    positions = [a_record("zoe").position for _ in range(8)]
    for position in positions:
        # A reply of DynamoDB ends at 1 MB.
        item = {
            "customer_id": {"S": FEED},
            "at": {"S": position},
            "changed": {"S": "zoe"},
            "something": {"S": 300_000 * "x"},
        }
        local_client().put_item(TableName=database.logger_table, Item=item)
    feed = storage_on(database).session_changes

    assert feed.read(after="0", limit=7) == tuple(
        SessionChange(position, "zoe") for position in sorted(positions)[:7]
    )
