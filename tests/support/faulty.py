"""A service whose store misbehaves: DynamoDB Local behind a fault proxy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from support.contents import Contents, read_contents
from support.dynamodb_local import dynamodb_local
from support.dynamodb_stores import local_client, local_database
from support.fault_proxy import FaultProxy, fault_proxy
from support.faults import Fault
from support.journal import NotingRandomSource, UniqueClock

from cybershop_customer import Storage
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
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIMITS: Final = CallLimits(
    connect_timeout=0.2,
    read_timeout=0.4,
    attempts=5,
    time_limit=2,
    max_first_pause=0.01,
)


class TimedDynamoDBGateway(DynamoDBGateway):
    """Keeps how long the longest call took."""

    longest = 0.0

    def call(
        self,
        operation: str,
        request: Request,
        kind: RequestKind,
        is_expected: Expected | None = None,
    ) -> Reply:
        began = monotonic()
        try:
            return super().call(operation, request, kind, is_expected)
        finally:
            self.longest = max(self.longest, monotonic() - began)


@dataclass(frozen=True)
class Faulty:
    """A service whose store misbehaves, and the ways to look past that."""

    proxy: FaultProxy
    database: Database
    caller: TimedDynamoDBGateway
    client: "DynamoDBClient"
    random_source: NotingRandomSource
    clock: UniqueClock

    @property
    def storage(self) -> Storage:
        return storage_on(self.database)

    @property
    def prefix(self) -> str:
        return self.database.customer_table.removesuffix("customer")

    def container(self) -> Container:
        """The service on that store, with room for many sessions and many logins."""
        environ = {"CUSTOMER_MAX_SESSIONS": "100", "CUSTOMER_LOGIN_ATTEMPTS": "100"}
        container = make_container(Settings.demo_from_environ(environ))
        container.storage.override(self.storage)
        container.clock.override(self.clock)
        container.random_source.override(self.random_source)
        return container

    def contents(self) -> Contents:
        """What is stored, once nothing is on its way any more; read past the proxy."""
        self.proxy.await_idle()
        return read_contents(self.client, self.prefix)


class FaultyEndpoint:
    """A proxy in front of DynamoDB Local, and one client of it; tables are made for each test."""

    def __init__(self, proxy: FaultProxy, limits: CallLimits) -> None:
        self._proxy = proxy
        self._client = make_client(proxy.endpoint, limits=limits, connections=8)
        self._limits = limits

    def new_store(
        self, new_database: Callable[[DynamoDBGateway, str], Database] = Database
    ) -> Faulty:
        """New, empty tables. The proxy does no harm until it gets another script.

        ``new_database`` may be one that lacks a mechanism.
        """
        self._proxy.script = lambda _: Fault.NONE
        prefix = local_database().customer_table.removesuffix("customer")
        caller = TimedDynamoDBGateway(self._client, self._limits)
        database = new_database(caller, prefix)
        return Faulty(
            self._proxy, database, caller, local_client(), NotingRandomSource(), UniqueClock()
        )


@contextmanager
def faulty_endpoint(limits: CallLimits = LIMITS) -> Iterator[FaultyEndpoint]:
    """One for many tests, but one at a time."""
    with fault_proxy(dynamodb_local(), lambda _: Fault.NONE) as proxy:
        yield FaultyEndpoint(proxy, limits)
