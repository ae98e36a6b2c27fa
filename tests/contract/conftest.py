"""One suite for the storage ports, run on every store that is named here."""

from dataclasses import dataclass
from typing import Final

import pytest

from cybershop_customer import Storage
from cybershop_customer.adapters.memory.storage import memory_storage


@dataclass(frozen=True)
class Store:
    """A fixture that gives each test an empty ``Storage`` of its own."""

    fixture: str
    takes_threads: bool = True
    """Whether the tests marked ``race`` run on it: False for an imitation without atomicity."""


STORES: Final = {
    "memory": Store("memory_store"),
}


@pytest.fixture
def memory_store() -> Storage:
    return memory_storage()


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
        names = [name for name, store in STORES.items() if store.takes_threads or not racing]
        metafunc.parametrize("storage", names, indirect=True)
