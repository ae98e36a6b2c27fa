"""DynamoDB for tests: one client for the run, and new tables for each test."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Final

import pytest
from moto import mock_aws
from support.dynamodb.local_server import dynamodb_local

from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.provisioning.provisioner import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# DynamoDB Local shares the cores with the tests: it may be slow, but no request is lost.
LIMITS: Final = CallLimits(read_timeout=20, time_limit=60)

_numbers = count(1)


def local_client() -> "DynamoDBClient":
    """Return the run's client of DynamoDB Local; skip the test if the server cannot run."""
    return _client(dynamodb_local())


def local_database(*, session_feed: bool = False) -> Database:
    """New, empty tables in DynamoDB Local."""
    return new_database(local_client(), session_feed=session_feed)


@contextmanager
def moto_database(*, session_feed: bool = False) -> Iterator[Database]:
    """New, empty tables in moto, which simulates AWS in this process."""
    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield new_database(_client(None), session_feed=session_feed)


def new_database(client: "DynamoDBClient", *, session_feed: bool = False) -> Database:
    """New, empty tables behind ``client``."""
    prefix = f"test{next(_numbers)}-"
    create_tables(client, prefix)
    return Database(DynamoDBGateway(client, LIMITS), prefix, session_feed=session_feed)


@cache
def _client(endpoint: str | None) -> "DynamoDBClient":
    return make_client(endpoint, limits=LIMITS, connections=16)
