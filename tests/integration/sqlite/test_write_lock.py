"""How a connection waits for the write lock of the file."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic

import pytest
from support.sqlite.files import new_file

import cybershop_customer.adapters.sqlite as package
from cybershop_customer.adapters.sqlite import migration
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.write_lock import begin, busy_timeout


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=7)


@pytest.fixture
def connection(directory: Path) -> Generator[sqlite3.Connection]:
    with closing(connect(new_file(directory / "customer.db").path)) as connection:
        yield connection


@pytest.fixture
def other(directory: Path, connection: sqlite3.Connection) -> Generator[sqlite3.Connection]:
    with closing(connect(directory / "customer.db")) as other:
        yield other


def own_wait(connection: sqlite3.Connection) -> int:
    ((milliseconds,),) = connection.execute("PRAGMA busy_timeout")
    return int(milliseconds)


def test_it_waits_until_the_deadline(
    connection: sqlite3.Connection, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    began = monotonic()

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        begin(connection, began + 0.05)

    assert 0.05 <= monotonic() - began < own_wait(connection) / 1000
    assert not connection.in_transaction
    assert own_wait(connection) == 7_000


def test_it_begins_once_the_lock_is_free(connection: sqlite3.Connection) -> None:
    begin(connection, monotonic())

    assert connection.in_transaction
    assert own_wait(connection) == 7_000


def test_another_fault_is_not_waited_for(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")

    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        begin(connection, monotonic() + 60)


def test_the_own_wait_is_put_back_after_a_fault(connection: sqlite3.Connection) -> None:
    within = []

    with suppress(KeyError), busy_timeout(connection, milliseconds=1):
        within.append(own_wait(connection))
        raise KeyError

    assert within == [1]

    assert own_wait(connection) == 7_000


def test_a_process_that_waits_to_create_the_tables_goes_on_once_another_has_made_them(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not wait for a turn among the changes of those that serve already."""
    path = directory / "customer.db"
    path.touch()
    waiting = connect(path)

    def lose_the_lock(*_: object) -> bool:
        monkeypatch.undo()
        DatabaseFile(path).connect().close()
        writing.execute("BEGIN IMMEDIATE")
        return False

    monkeypatch.setattr(migration, "begin_or_pause", lose_the_lock)
    with closing(connect(path)) as writing, closing(waiting):
        migration.bring_up_to_date(waiting, path, deadline=0.0)

        assert writing.in_transaction
        assert not waiting.in_transaction


def test_no_other_module_waits_for_the_write_lock() -> None:
    """SQLite's own wait is unfair, so each of them must wait as ``begin`` does."""
    (directory,) = package.__path__
    modules = Path(directory).glob("*.py")

    assert [m.name for m in modules if "BEGIN IMMEDIATE" in m.read_text()] == ["write_lock.py"]
