"""Whatever is where the file should be: a clear error, and nothing is harmed."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import pytest
from support.http.api import Api
from support.http.transports import TIMEOUT, in_process
from support.sqlite.files import TODAY, contents, foreign_database, new_file, without_root

from cybershop_customer import StoreFaultError, StoreUnavailableError
from cybershop_customer.adapters.sqlite import database_file, schema
from cybershop_customer.adapters.sqlite.connections import FileConnection
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.errors import FileUnavailableError
from cybershop_customer.entrypoints.http.service_application import make_application

PROCESSES: Final = 8


def text_file(path: Path) -> None:
    path.write_text("Dear diary,\n" * 1000)


def newer_file(path: Path) -> None:
    new_file(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {TODAY + 1}")


def damaged_beginning(path: Path) -> None:
    new_file(path)
    with path.open("rb+") as file:
        file.write(b"\xff" * 100)


def damaged_schema(path: Path) -> None:
    new_file(path)
    with path.open("rb+") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)


def empty_foreign_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")


def a_directory(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def read_only_file(path: Path) -> None:
    new_file(path)
    path.chmod(0o444)


def unreadable_file(path: Path) -> None:
    new_file(path)
    path.chmod(0o000)


def read_only_directory(path: Path) -> None:
    path.parent.chmod(0o555)


def read_only_directory_with_the_file(path: Path) -> None:
    new_file(path)
    path.chmod(0o666)
    path.parent.chmod(0o555)


FAULTS: Final[dict[Callable[[Path], None], str]] = {
    text_file: "is no SQLite database, or its beginning is damaged (SQLITE_NOTADB). Choose another",
    foreign_database: "is a database of another program. Choose another CUSTOMER_SQLITE_PATH",
    empty_foreign_database: "is a database of another program. Choose another",
    newer_file: (
        f"has schema {TODAY + 1}, and this version of the service knows {TODAY}."
        " Complete the update"
    ),
    damaged_beginning: "damaged (SQLITE_NOTADB). Choose another CUSTOMER_SQLITE_PATH, or restore",
    damaged_schema: "is damaged (SQLITE_CORRUPT). Restore a backup",
    a_directory: "is a directory. CUSTOMER_SQLITE_PATH must name a file",
    a_pipe: "is no regular file. Choose another",
    read_only_file: "this user may not read and write",
    unreadable_file: "this user may not read and write",
    read_only_directory: "this user may not write to the directory",
    read_only_directory_with_the_file: "this user may not write to the directory",
}


@pytest.mark.parametrize("prepare", FAULTS)
def test_what_cannot_be_the_file_is_refused_and_not_touched(
    directory: Path, prepare: Callable[[Path], None]
) -> None:
    path = directory / "customer.db"
    prepare(path)
    before = contents(directory)
    file = DatabaseFile(path)

    with without_root(directory), pytest.raises(StoreFaultError) as refused:
        file.connect()

    assert FAULTS[prepare] in str(refused.value)
    directory.chmod(0o777)
    assert contents(directory) == before


@pytest.mark.parametrize("prepare", FAULTS)
def test_then_the_service_is_not_ready_and_gets_no_further(
    directory: Path, caplog: pytest.LogCaptureFixture, prepare: Callable[[Path], None]
) -> None:
    path = directory / "customer.db"
    prepare(path)
    environ = {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(path)}
    application = make_application(environ)

    with without_root(directory), in_process(application) as send:
        api = Api(send)
        ready = api.get("/readyz")
        check = api.get("/api/v1/customer/session", bearer="a" * 43 + ".zoe")
        assert api.get("/livez").status == 200
        application.stop()

    assert (ready.status, ready.headers["retry-after"]) == (503, "5")
    assert check.status == 500
    assert str(directory) not in str(check.json) + str(ready.json)
    logged = [text for text in caplog.messages if text.startswith("not ready: ")]
    assert len(logged) == 1
    assert FAULTS[prepare] in logged[0]


def test_a_crashed_program_finds_its_log_untouched(directory: Path) -> None:
    theirs, path = directory / "theirs", directory / "customer.db"
    with closing(sqlite3.connect(theirs, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE customer (name TEXT)")
        path.write_bytes(theirs.read_bytes())
        path.with_name("customer.db-wal").write_bytes(Path(f"{theirs}-wal").read_bytes())
    before = contents(directory)

    with pytest.raises(StoreFaultError):
        DatabaseFile(path).connect()

    assert contents(directory) == before


def test_a_missing_directory_may_come_later(directory: Path) -> None:
    path = directory / "mounted" / "customer.db"
    environ = {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(path)}
    application = make_application(environ)
    with in_process(application) as send:
        api = Api(send)
        assert api.get("/readyz").status == 503
        unavailable = api.get("/api/v1/customer/session", bearer="a" * 43 + ".zoe")
        assert (unavailable.status, unavailable.headers["retry-after"]) == (503, "1")
        path.parent.mkdir()
        assert api.get("/api/v1/customer/session", bearer="a" * 43 + ".zoe").status == 401
        application.stop()


def test_the_log_names_a_missing_directory(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with pytest.raises(FileUnavailableError) as refused:
            DatabaseFile(directory / "mounted" / "customer.db").connect()

    assert str(refused.value) == "the store is unavailable; nothing was changed"
    (text,) = caplog.messages
    assert f"the directory {directory / 'mounted'} does not exist" in text


@pytest.mark.parametrize("journal_mode", ["DELETE", "WAL"])
def test_another_program_holds_the_file(directory: Path, journal_mode: str) -> None:
    path = new_file(directory / "customer.db").path
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute(f"PRAGMA journal_mode = {journal_mode}")
        other.execute("BEGIN EXCLUSIVE")
        other.execute(f"PRAGMA user_version = {TODAY}")
        with pytest.raises(FileUnavailableError) as refused:
            DatabaseFile(path, busy_seconds=0).connect()
        assert "another process holds the file" in refused.value.reason
        other.execute("COMMIT")

    DatabaseFile(path).connect().close()


def test_a_full_disk_leaves_no_half_of_the_tables(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = directory / "customer.db"
    full = ("PRAGMA max_page_count = 3",)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", ((*full, *schema.MIGRATIONS[0]),))
        with pytest.raises(StoreUnavailableError) as refused:
            DatabaseFile(path).connect()

    assert isinstance(refused.value, FileUnavailableError)
    assert "the disk is full" in refused.value.reason
    assert contents(directory) == {"customer.db": b""}
    DatabaseFile(path).connect().close()


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_only_the_owner_can_open_the_files(directory: Path, umask: int) -> None:
    path = directory / "customer.db"
    before = os.umask(umask)
    try:
        connection = DatabaseFile(path).connect()
        connection.execute("INSERT INTO login_budget VALUES ('a', 1)")
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in directory.iterdir()}
        connection.close()
    finally:
        os.umask(before)

    files = ["customer.db", "customer.db-wal", "customer.db-shm"]
    assert modes == dict.fromkeys(files, 0o600)


def test_an_empty_file_is_taken(directory: Path) -> None:
    path = directory / "customer.db"
    path.touch(mode=0o644)

    DatabaseFile(path).connect().close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_leads_to_the_file(directory: Path) -> None:
    place, link = directory / "data.db", directory / "customer.db"
    link.symlink_to(place)

    DatabaseFile(link).connect().close()

    assert link.is_symlink()
    assert place.stat().st_size > 0


def test_a_file_that_is_replaced_while_it_is_opened_is_not_used(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = directory / "customer.db", directory / "other.db"
    new_file(path)
    new_file(other)
    connect = sqlite3.connect

    def slow_connect(name: str, **arguments: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(name, **arguments)  # type: ignore[call-overload]
        if "mode=rw" in name:
            connection.execute("SELECT 1 FROM customer")  # SQLite opens the file now.
            other.replace(path)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", slow_connect)
        with pytest.raises(FileUnavailableError, match="unavailable") as refused:
            DatabaseFile(path).connect()

    assert "was replaced meanwhile" in refused.value.reason


def test_a_file_system_without_shared_memory_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_shared_memory(self: sqlite3.Connection, statement: str) -> object:
        if "journal_mode" in statement:
            return iter([("delete",)])
        return sqlite3.Connection.execute(self, statement)

    kind = type("Connection", (FileConnection,), {"execute": no_shared_memory})
    monkeypatch.setattr(database_file, "FileConnection", kind)
    with pytest.raises(StoreFaultError, match="Choose a CUSTOMER_SQLITE_PATH on a local disk"):
        DatabaseFile(directory / "customer.db").connect()


class BusyOnce(FileConnection):
    """Refuses the write-ahead log once, as SQLite does at once if two processes begin it."""

    refusals = 1

    def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:
        if "journal_mode" in sql and self.refusals:
            self.refusals -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return super().execute(sql, *parameters)  # type: ignore[arg-type]


def test_two_processes_begin_the_write_ahead_log(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(database_file, "FileConnection", BusyOnce)
    monkeypatch.setattr(database_file, "sleep", pauses.append)

    with closing(DatabaseFile(directory / "customer.db").connect()) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    assert len(pauses) == 1


def open_at_once(path: Path, go: "object", results: "object") -> None:
    try:
        go.wait(TIMEOUT)  # type: ignore[attr-defined]
        DatabaseFile(path).connect().close()
        results.put("")  # type: ignore[attr-defined]
    except BaseException as error:
        results.put(repr(error))  # type: ignore[attr-defined]
        raise


def test_eight_processes_create_one_file_at_once(directory: Path) -> None:
    context = get_context("fork")
    for number in range(5):
        go, results = context.Barrier(PROCESSES), context.Queue()
        path = directory / f"customer-{number}.db"
        arguments = (path, go, results)
        racers = [context.Process(target=open_at_once, args=arguments) for _ in range(PROCESSES)]
        for racer in racers:
            racer.start()
        outcomes = [results.get(timeout=TIMEOUT) for _ in racers]
        for racer in racers:
            racer.join(TIMEOUT)
        assert outcomes == [""] * PROCESSES
        connection = DatabaseFile(path).connect()
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()
