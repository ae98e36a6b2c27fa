"""A harness for a service whose store fails: DynamoDB Local behind a fault proxy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from support.consistency.call_history import RecordingRandomSource, UniqueClock
from support.dynamodb.databases import local_client, local_database
from support.dynamodb.local_server import dynamodb_local
from support.dynamodb.snapshot import read_snapshot
from support.faults.proxy import FaultProxy, fault_proxy
from support.faults.scripts import Fault
from support.stores.snapshot import StoreSnapshot

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
from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane
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
    """Keeps the duration of the longest call."""

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
class FaultyStore:
    """A store behind a fault proxy, and a client that reads the store without the proxy."""

    proxy: FaultProxy
    database: Database
    caller: TimedDynamoDBGateway
    client: "DynamoDBClient"
    random_source: RecordingRandomSource
    clock: UniqueClock

    @property
    def storage(self) -> Storage:
        return storage_on(self.database)

    @property
    def prefix(self) -> str:
        return self.database.customer_table.removesuffix("customer")

    def container(self) -> Container:
        """The service on that store, with high limits of sessions and logins."""
        environ = {"CUSTOMER_MAX_SESSIONS": "100", "CUSTOMER_LOGIN_ATTEMPTS": "100"}
        container = make_container(Settings.demo_from_environ(environ))
        container.hashing_lane.override(MemoryHashingLane())
        container.storage.override(self.storage)
        container.clock.override(self.clock)
        container.random_source.override(self.random_source)
        return container

    def snapshot(self) -> StoreSnapshot:
        """Wait until no request is on its way, and read the store without the proxy."""
        self.proxy.await_idle()
        return read_snapshot(self.client, self.prefix)


class FaultyEndpoint:
    """A fault proxy in front of DynamoDB Local, and one client; each test makes new tables."""

    def __init__(self, proxy: FaultProxy, limits: CallLimits, *, direct: bool) -> None:
        self._proxy = proxy
        self._client = make_client(proxy.endpoint, limits=limits, connections=8, direct=direct)
        self._limits = limits

    def new_store(
        self, new_database: Callable[[DynamoDBGateway, str], Database] = Database
    ) -> FaultyStore:
        """Make new, empty tables. The proxy injects no fault until a test sets another script.

        ``new_database`` may return a database without one of its safeguards.
        """
        self._proxy.script = lambda _: Fault.NONE
        prefix = local_database().customer_table.removesuffix("customer")
        caller = TimedDynamoDBGateway(self._client, self._limits)
        database = new_database(caller, prefix)
        return FaultyStore(
            self._proxy, database, caller, local_client(), RecordingRandomSource(), UniqueClock()
        )


@contextmanager
def faulty_endpoint(
    limits: CallLimits = LIMITS, *, direct: bool = True
) -> Iterator[FaultyEndpoint]:
    """An endpoint for many tests, which must use it one after the other."""
    with fault_proxy(dynamodb_local(), lambda _: Fault.NONE) as proxy:
        yield FaultyEndpoint(proxy, limits, direct=direct)
