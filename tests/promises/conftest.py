"""Runs each promise on every store: with threads, and on DynamoDB Local with processes too."""

from collections.abc import Iterator

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.faults.harness import FaultyEndpoint, faulty_endpoint
from support.races.concurrent_users import RaceHarness, in_threads
from support.races.processes import PROCESSES, RacingProcesses, StoreAddress
from support.races.threads import THREADS

from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.adapters.memory.storage import memory_storage

DYNAMODB = pytest.mark.dynamodb_local


@pytest.fixture(scope="session")
def racing_processes() -> Iterator[RacingProcesses]:
    racing_processes = RacingProcesses()
    yield racing_processes
    racing_processes.close()


@pytest.fixture(
    params=[
        "memory, threads",
        pytest.param("dynamodb, threads", marks=DYNAMODB),
        pytest.param("dynamodb, processes", marks=DYNAMODB),
    ]
)
def harness(request: pytest.FixtureRequest) -> RaceHarness:
    """An empty store, and users in threads or in processes."""
    store, _, racers = request.param.partition(", ")
    if store == "memory":
        return RaceHarness(memory_storage(), THREADS, in_threads)
    database = local_database()
    storage = storage_on(database)
    if racers == "threads":
        return RaceHarness(storage, THREADS, in_threads)
    racing_processes: RacingProcesses = request.getfixturevalue("racing_processes")
    address = StoreAddress(dynamodb_local(), database.customer_table.removesuffix("customer"))
    return RaceHarness(
        storage, PROCESSES, lambda task, _, *given: racing_processes.race(task, address, *given)
    )


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=DYNAMODB)])
def thread_harness(request: pytest.FixtureRequest) -> RaceHarness:
    """An empty store, and users in threads of this process: the test fixes their order."""
    storage = memory_storage() if request.param == "memory" else storage_on(local_database())
    return RaceHarness(storage, THREADS, in_threads)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[FaultyEndpoint]:
    """DynamoDB Local behind a faulty proxy."""
    with faulty_endpoint() as endpoint:
        yield endpoint
