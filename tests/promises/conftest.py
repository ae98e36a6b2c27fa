"""Runs each promise on every store: with threads, and on DynamoDB Local with processes too."""

from collections.abc import Iterator

import pytest
from support.dynamodb_local import dynamodb_local
from support.dynamodb_stores import local_database
from support.faulty import FaultyEndpoint, faulty_endpoint
from support.processes import PROCESSES, Crew, Place
from support.threads import THREADS
from support.users import Shop, in_threads

from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.adapters.memory.storage import memory_storage

DYNAMODB = pytest.mark.dynamodb_local


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    crew = Crew()
    yield crew
    crew.close()


@pytest.fixture(
    params=[
        "memory, threads",
        pytest.param("dynamodb, threads", marks=DYNAMODB),
        pytest.param("dynamodb, processes", marks=DYNAMODB),
    ]
)
def shop(request: pytest.FixtureRequest) -> Shop:
    """An empty shop."""
    store, _, racers = request.param.partition(", ")
    if store == "memory":
        return Shop(memory_storage(), THREADS, in_threads)
    database = local_database()
    storage = storage_on(database)
    if racers == "threads":
        return Shop(storage, THREADS, in_threads)
    crew: Crew = request.getfixturevalue("crew")
    place = Place(dynamodb_local(), database.customer_table.removesuffix("customer"))
    return Shop(storage, PROCESSES, lambda task, _, *given: crew.race(task, place, *given))


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=DYNAMODB)])
def stage(request: pytest.FixtureRequest) -> Shop:
    """An empty shop in this process only, for tests with a fixed order of events."""
    storage = memory_storage() if request.param == "memory" else storage_on(local_database())
    return Shop(storage, THREADS, in_threads)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[FaultyEndpoint]:
    """DynamoDB Local behind a faulty proxy."""
    with faulty_endpoint() as endpoint:
        yield endpoint
