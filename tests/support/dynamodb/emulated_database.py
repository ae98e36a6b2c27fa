"""The tables of an operator in an emulator of DynamoDB: moto or DynamoDB Local."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from support.dynamodb.databases import LIMITS
from support.dynamodb.local_server import dynamodb_local, new_table_prefix
from support.dynamodb.simulated_aws import simulated_aws
from support.services.operator import Operator

from cybershop_customer.adapters.dynamodb.client import make_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EMULATORS: Final = ["moto", pytest.param("dynamodb-local", marks=pytest.mark.dynamodb_local)]


@dataclass(frozen=True)
class EmulatedDatabase:
    """A client of an emulator, and a table prefix that no other test uses."""

    name: str
    client: "DynamoDBClient"
    prefix: str

    @property
    def customer(self) -> str:
        return f"{self.prefix}customer"

    @property
    def logger(self) -> str:
        return f"{self.prefix}logger"

    @property
    def tables(self) -> list[str]:
        """The tables with this prefix."""
        # DynamoDB Local returns the first 100 names, sorted; moto has these tables only.
        start: Any = {} if self.name == "moto" else {"ExclusiveStartTableName": self.prefix}
        names = self.client.list_tables(**start)["TableNames"]
        return sorted(name for name in names if name.startswith(self.prefix))

    def make_table(self, name: str, *keys: str, types: str = "SS", **more: Any) -> None:
        """Make a table as another program, or an operator by hand, may have made it."""
        definitions = [
            {"AttributeName": key, "AttributeType": kind}
            for key, kind in zip(keys, types, strict=False)
        ]
        schema = [
            {"AttributeName": key, "KeyType": role}
            for key, role in zip(keys, ("HASH", "RANGE"), strict=False)
        ]
        billing = {} if "ProvisionedThroughput" in more else {"BillingMode": "PAY_PER_REQUEST"}
        request: dict[str, Any] = {**billing, **more}
        self.client.create_table(
            TableName=name, AttributeDefinitions=definitions, KeySchema=schema, **request
        )

    def expire(self, name: str, attribute: str) -> None:
        """Enable time to live."""
        wanted: Any = {"Enabled": True, "AttributeName": attribute}
        self.client.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)

    def put(self, name: str, **item: str) -> None:
        """Put an item."""
        self.client.put_item(TableName=name, Item={key: {"S": text} for key, text in item.items()})

    def count(self, name: str) -> int:
        """The number of items."""
        return self.client.scan(TableName=name)["Count"]


@contextmanager
def emulated_database(name: str, operator: Operator) -> Iterator[EmulatedDatabase]:
    """A database in the emulator of that name; the operator's environment points to it."""
    prefix = new_table_prefix("op")
    operator.sets(CUSTOMER_TABLE_PREFIX=prefix)
    with ExitStack() as stack:
        endpoint = None
        if name == "moto":
            stack.enter_context(simulated_aws())
            operator.sets(AWS_DEFAULT_REGION="eu-central-1", CUSTOMER_DYNAMODB_CLIENT="botocore")
        else:
            endpoint = dynamodb_local()
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=endpoint)
        client = make_client(endpoint, limits=LIMITS, connections=1)
        stack.callback(client.close)
        yield EmulatedDatabase(name, client, prefix)
