"""Backups while the service works, and their restoration."""

import os
import signal
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from typing import Final

import pytest
from support.http.transports import TIMEOUT
from support.sqlite.files import TODAY, contents, foreign_database, new_file, rows, without_root

from cybershop_customer import StoreFaultError
from cybershop_customer.adapters.sqlite import file_copy, schema
from cybershop_customer.adapters.sqlite.backups import SQLiteBackups
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.entrypoints.processes.stop_signals import interruptible

BUDGETS: Final = "SELECT key FROM login_budget ORDER BY key"


@pytest.fixture
def file(directory: Path) -> DatabaseFile:
    """A file with the row "a"."""
    file = new_file(directory / "customer.db")
    add(file, "a")
    return file


@pytest.fixture
def backups(file: DatabaseFile) -> SQLiteBackups:
    return SQLiteBackups(file)


@pytest.fixture
def backup(directory: Path, backups: SQLiteBackups) -> Path:
    """A backup of the row "a"; the file then gets the row "b"."""
    path = directory / "monday.backup"
    backups.write(path)
    add(backups._file, "b")
    return path


def add(file: DatabaseFile, key: str) -> None:
    with closing(file.connect()) as connection:
        connection.execute("INSERT INTO login_budget VALUES (?, 1)", (key,))


def damage(path: Path, offset: int) -> None:
    with path.open("rb+") as damaged:
        damaged.seek(offset)
        damaged.write(b"\xff" * 3000)


class TestWrite:
    def test_it_has_what_the_write_ahead_log_has_and_only_its_owner_can_read_it(
        self, directory: Path, backups: SQLiteBackups
    ) -> None:
        before, path = os.umask(0), directory / "backup"
        try:
            with closing(backups._file.connect()) as service:
                service.execute("INSERT INTO login_budget VALUES ('b', 1)")
                size = backups.write(path)
                service.execute("INSERT INTO login_budget VALUES ('c', 1)")
        finally:
            os.umask(before)

        assert rows(path, BUDGETS) == [("a",), ("b",)]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert size == path.stat().st_size
        assert sorted(contents(directory)) == ["backup", "customer.db"]

    def test_it_lacks_a_change_that_is_under_way(
        self, directory: Path, backups: SQLiteBackups
    ) -> None:
        path = directory / "backup"
        with closing(backups._file.connect()) as service:
            service.execute("BEGIN IMMEDIATE")
            service.execute("INSERT INTO login_budget VALUES ('b', 1)")
            backups.write(path)
            service.execute("COMMIT")

        assert rows(path, BUDGETS) == [("a",)]

    def test_it_replaces_an_earlier_backup_only_by_request(
        self, backup: Path, backups: SQLiteBackups
    ) -> None:
        with pytest.raises(StoreFaultError, match="exists"):
            backups.write(backup)
        assert rows(backup, BUDGETS) == [("a",)]

        backups.write(backup, replace=True)

        assert rows(backup, BUDGETS) == [("a",), ("b",)]

    @pytest.mark.parametrize("replace", [True, False])
    def test_it_replaces_no_other_file(
        self, directory: Path, backups: SQLiteBackups, *, replace: bool
    ) -> None:
        diary, theirs, folder = (directory / name for name in ("diary", "theirs", "folder"))
        diary.write_text("Dear diary")
        foreign_database(theirs)
        folder.mkdir()
        before = contents(directory)

        for target, reason in {
            diary: "is no backup" if replace else "exists",
            theirs: "is no backup" if replace else "exists",
            folder: "is no regular file",
            Path(os.devnull): "is no regular file",
            backups._file.path: "is the store itself",
            directory / "customer.db-wal": "is the store itself",
            directory / "nowhere" / "backup": "does not exist. Create it",
        }.items():
            with pytest.raises(StoreFaultError, match=reason):
                backups.write(target, replace=replace)

        assert contents(directory) == before

    def test_it_does_not_replace_another_store(
        self, directory: Path, backups: SQLiteBackups
    ) -> None:
        other = new_file(directory / "other.db")
        add(other, "o")
        with pytest.raises(StoreFaultError, match="is no backup, so it is not replaced"):
            backups.write(other.path, replace=True)

        assert rows(other.path, BUDGETS) == [("o",)]

    def test_it_does_not_write_beside_a_write_ahead_log_of_that_name(
        self, directory: Path, backups: SQLiteBackups
    ) -> None:
        (directory / "backup-wal").write_text("of a file that was removed")
        with pytest.raises(StoreFaultError, match="backup-wal exists"):
            backups.write(directory / "backup")

        assert sorted(contents(directory)) == ["backup-wal", "customer.db"]

    def test_without_a_store_there_is_nothing_to_back_up(self, directory: Path) -> None:
        with pytest.raises(StoreFaultError, match="there is no SQLite file at"):
            SQLiteBackups(DatabaseFile(directory / "customer.db")).write(directory / "backup")

        assert contents(directory) == {}

    def test_a_damaged_store_is_not_backed_up(
        self, directory: Path, backup: Path, backups: SQLiteBackups
    ) -> None:
        damage(backups._file.path, 4096)
        before = contents(directory)

        with pytest.raises(StoreFaultError, match="is damaged"):
            backups.write(backup, replace=True)

        assert contents(directory) == before

    def test_a_copy_that_is_not_whole_is_not_kept(
        self, directory: Path, backups: SQLiteBackups, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copy = file_copy._copy

        def damaging(source: sqlite3.Connection, partial: Path) -> None:
            copy(source, partial)
            damage(partial, 4096)

        monkeypatch.setattr(file_copy, "_copy", damaging)
        with pytest.raises(StoreFaultError, match="is damaged"):
            backups.write(directory / "backup")

        assert sorted(contents(directory)) == ["customer.db"]

    def test_a_full_disk_leaves_no_file(
        self, directory: Path, backups: SQLiteBackups, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resource = pytest.importorskip("resource")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        monkeypatch.setattr(signal, "SIGXFSZ", signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
        with closing(backups._file.inspect()):
            # The system then refuses to write more to one file, as to a full disk.
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
            try:
                with pytest.raises(StoreFaultError, match="cannot write") as refused:
                    backups.write(directory / "backup")
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)

        assert "full" in str(refused.value)
        assert sorted(contents(directory)) == ["customer.db"]

    def test_a_directory_that_may_not_be_written_to_is_named(
        self, directory: Path, backups: SQLiteBackups
    ) -> None:
        folder = directory / "backups"
        folder.mkdir(mode=0o500)
        with without_root(directory), pytest.raises(StoreFaultError, match="Permission denied"):
            backups.write(folder / "backup")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupted_backup_leaves_no_file(
        self, directory: Path, backups: SQLiteBackups, number: signal.Signals
    ) -> None:
        with closing(backups._file.connect()) as connection:
            connection.execute(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 30000)"
                " INSERT INTO login_budget SELECT x, x FROM n"
            )
        process = get_context("fork").Process(
            target=write_and_interrupt, args=(backups, directory / "backup", number)
        )
        process.start()
        process.join(TIMEOUT)

        assert process.exitcode == 130
        assert sorted(contents(directory)) == ["customer.db"]


def write_and_interrupt(backups: SQLiteBackups, path: Path, number: signal.Signals) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    copy = file_copy._copy

    def interrupted(source: sqlite3.Connection, partial: Path) -> None:
        begun = Event()
        Thread(target=lambda: begun.wait(TIMEOUT) and os.kill(os.getpid(), number)).start()
        source.set_trace_callback(lambda _: begun.set())
        copy(source, partial)

    file_copy._copy = interrupted
    with suppress(KeyboardInterrupt), interruptible():
        backups.write(path)
        os._exit(0)
    os._exit(130)


class TestRestore:
    def test_it_brings_back_the_backup_and_keeps_what_was_there(
        self, directory: Path, backup: Path, backups: SQLiteBackups
    ) -> None:
        restored = backups.restore(backup)

        kept = directory / "customer.db.replaced-1"
        assert (restored.place, restored.kept) == (backups._file.path, kept)
        assert rows(restored.place, BUDGETS) == rows(backup, BUDGETS) == [("a",)]
        assert rows(kept, BUDGETS) == [("a",), ("b",)]
        assert stat.S_IMODE(restored.place.stat().st_mode) == 0o600
        assert sorted(contents(directory)) == ["customer.db", kept.name, "monday.backup"]
        assert backups.restore(kept).kept == directory / "customer.db.replaced-2"
        add(backups._file, "c")
        assert rows(restored.place, BUDGETS) == [("a",), ("b",), ("c",)]

    def test_a_crash_has_left_a_write_ahead_log(
        self, directory: Path, backup: Path, backups: SQLiteBackups
    ) -> None:
        with closing(backups._file.connect()) as connection:
            connection.execute("INSERT INTO login_budget VALUES ('c', 1)")
            crashed = contents(directory)
        for name, content in crashed.items():
            (directory / name).write_bytes(content)

        restored = backups.restore(backup)

        assert rows(restored.place, BUDGETS) == [("a",)]
        assert restored.kept is not None
        assert rows(restored.kept, BUDGETS) == [("a",), ("b",), ("c",)]

    @pytest.mark.parametrize("offset", [0, 100, 4096])
    def test_it_replaces_a_damaged_file(
        self, directory: Path, backup: Path, backups: SQLiteBackups, offset: int
    ) -> None:
        with closing(backups._file.connect()) as connection:
            connection.execute("INSERT INTO login_budget VALUES ('c', 1)")
            crashed = contents(directory)
        for name, content in crashed.items():
            (directory / name).write_bytes(content)
        damage(backups._file.path, offset)

        restored = backups.restore(backup)

        assert rows(restored.place, BUDGETS) == [("a",)]
        assert restored.kept is not None
        assert restored.kept.exists()
        assert not (directory / "customer.db-wal").exists()

    def test_the_file_may_be_missing_or_of_a_newer_version(
        self, backup: Path, backups: SQLiteBackups
    ) -> None:
        place = backups._file.path
        with closing(sqlite3.connect(place)) as connection:
            connection.execute(f"PRAGMA user_version = {TODAY + 1}")
        assert backups.restore(backup).kept is not None
        place.unlink()

        assert backups.restore(backup).kept is None
        assert rows(place, BUDGETS) == [("a",)]

    def test_the_write_ahead_log_of_a_removed_file_is_put_aside(
        self, directory: Path, backup: Path, backups: SQLiteBackups
    ) -> None:
        with closing(backups._file.connect()) as connection:
            connection.execute("INSERT INTO login_budget VALUES ('c', 1)")
            crashed = contents(directory)
        for name, content in crashed.items():
            (directory / name).write_bytes(content)
        backups._file.path.unlink()

        restored = backups.restore(backup)

        assert rows(restored.place, BUDGETS) == [("a",)]
        assert restored.kept == directory / "customer.db.replaced-1-wal"
        assert restored.kept.read_bytes() == crashed["customer.db-wal"]
        # The next restore does not take the names of what was put aside.
        assert backups.restore(backup).kept == directory / "customer.db.replaced-2"

    def test_a_copy_of_a_file_in_use_is_no_backup(
        self, directory: Path, backups: SQLiteBackups
    ) -> None:
        copied = directory / "copied.db"
        with closing(backups._file.connect()) as connection:
            connection.execute("INSERT INTO login_budget VALUES ('c', 1)")
            copied.write_bytes(backups._file.path.read_bytes())
        before = contents(directory)

        with pytest.raises(StoreFaultError, match="is a store or a copy of one"):
            backups.restore(copied)

        assert contents(directory) == before

    @pytest.mark.parametrize("damaged", [False, True])
    def test_it_refuses_while_a_process_has_the_file_open(
        self, directory: Path, backup: Path, backups: SQLiteBackups, *, damaged: bool
    ) -> None:
        context = get_context("fork")
        is_open, may_end = context.Event(), context.Event()

        def serve() -> None:
            connection = backups._file.connect()
            connection.execute(BUDGETS).fetchall()
            is_open.set()
            may_end.wait(TIMEOUT)

        service = context.Process(target=serve)
        service.start()
        assert is_open.wait(TIMEOUT)
        if damaged:
            damage(backups._file.path, 0)
        names = sorted(contents(directory))
        try:
            with pytest.raises(StoreFaultError, match=r"open\. Stop the service, and try again"):
                backups.restore(backup)
            assert sorted(contents(directory)) == names
        finally:
            may_end.set()
            service.join(TIMEOUT)

        backups.restore(backup)

    def test_no_connection_is_possible_while_it_restores(
        self, backup: Path, backups: SQLiteBackups, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused: list[BaseException] = []
        replace = Path.replace

        def connect() -> None:
            try:
                DatabaseFile(backups._file.path, busy_seconds=0).connect().close()
            except Exception as error:  # noqa: BLE001 (recorded)
                refused.append(error)

        def replacing(self: Path, target: Path) -> Path:
            if target == backups._file.path:
                thread = Thread(target=connect)
                thread.start()
                thread.join(TIMEOUT)
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", replacing)
        backups.restore(backup)

        assert [getattr(error, "reason", "")[:15] for error in refused] == ["another process"]

    def test_if_it_fails_the_store_is_as_it_was(
        self,
        directory: Path,
        backup: Path,
        backups: SQLiteBackups,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        place = backups._file.path
        replace = Path.replace

        def failing(self: Path, target: Path) -> Path:
            if target == place:
                assert place.exists()  # A service that starts now does not begin with nothing.
                raise OSError(5, "Input/output error")
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", failing)
        with pytest.raises(StoreFaultError, match="Input/output error"):
            backups.restore(backup)

        assert sorted(contents(directory)) == ["customer.db", "monday.backup"]
        assert rows(place, BUDGETS) == [("a",), ("b",)]

    @pytest.mark.parametrize(
        ("prepare", "reason"),
        [
            (lambda path: path.unlink(), "is no file"),
            (lambda path: path.write_bytes(b""), "it is empty"),
            (lambda path: path.write_text("Dear diary"), "is no backup of this service"),
            (lambda path: damage(path, 0), "is no backup of this service"),
            (lambda path: damage(path, 4096), "is damaged"),
            (lambda path: path.with_name(f"{path.name}-wal").write_text("x"), "a copy of one"),
            (
                lambda path: rows(path, f"PRAGMA user_version = {TODAY + 1}"),
                f"has schema {TODAY + 1}",
            ),
        ],
    )
    def test_a_file_that_is_no_sound_backup_changes_nothing(
        self,
        directory: Path,
        backup: Path,
        backups: SQLiteBackups,
        prepare: Callable[[Path], object],
        reason: str,
    ) -> None:
        prepare(backup)
        before = contents(directory)

        with pytest.raises(StoreFaultError, match=reason):
            backups.restore(backup)

        assert contents(directory) == before

    def test_the_file_of_another_program_is_not_replaced(
        self, directory: Path, backup: Path
    ) -> None:
        theirs = directory / "theirs.db"
        foreign_database(theirs)
        before = contents(directory)

        for target, reason in ((theirs, "another program"), (backup, "is the store itself")):
            with pytest.raises(StoreFaultError, match=reason):
                SQLiteBackups(DatabaseFile(target)).restore(backup)

        assert contents(directory) == before

    def test_an_older_backup_is_migrated_at_the_next_start(
        self, backup: Path, backups: SQLiteBackups, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        newer = (*schema.MIGRATIONS, ("CREATE TABLE hobby (name TEXT) STRICT",))
        monkeypatch.setattr(schema, "MIGRATIONS", newer)

        backups.restore(backup)

        backups._file.connect().close()
        assert rows(backups._file.path, "PRAGMA user_version") == [(TODAY + 1,)]
        assert rows(backups._file.path, BUDGETS) == [("a",)]
