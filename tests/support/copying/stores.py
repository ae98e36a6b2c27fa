"""Stores with the operator's bulk access, for tests of a copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.dynamodb.databases import local_database, moto_database
from support.dynamodb.local_server import dynamodb_local

from cybershop_customer import Clock, Storage
from cybershop_customer.adapters.dynamodb.administration import DynamoDBAdministration
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.adapters.sqlite.administration import SQLiteAdministration
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.domain.services.store_comparison import Comparison
from cybershop_customer.domain.services.store_copy import CopyState, StoreCopy
from cybershop_customer.ports.store_administration import StoreAdministration


@dataclass(frozen=True)
class CopyStore:
    """One store, for the service and for its operator."""

    storage: Storage
    administration: StoreAdministration


@contextmanager
def sqlite_store(path: Path) -> Iterator[CopyStore]:
    """The store in the file ``path``."""
    file = DatabaseFile(path)
    storage = sqlite_storage(file)
    yield CopyStore(storage, SQLiteAdministration(file))
    storage.close()


@contextmanager
def dynamodb_store(name: str) -> Iterator[CopyStore]:
    """New, empty tables in ``moto`` or ``dynamodb-local``."""
    if name == "moto":
        with moto_database() as database:
            yield _on_tables(database, None)
    else:
        yield _on_tables(local_database(), dynamodb_local())


def _on_tables(database: Database, endpoint: str | None) -> CopyStore:
    prefix = database.customer_table.removesuffix("customer")
    return CopyStore(storage_on(database), DynamoDBAdministration(endpoint, prefix))


def copy_all(source: CopyStore, target: CopyStore, clock: Clock) -> Comparison:
    """Copy and verify, without an interruption."""
    with (
        source.administration.bulk_source() as read,
        target.administration.bulk_target() as filled,
    ):
        copy = StoreCopy(read, filled, clock)
        copy.copy(CopyState(), after_page=lambda _: None)
        return copy.verify(advance=lambda _: None)
