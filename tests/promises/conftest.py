"""Each promise on every store: with threads, and on DynamoDB Local with processes too."""

from collections.abc import Iterator

import pytest
from support.dynamodb_local import dynamodb_local
from support.dynamodb_stores import local_database
from support.faulty import FaultyEndpoint, faulty_endpoint
from support.processes import PROCESSES, Crew, Place
from support.stores import ATOMIC_STORES, open_store, store_params
from support.threads import THREADS
from support.users import Shop, in_threads

from cybershop_customer.adapters.dynamodb.storage import storage_on


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    crew = Crew()
    yield crew
    crew.close()


@pytest.fixture(
    params=[
        *store_params(ATOMIC_STORES),
        pytest.param("processes", marks=pytest.mark.dynamodb_local),
    ]
)
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """An empty shop: on each store with threads, and on DynamoDB Local with processes."""
    if request.param == "processes":
        yield _shop_of_processes(request.getfixturevalue("crew"))
        return
    with open_store(request.param, session_feed=False) as storage:
        yield Shop(storage, THREADS, in_threads)


def _shop_of_processes(crew: Crew) -> Shop:
    database = local_database()
    place = Place(dynamodb_local(), database.customer_table.removesuffix("customer"))
    storage = storage_on(database)
    return Shop(storage, PROCESSES, lambda task, _, *given: crew.race(task, place, *given))


@pytest.fixture(params=store_params(ATOMIC_STORES))
def stage(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """An empty shop for steps in a fixed order, in this process alone."""
    with open_store(request.param, session_feed=False) as storage:
        yield Shop(storage, THREADS, in_threads)


@pytest.fixture(scope="session")
def endpoint() -> Iterator[FaultyEndpoint]:
    """DynamoDB Local behind a proxy that misbehaves."""
    with faulty_endpoint() as endpoint:
        yield endpoint
