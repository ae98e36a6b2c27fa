"""A copy that ends at any moment continues, and both stores are the same at the end."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import partialmethod
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, Final

import pytest
from support.copying.life import live_through
from support.copying.stores import CopyStore, dynamodb_store, sqlite_store
from support.dynamodb.local_server import dynamodb_local

from cybershop_customer import StoreUnavailableError
from cybershop_customer.adapters.dynamodb import batch_writer
from cybershop_customer.adapters.dynamodb.batch_writer import BatchWriter
from cybershop_customer.adapters.sqlite import bulk_access
from cybershop_customer.domain.services import store_copy
from cybershop_customer.domain.services.store_copy import CopyState, StoreCopy
from cybershop_customer.entrypoints.testkit.clock import ManualClock

CLOCK: Final = ManualClock()

# Runs the command with small pages, and kills itself after the given number of batches.
KILLED: Final = """
import os, signal, sys
from cybershop_customer.adapters.dynamodb.batch_writer import BatchWriter
from cybershop_customer.domain.services import store_copy
from cybershop_customer.entrypoints.cli.main import main

batches, write = int(sys.argv[1]), BatchWriter._write_batch
done = 0

def killed(self, items):
    global done
    write(self, items)
    done += 1
    if done == batches:
        os.kill(os.getpid(), signal.SIGKILL)

store_copy.PAGE_ENTRIES = 60
BatchWriter._write_batch = killed
raise SystemExit(main(["copy", "--from", "sqlite", "--to", "dynamodb"]))
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CopyStore]:
    with sqlite_store(tmp_path / "shop.db") as store:
        live_through(store.storage, ManualClock(), operations=40)
        yield store


@pytest.fixture
def cloud() -> Iterator[CopyStore]:
    with dynamodb_store("moto") as store:
        yield store


class Broken:
    """Lets the first calls pass, and then one fail; counts all."""

    def __init__(self, call: Any, passing: int, error: Exception) -> None:
        self.calls = 0
        self._call = call
        self._passing = passing
        self._error = error

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        if self.calls == self._passing + 1:
            raise self._error
        return self._call(*arguments)


def continued(source: CopyStore, target: CopyStore, error: type[Exception]) -> int:
    """Copy until no run fails; return how many failed. Then both stores are the same."""
    saved, failures = [CopyState()], 0
    while not saved[-1].is_complete:
        try:
            with (
                source.administration.bulk_source() as read,
                target.administration.bulk_target() as filled,
            ):
                StoreCopy(read, filled, CLOCK).copy(saved[-1], after_page=saved.append)
        except error:
            failures += 1
    with source.administration.bulk_source() as read, target.administration.bulk_source() as filled:
        assert StoreCopy(read, filled, CLOCK).verify(advance=lambda _: None).is_equal
    return failures


@pytest.mark.parametrize("passing", [1, 3])
def test_a_lost_connection_in_the_middle_of_a_page(
    shop: CopyStore, cloud: CopyStore, monkeypatch: pytest.MonkeyPatch, passing: int
) -> None:
    monkeypatch.setattr(store_copy, "PAGE_ENTRIES", 60)
    broken = Broken(BatchWriter._write_batch, passing, StoreUnavailableError())
    monkeypatch.setattr(BatchWriter, "_write_batch", partialmethod(broken))

    assert continued(shop, cloud, StoreUnavailableError) == 1

    assert broken.calls > 4


@pytest.mark.parametrize("passing", [0, 1, 7, 10, 13])
def test_a_full_disk_in_the_middle_of_a_page(
    shop: CopyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passing: int
) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    broken = Broken(bulk_access.write_entry, passing, full)
    monkeypatch.setattr(store_copy, "PAGE_ENTRIES", 10)
    monkeypatch.setattr(bulk_access, "write_entry", broken)
    with sqlite_store(tmp_path / "again.db") as again:
        assert continued(shop, again, StoreUnavailableError) == 1


def test_the_end_does_not_wait_for_pauses(
    shop: CopyStore, cloud: CopyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while DynamoDB throttles the copy."""
    throttled = Event()

    def put(_: BatchWriter, puts: Any) -> Any:
        throttled.set()
        return puts

    monkeypatch.setattr(BatchWriter, "_put", put)
    monkeypatch.setattr(batch_writer, "_FIRST_PAUSE", 60.0)
    monkeypatch.setattr(batch_writer, "_LONGEST_PAUSE", 60.0)
    with shop.administration.bulk_source() as source:
        entries = source.read_page(None, limit=30).entries
    began = monotonic()

    with (
        ThreadPoolExecutor(1) as threads,
        cloud.administration.bulk_target() as target,
    ):
        writing = threads.submit(target.write, entries)
        assert throttled.wait(30)

    with pytest.raises((StoreUnavailableError, CancelledError)):
        writing.result()
    assert monotonic() - began < 30


@pytest.mark.slow
@pytest.mark.dynamodb_local
def test_kills_in_the_middle_of_pages(shop: CopyStore, tmp_path: Path) -> None:
    with dynamodb_store("dynamodb-local") as cloud:
        environ = {
            **{name: text for name, text in os.environ.items() if not name.startswith("AWS_")},
            "CUSTOMER_SQLITE_PATH": str(tmp_path / "shop.db"),
            "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
            "CUSTOMER_TABLE_PREFIX": cloud.administration._table_prefix,  # type: ignore[attr-defined]
        }

        def run(batches: int) -> int:
            return subprocess.run(
                [sys.executable, "-c", KILLED, str(batches)],
                cwd=tmp_path,
                env=environ,
                capture_output=True,
                check=False,
            ).returncode

        assert [run(batches) for batches in (1, 2, 4)] == [-signal.SIGKILL] * 3
        assert run(10**9) == 0
