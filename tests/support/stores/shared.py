"""Stores that a service in another process uses, and that a test reads beside it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from support.dynamodb.databases import local_client, local_database
from support.dynamodb.local_server import dynamodb_local
from support.dynamodb.snapshot import read_snapshot as read_tables
from support.faults.proxy import FaultProxy, fault_proxy
from support.faults.scripts import Fault
from support.sqlite.snapshot import damage, read_snapshot
from support.stores.snapshot import StoreSnapshot


class SharedStore(Protocol):
    """A new, empty store."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The settings of a service that uses it."""
        ...

    def await_quiet(self) -> None:
        """Wait until the store has carried out all that a killed service has sent."""

    def snapshot(self) -> StoreSnapshot:
        """What is stored, read without the service."""
        ...

    def damage(self) -> list[str]:
        """What the store itself finds wrong."""
        ...


class SharedFile(SharedStore):
    """A file of SQLite in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "customer.db"

    @property
    def environ(self) -> Mapping[str, str]:
        return {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(self.path)}

    def snapshot(self) -> StoreSnapshot:
        return read_snapshot(self.path)

    def damage(self) -> list[str]:
        return damage(self.path)


class SharedTables(SharedStore):
    """Tables in DynamoDB Local, behind a proxy that knows which requests are in flight."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy = proxy
        self._prefix = local_database().customer_table.removesuffix("customer")

    @property
    def environ(self) -> Mapping[str, str]:
        return {
            "CUSTOMER_STORAGE": "dynamodb",
            "CUSTOMER_DYNAMODB_ENDPOINT": self._proxy.endpoint,
            "CUSTOMER_TABLE_PREFIX": self._prefix,
        }

    def await_quiet(self) -> None:
        self._proxy.await_disconnected()

    def snapshot(self) -> StoreSnapshot:
        return read_tables(local_client(), self._prefix)

    def damage(self) -> list[str]:
        return []


@contextmanager
def shared_store(name: str, folder: Path) -> Iterator[SharedStore]:
    """A new store: ``sqlite`` or ``dynamodb-local``."""
    if name == "sqlite":
        yield SharedFile(folder)
        return
    with fault_proxy(dynamodb_local(), lambda _: Fault.NONE) as proxy:
        yield SharedTables(proxy)
