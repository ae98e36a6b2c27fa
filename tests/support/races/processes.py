"""Several processes, each with the service of its own on one store, that begin at once."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from multiprocessing import get_context
from threading import BrokenBarrierError
from typing import TYPE_CHECKING, Any, Concatenate, Final, Protocol

from support.dynamodb.databases import LIMITS

from cybershop_customer import CustomerServiceError
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROCESSES: Final = 3
START_SECONDS: Final = 120

Task = Callable[Concatenate[Services, int, ...], object]
"""What each racer does: with the services, its number, and what all of them are given."""


@dataclass(frozen=True)
class StoreAddress:
    """Where a store is."""

    endpoint: str
    prefix: str


class _Barrier(Protocol):
    def wait(self, timeout: float) -> int: ...


class RacingProcesses:
    """The processes. They start with the first race and stay, since starting takes long."""

    def __init__(self) -> None:
        context = get_context("spawn")
        barrier = context.Barrier(PROCESSES)
        self._pool = ProcessPoolExecutor(
            PROCESSES, mp_context=context, initializer=_join, initargs=(barrier,)
        )

    def race(self, task: Task, place: StoreAddress, *arguments: object) -> list[object]:
        """What each got from ``task``, or the class of the error it met, by number."""
        runs = [
            self._pool.submit(_run, task, place, number, arguments) for number in range(PROCESSES)
        ]
        return [run.result() for run in runs]

    def close(self) -> None:
        self._pool.shutdown()


_crew: dict[str, Any] = {}


def _join(barrier: _Barrier) -> None:
    _crew["barrier"] = barrier


def _run(task: Task, place: StoreAddress, number: int, arguments: tuple[object, ...]) -> object:
    services = _services(place)
    try:
        # Nobody passes who is not in a process of their own.
        _crew["barrier"].wait(START_SECONDS)
    except BrokenBarrierError:
        return "some process did not come"
    return outcome(lambda: task(services, number, *arguments))


def outcome(call: Callable[[], object]) -> object:
    """What ``call`` returned, or the class of the library's error that it raised."""
    try:
        return call()
    except CustomerServiceError as error:
        return type(error)


@lru_cache(maxsize=1)
def _services(place: StoreAddress) -> Services:
    container = make_container(Settings.demo_from_environ({}))
    database = Database(DynamoDBGateway(_client(place.endpoint), LIMITS), place.prefix)
    container.storage.override(storage_on(database))
    container.clock.override(ManualClock())
    return container.services()


@cache
def _client(endpoint: str) -> "DynamoDBClient":
    return make_client(endpoint, limits=LIMITS, connections=1)
