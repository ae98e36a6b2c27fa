"""The write-ahead log is emptied once it is too large, also if readers keep it in use."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from support.builders.values import a_customer, a_record

from cybershop_customer.adapters.sqlite import database
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.adapters.sqlite.write_ahead_log import MAX_BYTES, WriteAheadLog


@pytest.fixture
def file(tmp_path: Path) -> DatabaseFile:
    return DatabaseFile(tmp_path / "customer.db", synchronous="NORMAL")


@pytest.fixture
def writer(file: DatabaseFile) -> Iterator[sqlite3.Connection]:
    with closing(file.connect()) as connection:
        yield connection


def size(file: DatabaseFile) -> int:
    return file.path.with_name(f"{file.path.name}-wal").stat().st_size


def write(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO login_budget VALUES ('key', 0)")


def test_a_log_that_is_too_large_is_emptied(file: DatabaseFile, writer: sqlite3.Connection) -> None:
    log = WriteAheadLog(file.path, max_bytes=8_000)
    write(writer)
    assert size(file) > 8_000

    log.limit(writer)

    assert size(file) == 0


def test_a_log_of_usual_size_stays(file: DatabaseFile, writer: sqlite3.Connection) -> None:
    write(writer)
    before = size(file)

    WriteAheadLog(file.path).limit(writer)

    assert size(file) == before > 0


def test_a_long_read_is_not_waited_for_again_and_again(
    file: DatabaseFile, writer: sqlite3.Connection
) -> None:
    log = WriteAheadLog(file.path, max_bytes=200_000)
    statements: list[str] = []
    writer.set_trace_callback(statements.append)
    with closing(file.connect()) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM login_budget").fetchone()
        for _ in range(60):
            write(writer)
            log.limit(writer)

        attempts = statements.count("PRAGMA wal_checkpoint(TRUNCATE)")
        assert 0 < attempts <= size(file) // 200_000 < 60
        assert reader.execute("SELECT count(*) FROM login_budget").fetchone() == (0,)

    for _ in range(60):
        write(writer)
        log.limit(writer)
    assert size(file) < 200_000 + 8_000


def test_a_failure_to_empty_the_log_is_no_failure_of_the_change(
    file: DatabaseFile, writer: sqlite3.Connection
) -> None:
    write(writer)
    with closing(sqlite3.connect(file.path)) as closed:
        pass

    WriteAheadLog(file.path, max_bytes=0).limit(closed)


def test_a_file_without_a_log_is_no_failure(file: DatabaseFile) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        WriteAheadLog(file.path).limit(connection)


def test_a_log_that_begins_again_is_cut(writer: sqlite3.Connection) -> None:
    assert writer.execute("PRAGMA journal_size_limit").fetchone() == (MAX_BYTES,)


def test_every_change_looks_at_the_log(file: DatabaseFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WriteAheadLog", partial(WriteAheadLog, max_bytes=0))
    storage = sqlite_storage(file)

    customer = a_customer()
    storage.customers.add(customer, a_record(customer.customer_id))

    assert size(file) == 0
    assert storage.customers.get(customer.customer_id, now=customer.created_at) == customer
    storage.close()
