"""An older file is brought up to date, or stays as it was."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from os import _exit
from pathlib import Path
from typing import Final

import pytest
from support.http.transports import TIMEOUT
from support.sqlite.files import TODAY, contents, new_file, rows

from cybershop_customer import StoreFaultError, StoreUnavailableError
from cybershop_customer.adapters.sqlite import migration, schema
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage

NEW_TABLE: Final = ("CREATE TABLE hobby (name TEXT) STRICT", "INSERT INTO hobby VALUES ('chess')")
BUDGETS: Final = "SELECT * FROM login_budget"


@pytest.fixture
def old(directory: Path) -> Path:
    """A file of today's version, with a row in its write-ahead log that a crash has left."""
    path = new_file(directory / "customer.db").path
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("INSERT INTO login_budget VALUES ('a', 1)")
    crashed = contents(directory)
    connection.close()
    for name in ("customer.db", "customer.db-wal"):
        (directory / name).write_bytes(crashed[name])
    return path


@pytest.fixture
def migrate_by(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the service a newer schema, which these statements make."""
    today = schema.MIGRATIONS

    def migrate_by(*statements: str) -> None:
        monkeypatch.setattr(schema, "MIGRATIONS", (*today, statements))

    return migrate_by


def test_an_older_file_is_migrated_and_copied_first(
    old: Path, migrate_by: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    migrate_by(*NEW_TABLE)

    DatabaseFile(old).connect().close()

    backup = old.with_name(f"customer.db.v{TODAY}.backup")
    assert rows(old, "PRAGMA user_version") == [(TODAY + 1,)]
    assert rows(old, "SELECT * FROM hobby") == [("chess",)]
    assert rows(old, BUDGETS) == rows(backup, BUDGETS) == [("a", 1)]
    assert rows(backup, "PRAGMA user_version") == [(TODAY,)]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert (
        f"was copied to {backup}, and its schema {TODAY} is updated to {TODAY + 1}" in caplog.text
    )
    assert sorted(contents(old.parent)) == ["customer.db", backup.name]


def test_a_file_of_today_is_not_copied(old: Path) -> None:
    DatabaseFile(old).connect().close()

    assert sorted(contents(old.parent)) == ["customer.db"]


@pytest.mark.parametrize(
    ("statements", "error"),
    [
        (("CREATE TABLE hobby (name TEXT) STRICT", "a mistake"), StoreFaultError),
        (("PRAGMA max_page_count = 1", "CREATE TABLE hobby (name TEXT)"), StoreUnavailableError),
        (("INSERT INTO email_guard VALUES ('a', 'no customer')",), StoreFaultError),
    ],
    ids=["mistake", "full disk", "orphan"],
)
def test_a_migration_that_fails_leaves_the_old_file(
    old: Path,
    migrate_by: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    statements: tuple[str, ...],
    error: type[Exception],
) -> None:
    migrate_by(*statements)
    with pytest.raises(error):
        DatabaseFile(old).connect()
    monkeypatch.undo()

    assert_usable(old)


def test_a_full_disk_while_it_is_copied_leaves_the_old_file(
    old: Path, migrate_by: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_by(*NEW_TABLE)

    def no_space(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(migration, "write_copy", no_space)
    with pytest.raises(StoreUnavailableError):
        DatabaseFile(old).connect()
    monkeypatch.undo()

    assert_usable(old)
    assert sorted(contents(old.parent)) == ["customer.db"]


def die_before_the_commit(path: Path) -> None:
    connection = DatabaseFile(path).inspect()
    connection.execute("PRAGMA cache_size = 1")  # Writes pages before the commit.
    connection.set_trace_callback(lambda text: _exit(9) if text == "COMMIT" else None)
    migration.bring_up_to_date(connection, path, deadline=0.0)


def test_a_migration_that_is_killed_leaves_the_old_file(
    old: Path, migrate_by: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_by(*NEW_TABLE)
    process = get_context("fork").Process(target=die_before_the_commit, args=(old,))
    process.start()
    process.join(TIMEOUT)
    assert process.exitcode == 9
    monkeypatch.undo()

    assert_usable(old)


def test_a_creation_that_is_killed_is_made_again(directory: Path) -> None:
    path = directory / "customer.db"
    path.touch()
    process = get_context("fork").Process(target=die_before_the_commit, args=(path,))
    process.start()
    process.join(TIMEOUT)
    assert process.exitcode == 9

    DatabaseFile(path).connect().close()

    assert rows(path, "PRAGMA user_version") == [(TODAY,)]


def test_eight_processes_migrate_it_once(old: Path, migrate_by: Callable[..., None]) -> None:
    migrate_by(*NEW_TABLE)
    context = get_context("fork")
    processes = [context.Process(target=lambda: DatabaseFile(old).connect()) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(TIMEOUT)

    assert [process.exitcode for process in processes] == [0] * 8
    assert rows(old, "SELECT * FROM hobby") == [("chess",)]


def test_a_rebuilt_table_keeps_what_refers_to_it(
    directory: Path, migrate_by: Callable[..., None]
) -> None:
    path = new_file(directory / "customer.db").path
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        values = "('zoe', NULL, NULL, 1, '{}', '[]', '', 1, 1, 1, 1, NULL)"
        connection.execute(f"INSERT INTO customer VALUES {values}")
        connection.execute("INSERT INTO session VALUES ('zoe', 's', 1, 1, '')")
    migrate_by(
        "CREATE TABLE rebuilt (customer_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
        "INSERT INTO rebuilt SELECT customer_id FROM customer",
        "DROP TABLE customer",
        "ALTER TABLE rebuilt RENAME TO customer",
    )

    DatabaseFile(path).connect().close()

    assert rows(path, "SELECT customer_id FROM session") == [("zoe",)]


def assert_usable(path: Path) -> None:
    """The file has the schema of today, and its rows, and serves."""
    assert rows(path, "PRAGMA user_version") == [(TODAY,)]
    assert rows(path, "SELECT name FROM sqlite_schema WHERE name = 'hobby'") == []
    assert rows(path, BUDGETS) == [("a", 1)]
    storage = sqlite_storage(DatabaseFile(path))
    storage.probe.probe()
    storage.close()
