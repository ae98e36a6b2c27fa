"""Runs each promise on every store: with threads, and where processes can share it, with those."""

from collections.abc import Iterator

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.faults.harness import FaultyEndpoint, faulty_endpoint
from support.races.concurrent_users import RaceHarness, in_threads
from support.races.processes import (
    DynamoDBAddress,
    RacingProcesses,
    SQLiteAddress,
    StoreAddress,
)
from support.races.threads import THREADS
from support.stores.registry import REAL_STORES, open_store, store_params


@pytest.fixture(scope="session")
def racing_processes() -> Iterator[RacingProcesses]:
    racing_processes = RacingProcesses()
    yield racing_processes
    racing_processes.close()


@pytest.fixture(scope="session")
def eight_processes() -> Iterator[RacingProcesses]:
    eight_processes = RacingProcesses(8)
    yield eight_processes
    eight_processes.close()


@pytest.fixture(
    params=[
        *store_params(REAL_STORES),
        pytest.param("processes", marks=[pytest.mark.dynamodb_local, pytest.mark.slow]),
        pytest.param("sqlite-processes", marks=pytest.mark.slow),
        pytest.param("sqlite-eight-processes", marks=pytest.mark.slow),
    ]
)
def harness(request: pytest.FixtureRequest) -> Iterator[RaceHarness]:
    """An empty shop, on each store with threads, and on each store of several with processes."""
    if request.param == "processes":
        database = local_database()
        prefix = database.customer_table.removesuffix("customer")
        racing = request.getfixturevalue("racing_processes")
        yield from _in_processes(racing, DynamoDBAddress(dynamodb_local(), prefix))
    elif request.param in ("sqlite-processes", "sqlite-eight-processes"):
        three = request.param == "sqlite-processes"
        racing = request.getfixturevalue("racing_processes" if three else "eight_processes")
        file = request.getfixturevalue("tmp_path") / "customer.db"
        yield from _in_processes(racing, SQLiteAddress(file))
    else:
        with open_store(request.param, session_feed=False) as storage:
            yield RaceHarness(storage, THREADS, in_threads)


def _in_processes(processes: RacingProcesses, address: StoreAddress) -> Iterator[RaceHarness]:
    storage = address.open()
    yield RaceHarness(
        storage,
        processes.racers,
        lambda task, _, *given: processes.race(task, address, *given),
    )
    storage.close()


@pytest.fixture(params=store_params(REAL_STORES))
def thread_harness(request: pytest.FixtureRequest) -> Iterator[RaceHarness]:
    """An empty shop for steps in a fixed order, in this process alone."""
    with open_store(request.param, session_feed=False) as storage:
        yield RaceHarness(storage, THREADS, in_threads)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[FaultyEndpoint]:
    """DynamoDB Local behind a faulty proxy."""
    with faulty_endpoint() as endpoint:
        yield endpoint
