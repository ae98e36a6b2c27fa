"""One suite for the storage ports, run on every store that is named here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from support.dynamodb.databases import local_database, moto_database

from cybershop_customer import Storage
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.adapters.memory.storage import memory_storage


@dataclass(frozen=True)
class Store:
    """A fixture that gives each test its own empty ``Storage``."""

    fixture: str
    no_races: str | None = None
    """Why the tests marked ``race`` cannot run on it, if they cannot."""


STORES: Final = {
    "memory": Store("memory_store"),
    "moto": Store("moto_store", no_races="moto's transactions are not atomic between threads"),
    "dynamodb-local": Store("dynamodb_local_store"),
}


@pytest.fixture
def memory_store() -> Storage:
    return memory_storage()


@pytest.fixture
def moto_store() -> Iterator[Storage]:
    with moto_database(session_feed=True) as database:
        yield storage_on(database)


@pytest.fixture
def dynamodb_local_store() -> Storage:
    return storage_on(local_database(session_feed=True))


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Storage:
    """The store under test."""
    store: Storage = request.getfixturevalue(STORES[request.param].fixture)
    return store


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "race: several threads change the same thing at once")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "storage" in metafunc.fixturenames:
        racing = metafunc.definition.get_closest_marker("race") is not None
        stores = [pytest.param(name, marks=_marks(name, racing=racing)) for name in STORES]
        metafunc.parametrize("storage", stores, indirect=True)


def _marks(name: str, *, racing: bool) -> list[pytest.MarkDecorator]:
    marks = [pytest.mark.dynamodb_local] if name == "dynamodb-local" else []
    reason = STORES[name].no_races
    if racing and reason is not None:
        marks.append(pytest.mark.skip(reason=reason))
    return marks
