"""The tables that ``create_tables`` makes."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from support.dynamodb.databases import local_client, local_database, moto_database

from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.provisioning.provisioner import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(params=["moto", pytest.param("dynamodb-local", marks=pytest.mark.dynamodb_local)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """New tables."""
    made = moto_database() if request.param == "moto" else nullcontext(local_database())
    with made as database:
        yield database


def client_of(database: Database) -> "DynamoDBClient":
    """botocore's client, which also has the operations on tables."""
    client = database.gateway._client
    return client if hasattr(client, "describe_table") else local_client()


def test_the_tables_have_their_keys_and_are_billed_on_demand(database: Database) -> None:
    client = client_of(database)
    keys = {}
    for name in (database.customer_table, database.logger_table):
        table = client.describe_table(TableName=name)["Table"]
        keys[name] = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"

    assert keys == {
        database.customer_table: [("pk", "HASH")],
        database.logger_table: [("customer_id", "HASH"), ("at", "RANGE")],
    }


def test_both_tables_have_a_time_to_live(database: Database) -> None:
    client = client_of(database)
    customer, logger = (
        client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        for name in (database.customer_table, database.logger_table)
    )

    assert customer == logger == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_existing_tables_stay_as_they_are(database: Database) -> None:
    client = client_of(database)
    prefix = database.customer_table.removesuffix("customer")

    assert create_tables(client, prefix) == []
    assert create_tables(client, f"{prefix}other-") == [
        f"{prefix}other-customer",
        f"{prefix}other-logger",
    ]
