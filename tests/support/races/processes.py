"""Several processes that start a task at once, each with its own service on one store."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from multiprocessing import get_context
from pathlib import Path
from threading import BrokenBarrierError
from typing import TYPE_CHECKING, Any, Concatenate, Final, Protocol

from support.dynamodb.databases import LIMITS

from cybershop_customer import CustomerServiceError, Storage
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import ManualClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROCESSES: Final = 3
START_SECONDS: Final = 120

Task = Callable[Concatenate[Services, int, ...], object]
"""What each racer does. It gets the services, its number, and the arguments of the race."""


class StoreAddress(Protocol):
    """Where a process finds the store. It can be pickled and compared."""

    def open(self) -> Storage:
        """The store, for this process."""
        ...


@dataclass(frozen=True)
class DynamoDBAddress(StoreAddress):
    """The endpoint and the prefix of the tables."""

    endpoint: str
    prefix: str

    def open(self) -> Storage:
        gateway = DynamoDBGateway(_client(self.endpoint), LIMITS)
        return storage_on(Database(gateway, self.prefix))


@dataclass(frozen=True)
class SQLiteAddress(StoreAddress):
    """The file."""

    path: Path

    def open(self) -> Storage:
        return sqlite_storage(DatabaseFile(self.path))


class _Barrier(Protocol):
    def wait(self, timeout: float) -> int: ...


class RacingProcesses:
    """The processes. They start with the first race and serve all races: a start is slow."""

    def __init__(self, racers: int = PROCESSES) -> None:
        self.racers = racers
        context = get_context("spawn")
        barrier = context.Barrier(racers)
        self._pool = ProcessPoolExecutor(
            racers, mp_context=context, initializer=_join, initargs=(barrier,)
        )

    def race(self, task: Task, address: StoreAddress, *arguments: object) -> list[object]:
        """Run ``task`` in each process; return each result, or the class of its error."""
        runs = [
            self._pool.submit(_run, task, address, number, arguments)
            for number in range(self.racers)
        ]
        return [run.result() for run in runs]

    def close(self) -> None:
        self._pool.shutdown()


_shared: dict[str, Any] = {}


def _join(barrier: _Barrier) -> None:
    _shared["barrier"] = barrier


def _run(task: Task, address: StoreAddress, number: int, arguments: tuple[object, ...]) -> object:
    services = _services(address)
    try:
        # The barrier opens when every process is there, so no process runs two racers.
        _shared["barrier"].wait(START_SECONDS)
    except BrokenBarrierError:
        return "a process is missing"
    return outcome(lambda: task(services, number, *arguments))


def outcome(call: Callable[[], object]) -> object:
    """Return the result of ``call``, or the class of the library's error that it raised."""
    try:
        return call()
    except CustomerServiceError as error:
        return type(error)


@lru_cache(maxsize=1)
def _services(address: StoreAddress) -> Services:
    container = memory_container()
    container.storage.override(address.open())
    container.clock.override(ManualClock())
    return container.services()


@cache
def _client(endpoint: str) -> "DynamoDBClient":
    return make_client(endpoint, limits=LIMITS, connections=1)
