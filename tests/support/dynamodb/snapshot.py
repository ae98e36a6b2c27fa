"""Reads everything that a DynamoDB store contains, without the service."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from support.stores.snapshot import StoreSnapshot

from cybershop_customer import CustomerWithSessions
from cybershop_customer.adapters.dynamodb.audit_item import record_from_item
from cybershop_customer.adapters.dynamodb.audit_partition import DAYS
from cybershop_customer.adapters.dynamodb.customer_item import (
    customer_from_item,
    sessions_from_item,
)
from cybershop_customer.adapters.dynamodb.feed_shards import PARTITIONS
from cybershop_customer.adapters.dynamodb.session_change_item import session_change_from_item
from cybershop_customer.adapters.dynamodb.tombstone import is_tombstone

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def read_snapshot(client: "DynamoDBClient", prefix: str) -> StoreSnapshot:
    """Read both tables."""
    accounts: dict[str, CustomerWithSessions] = {}
    email_owners: dict[str, str] = {}
    for item in scan(client, f"{prefix}customer"):
        kind, _, rest = item["pk"]["S"].partition("#")
        if kind == "C" and not is_tombstone(item):
            accounts[rest] = CustomerWithSessions(
                customer_from_item(item), sessions_from_item(rest, item)
            )
            assert accounts[rest].customer.customer_id == rest
        elif kind == "E":
            email_owners[rest] = item["customer_id"]["S"]
    logged = list(scan(client, f"{prefix}logger"))
    published = [item for item in logged if item["customer_id"]["S"] in PARTITIONS]
    records = [item for item in logged if item["customer_id"]["S"] not in PARTITIONS | {DAYS}]
    return StoreSnapshot(
        accounts,
        email_owners,
        tuple(map(record_from_item, records)),
        tuple(session_change_from_item(item, 0) for item in published),
    )


def scan(client: "DynamoDBClient", table: str) -> Iterator[Mapping[str, Any]]:
    """Every item of a table."""
    request: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        reply = client.scan(**request)
        yield from reply["Items"]
        if "LastEvaluatedKey" not in reply:
            return
        request["ExclusiveStartKey"] = reply["LastEvaluatedKey"]
