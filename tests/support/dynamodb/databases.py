"""DynamoDB for tests: one client for the run, and new tables for each test."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import pytest
from support.dynamodb.local_server import dynamodb_local, new_table_prefix
from support.dynamodb.simulated_aws import simulated_aws

from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import (
    DynamoDBGateway,
    Expected,
    Reply,
    Request,
    RequestKind,
)
from cybershop_customer.adapters.dynamodb.provisioning.table_design import table_designs
from cybershop_customer.adapters.dynamodb.provisioning.table_steps import creation_steps
from cybershop_customer.ports.table_plan import TableOptions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# DynamoDB Local shares the cores with the tests: it may be slow, but no request is lost.
LIMITS: Final = CallLimits(read_timeout=20, time_limit=60)


def local_client() -> "DynamoDBClient":
    """Return the run's client of DynamoDB Local; skip the test if the server cannot run."""
    return _client(dynamodb_local())


def local_direct_client() -> "DynamoDBClient":
    """Return the run's direct client of DynamoDB Local, as ``local_client`` does."""
    return _direct_client(dynamodb_local())


def local_database(*, session_feed: bool = False) -> Database:
    """New, empty tables in DynamoDB Local, behind the direct client."""
    return new_database(local_client(), session_feed=session_feed, direct=local_direct_client())


@contextmanager
def moto_database(*, session_feed: bool = False) -> Iterator[Database]:
    """New, empty tables in moto, which simulates AWS in this process."""
    with simulated_aws(), pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield new_database(_client(None), session_feed=session_feed)


def local_database_on_demand(*, session_feed: bool = False) -> Database:
    """New, empty tables in DynamoDB Local, which the first request creates."""
    prefix = new_table_prefix("test")
    gateway = _CreatingGateway(local_direct_client(), local_client(), prefix)
    return _database(gateway, prefix, session_feed=session_feed)


def new_database(
    client: "DynamoDBClient",
    *,
    session_feed: bool = False,
    direct: "DynamoDBClient | None" = None,
) -> Database:
    """New, empty tables that ``client`` creates. ``direct`` may send the requests instead of it."""
    prefix = new_table_prefix("test")
    _create(client, prefix)
    gateway = DynamoDBGateway(direct or client, LIMITS)
    return _database(gateway, prefix, session_feed=session_feed)


def _database(gateway: DynamoDBGateway, prefix: str, *, session_feed: bool) -> Database:
    """A database whose writes are never late. A busy machine would publish a change twice."""
    return Database(gateway, prefix, session_feed=session_feed, monotonic=lambda: 0.0)


class _CreatingGateway(DynamoDBGateway):
    """Creates the tables before its first request, since most tests of HTTP send none."""

    def __init__(self, client: "DynamoDBClient", creating: "DynamoDBClient", prefix: str) -> None:
        super().__init__(client, LIMITS)
        self._creating = creating
        self._prefix = prefix
        self._lock = Lock()
        self._created = False

    def call(
        self,
        operation: str,
        request: Request,
        kind: RequestKind,
        is_expected: Expected | None = None,
    ) -> Reply:
        with self._lock:
            if not self._created:
                _create(self._creating, self._prefix)
                self._created = True
        return super().call(operation, request, kind, is_expected)


def _create(client: "DynamoDBClient", prefix: str) -> None:
    """Create both tables. Neither store keeps a table in creation, so nothing is awaited."""
    for operation, arguments in _creation():
        getattr(client, operation)(**{**arguments, "TableName": prefix + arguments["TableName"]})


@cache
def _creation() -> list[tuple[str, Mapping[str, Any]]]:
    """What ``create_tables`` asks of an empty store, for the empty prefix."""
    options = TableOptions(point_in_time_recovery=False, deletion_protection=False)
    designs = table_designs("")
    steps = [creation_steps(design, options, recovery_offered=False) for design in designs]
    return [(step.operation, step.arguments) for step in chain.from_iterable(steps)]


@cache
def _client(endpoint: str | None) -> "DynamoDBClient":
    return make_client(endpoint, limits=LIMITS, connections=16)


@cache
def _direct_client(endpoint: str) -> "DynamoDBClient":
    return make_client(endpoint, limits=LIMITS, connections=16, direct=True)
