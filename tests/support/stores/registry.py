"""The stores that the contract suites run on: this is the only list of them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from support.dynamodb.databases import local_database_on_demand, moto_database

from cybershop_customer import Storage
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage


@dataclass(frozen=True)
class StoreUnderTest:
    """How the tests open an empty store."""

    open: Callable[[bool], AbstractContextManager[Storage]]
    """Opens a new, empty store; the argument says whether its session change feed is on."""
    marks: tuple[pytest.MarkDecorator, ...] = ()


@contextmanager
def _memory(_session_feed: bool) -> Iterator[Storage]:
    yield memory_storage()


@contextmanager
def _moto(session_feed: bool) -> Iterator[Storage]:
    with moto_database(session_feed=session_feed) as database:
        yield storage_on(database)


@contextmanager
def _dynamodb_local(session_feed: bool) -> Iterator[Storage]:
    yield storage_on(local_database_on_demand(session_feed=session_feed))


@contextmanager
def _sqlite(_session_feed: bool) -> Iterator[Storage]:
    with TemporaryDirectory(prefix="customer-sqlite-") as directory:
        # No power fails here, and a sync of the disk takes most of the time of a test.
        file = DatabaseFile(Path(directory, "customer.db"), synchronous="NORMAL")
        storage = sqlite_storage(file)
        yield storage
        storage.close()


STORES: Final = {
    "memory": StoreUnderTest(_memory),
    "sqlite": StoreUnderTest(_sqlite),
    "moto": StoreUnderTest(_moto),
    "dynamodb-local": StoreUnderTest(_dynamodb_local, marks=(pytest.mark.dynamodb_local,)),
}

REAL_STORES: Final = [name for name in STORES if name != "moto"]
"""The stores without moto, which simulates the program that DynamoDB Local is."""


def store_params(names: Iterable[str] = STORES, *, slow: Collection[str] = ()) -> list[Any]:
    """Parameters for pytest: the names of stores, with their marks. ``slow`` are marked so too."""
    marks = {name: [pytest.mark.slow] if name in slow else [] for name in names}
    return [pytest.param(name, marks=[*STORES[name].marks, *marks[name]]) for name in names]


def open_store(name: str, *, session_feed: bool = True) -> AbstractContextManager[Storage]:
    """A new, empty store of that name."""
    return STORES[name].open(session_feed)
