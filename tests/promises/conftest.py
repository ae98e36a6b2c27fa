"""Runs each promise on every store: with threads, and on DynamoDB Local with processes too."""

from collections.abc import Iterator

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.faults.harness import FaultyEndpoint, faulty_endpoint
from support.races.concurrent_users import RaceHarness, in_threads
from support.races.processes import PROCESSES, RacingProcesses, StoreAddress
from support.races.threads import THREADS
from support.stores.registry import ATOMIC_STORES, open_store, store_params

from cybershop_customer.adapters.dynamodb.storage import storage_on


@pytest.fixture(scope="session")
def racing_processes() -> Iterator[RacingProcesses]:
    racing_processes = RacingProcesses()
    yield racing_processes
    racing_processes.close()


@pytest.fixture(
    params=[
        *store_params(ATOMIC_STORES),
        pytest.param("processes", marks=pytest.mark.dynamodb_local),
    ]
)
def harness(request: pytest.FixtureRequest) -> Iterator[RaceHarness]:
    """An empty shop: on each store with threads, and on DynamoDB Local with processes."""
    if request.param == "processes":
        yield _harness_of_processes(request.getfixturevalue("racing_processes"))
        return
    with open_store(request.param, session_feed=False) as storage:
        yield RaceHarness(storage, THREADS, in_threads)


def _harness_of_processes(racing_processes: RacingProcesses) -> RaceHarness:
    database = local_database()
    address = StoreAddress(dynamodb_local(), database.customer_table.removesuffix("customer"))
    storage = storage_on(database)
    return RaceHarness(
        storage, PROCESSES, lambda task, _, *given: racing_processes.race(task, address, *given)
    )


@pytest.fixture(params=store_params(ATOMIC_STORES))
def thread_harness(request: pytest.FixtureRequest) -> Iterator[RaceHarness]:
    """An empty shop for steps in a fixed order, in this process alone."""
    with open_store(request.param, session_feed=False) as storage:
        yield RaceHarness(storage, THREADS, in_threads)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[FaultyEndpoint]:
    """DynamoDB Local behind a faulty proxy."""
    with faulty_endpoint() as endpoint:
        yield endpoint
