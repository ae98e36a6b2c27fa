"""The operator's commands on a file of SQLite."""

import json
import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event, Semaphore
from typing import Final

import pytest
from support.http.customer_api import BASE, PASSWORD, add, is_live, log_in
from support.http.transports import TIMEOUT
from support.processes.command import Service, run
from support.services.operator import CommandResult, Operator
from support.sqlite.files import TODAY, contents, foreign_database, new_file, rows

from cybershop_customer.adapters.sqlite import schema
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings

CLIENTS: Final = 3
CHANGES: Final = 60
SHARED_SETTINGS: Final = {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_BCRYPT_ROUNDS": "4"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customer.db"


@pytest.fixture
def operator(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_SQLITE_PATH=str(path), **SHARED_SETTINGS)
    return operator


@pytest.fixture
def zoe(path: Path) -> None:
    """The file has one customer."""
    settings = Settings(storage="sqlite", sqlite_path=str(path), bcrypt_rounds=4)
    container = make_container(settings)
    container.customers().add_customer(
        customer_id="zoe", email="zoe@shop.example", password="correct horse"
    )
    container.storage().close()


def damage(path: Path) -> None:
    with path.open("rb+") as file:
        file.seek(4096)
        file.write(b"\xff" * 3000)


def give_newer_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the service a newer schema than its file has."""
    newer = (*schema.MIGRATIONS, ("CREATE TABLE hobby (name TEXT) STRICT",))
    monkeypatch.setattr(schema, "MIGRATIONS", newer)


def doctor(operator: Operator) -> tuple[int, dict[str, tuple[str, str, str]]]:
    """The exit status of ``doctor``, and each check with its status, detail and remedy."""
    ran = operator.runs("doctor", "--json")
    return ran.status, {
        each["check"]: (each["status"], each["detail"], each["remedy"])
        for each in json.loads(ran.out)["checks"]
    }


class TestDoctor:
    def test_it_creates_no_file(self, operator: Operator, path: Path) -> None:
        status, checks = doctor(operator)

        assert status == 0
        assert checks["file"][:2] == ("warning", f"there is no SQLite file at {path}")
        assert "tables create" in checks["file"][2]
        assert not path.exists()

    def test_it_finds_a_sound_file(self, operator: Operator, path: Path) -> None:
        new_file(path)

        status, checks = doctor(operator)

        assert status == 0
        assert checks["mode"][0] == "ok"
        assert checks["space"][0] == "ok"
        assert f"schema {TODAY} and 0.1 MiB; integrity_check and foreign" in checks["integrity"][1]

    def test_it_finds_what_is_wrong_in_the_file(self, operator: Operator, path: Path) -> None:
        new_file(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("INSERT INTO session VALUES ('no one', 's', 1, 1, '')")

        status, checks = doctor(operator)
        assert (status, checks["integrity"][1]) == (1, "a row of session belongs to no customer")

        damage(path)
        before = contents(path.parent)
        status, checks = doctor(operator)
        assert (status, checks["integrity"][0]) == (1, "failed")
        assert "restore a backup" in checks["integrity"][2]
        assert contents(path.parent) == before

    def test_it_warns_of_other_users(self, operator: Operator, path: Path) -> None:
        new_file(path)
        path.chmod(0o644)

        status, checks = doctor(operator)

        assert status == 0
        assert checks["mode"][0] == "warning"
        assert checks["mode"][2] == f"chmod 600 {path}"

    def test_it_says_that_an_older_file_will_be_updated_and_leaves_it(
        self, operator: Operator, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new_file(path)
        give_newer_schema(monkeypatch)

        status, checks = doctor(operator)

        assert status == 0
        assert checks["schema"][:2] == (
            "warning",
            f"{path} has schema {TODAY}, and this version needs {TODAY + 1}",
        )
        assert rows(path, "PRAGMA user_version") == [(TODAY,)]

    def test_it_says_what_is_no_file_of_the_service(self, operator: Operator, path: Path) -> None:
        foreign_database(path)
        before = contents(path.parent)

        status, checks = doctor(operator)

        assert status == 1
        assert "is a database of another program" in checks["file"][1]
        assert checks["file"][2] == "choose another CUSTOMER_SQLITE_PATH"
        assert contents(path.parent) == before

    def test_it_says_that_the_directory_is_missing(self, operator: Operator, path: Path) -> None:
        operator.sets(CUSTOMER_SQLITE_PATH=str(path.parent / "nowhere" / "customer.db"))

        status, checks = doctor(operator)

        assert (status, checks["file"][0]) == (1, "failed")
        assert "nowhere does not exist" in checks["file"][1]
        assert checks["file"][2] == "create it, or mount its disk"

    def test_it_says_that_another_program_holds_the_file(
        self, operator: Operator, path: Path
    ) -> None:
        new_file(path)
        operator.sets(CUSTOMER_SQLITE_BUSY_SECONDS="1")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            status, checks = doctor(operator)

        assert status == 1
        assert "another process holds the file" in checks["file"][1]


class TestTables:
    def test_they_are_created_checked_and_deleted(self, operator: Operator, path: Path) -> None:
        missing = operator.runs("tables", "check")
        assert (missing.status, path.exists()) == (1, False)
        assert "customer.db: does not exist" in missing.out

        created = operator.runs("tables", "create", "--yes")
        assert (created.status, created.err) == (0, "")
        assert f"SQLite, the file {path}:" in created.out

        checked = operator.runs("tables", "check")
        assert checked.status == 0
        assert "customer.db: is as it should be" in checked.out
        assert "note: it has 0.1 MiB" in checked.out
        assert "note: SQLite has no point-in-time recovery" in checked.out

        deleted = operator.runs("tables", "delete", typing="customer.db")
        assert deleted.status == 0
        assert contents(path.parent) == {}
        assert operator.runs("tables", "delete", "--yes").status == 0

    def test_the_check_finds_damage(self, operator: Operator, path: Path) -> None:
        new_file(path)
        damage(path)

        ran = operator.runs("tables", "check")

        assert ran.status == 1
        assert ". Restore a backup" in ran.out

    def test_an_older_file_is_updated_by_create_and_not_by_check(
        self, operator: Operator, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new_file(path)
        give_newer_schema(monkeypatch)

        checked = operator.runs("tables", "check")
        assert checked.status == 1
        assert f"has schema {TODAY}, and this version needs {TODAY + 1}" in checked.out
        assert rows(path, "PRAGMA user_version") == [(TODAY,)]

        assert operator.runs("tables", "create", "--yes").status == 0
        assert rows(path, "PRAGMA user_version") == [(TODAY + 1,)]
        assert path.with_name(f"customer.db.v{TODAY}.backup").exists()

    @pytest.mark.parametrize("action", ["create", "check", "delete"])
    def test_the_file_of_another_program_is_refused(
        self, operator: Operator, path: Path, action: str
    ) -> None:
        foreign_database(path)
        before = contents(path.parent)

        ran = operator.runs("tables", action, *([] if action == "check" else ["--yes"]))

        assert ran.status == 1
        assert "is a database of another program" in ran.err
        assert contents(path.parent) == before


def test_scripts_read_the_state_of_the_tables(operator: Operator) -> None:
    absent = operator.runs("tables", "check", "--json")
    operator.runs("tables", "create", "--yes")
    present = operator.runs("tables", "check", "--json")

    assert (absent.status, present.status) == (1, 0)
    assert json.loads(absent.out)["as_it_should_be"] is False
    found = json.loads(present.out)
    assert found["as_it_should_be"]
    (table,) = found["tables"]
    assert (table["table"], table["present"], table["differences"]) == ("customer.db", True, [])


@pytest.mark.usefixtures("zoe")
class TestCustomers:
    def test_a_role_is_granted_and_revoked(self, operator: Operator) -> None:
        assert operator.runs("role", "grant", "zoe").out == "Customer zoe has the role admin.\n"
        assert operator.runs("role", "revoke", "zoe").status == 0

    def test_a_customer_is_unlocked_and_exported(self, operator: Operator) -> None:
        assert operator.runs("customers", "unlock", "zoe").status == 0
        exported = json.loads(operator.runs("export", "zoe").out)
        assert [record["operation_name"] for record in exported["records"]] == [
            "add_customer",
            "unlock",
            "export",
        ]

    def test_a_damaged_file_is_explained(self, operator: Operator, path: Path) -> None:
        path.write_bytes(b"\xff" * 4096 + path.read_bytes()[4096:])

        ran = operator.runs("role", "grant", "zoe")

        assert ran.status == 1
        assert "damaged (SQLITE_NOTADB). Choose another CUSTOMER_SQLITE_PATH" in ran.err
        assert "Traceback" not in ran.err


@pytest.mark.usefixtures("zoe")
class TestBackup:
    def test_a_backup_is_written_and_restored(self, operator: Operator, path: Path) -> None:
        backup = path.with_name("backup")
        written = operator.runs("backup", str(backup))
        assert (written.status, written.err) == (0, "")
        assert written.out == f"The backup {backup} has 0.1 MiB and was checked.\n"
        assert operator.runs("backup", str(backup)).status == 1
        assert operator.runs("backup", str(backup), "--force").status == 0

        operator.runs("role", "grant", "zoe")
        restored = operator.runs("restore", str(backup))

        assert restored.status == 0
        assert f"{path} now has what the backup {backup} has." in restored.out
        assert f"is kept in {path}.replaced-1." in restored.out
        assert rows(path, "SELECT roles FROM customer") == [("",)]

    def test_a_refusal_is_one_sentence_of_what_and_one_of_what_to_do(
        self, operator: Operator, path: Path
    ) -> None:
        ran: CommandResult = operator.runs("backup", str(path))

        assert ran.status == 1
        assert f"{path} is the store itself. Name another file" in ran.err


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_other_stores_have_no_backups(operator: Operator, command: str) -> None:
    operator.sets(CUSTOMER_STORAGE="dynamodb", AWS_DEFAULT_REGION="eu-central-1")
    dynamodb = operator.runs(command, "backup")
    assert dynamodb.status == 1
    assert "Point-in-time recovery restores the tables" in dynamodb.err

    operator.sets(CUSTOMER_STORAGE="memory")
    memory = operator.runs(command, "backup")
    assert memory.status == 2
    assert "what is in memory lives and ends with its own process" in memory.err


class Clients:
    """Add customers over HTTP, log them in and change their names, until they are stopped."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._numbers = count()
        self._stopped = Event()
        self._changes = Semaphore(0)
        self.acknowledged: list[tuple[str, str]] = []
        """Each change that the service has acknowledged: what, and whose."""

    def work(self) -> None:
        with self._service.api() as api:
            while not self._stopped.is_set():
                customer_id = f"customer-{next(self._numbers)}"
                add(api, customer_id, fname="Old")
                self._note("add_customer", customer_id)
                bearer = log_in(api, customer_id)
                self._note("login", customer_id)
                changed = {"fname": "New"}
                assert api.patch(f"{BASE}/me", changed, bearer=bearer).status == 200
                self._note("update_account", customer_id)

    def await_changes(self, number: int) -> None:
        for _ in range(number):
            assert self._changes.acquire(timeout=TIMEOUT)

    def stop(self) -> None:
        self._stopped.set()

    def _note(self, operation: str, customer_id: str) -> None:
        self.acknowledged.append((operation, customer_id))
        self._changes.release()


def test_a_backup_under_load_has_all_that_was_acknowledged_and_can_be_restored(
    serve: Callable[..., Service], path: Path
) -> None:
    settings = {
        **SHARED_SETTINGS,
        "CUSTOMER_SQLITE_PATH": str(path),
        "CUSTOMER_HOST": "127.0.0.1",
        "CUSTOMER_REGISTRATION_ATTEMPTS": "1000",
    }
    backup = path.with_name("backup")
    service = serve(**settings)
    clients = Clients(service)
    with ThreadPoolExecutor(CLIENTS) as threads:
        working = [threads.submit(clients.work) for _ in range(CLIENTS)]
        clients.await_changes(CHANGES)
        before = set(clients.acknowledged)
        written = run("backup", str(backup), **settings)
        clients.await_changes(CHANGES)
        refused = run("restore", str(backup), **settings)
        kept = run("tables", "delete", "--yes", **settings)
        clients.stop()
    for each in working:
        each.result()

    assert written.returncode == 0, written.stderr
    for ran in (refused, kept):
        assert ran.returncode == 1
        assert "open. Stop the service, and try again" in ran.stderr
    recorded = {
        (record["operation_name"], record["customer_id"])
        for (text,) in rows(backup, "SELECT record FROM audit_record")
        for record in [json.loads(text)]
    }
    changed = {
        ("add_customer", each) for (each,) in rows(backup, "SELECT customer_id FROM customer")
    }
    changed |= {("login", each) for (each,) in rows(backup, "SELECT customer_id FROM session")}
    new_names = "SELECT customer_id FROM customer WHERE profile LIKE '%New%'"
    changed |= {("update_account", each) for (each,) in rows(backup, new_names)}
    assert before <= changed
    assert changed == recorded
    assert len(changed) < len(clients.acknowledged)

    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    assert run("restore", str(backup), **settings).returncode == 0
    with serve(**settings).api() as api:
        for operation, customer_id in before:
            if operation == "login":
                assert is_live(api, log_in(api, customer_id, PASSWORD))
                break


def test_the_operator_reads_why_the_service_is_not_ready(
    serve: Callable[..., Service], path: Path
) -> None:
    foreign_database(path)
    before = contents(path.parent)
    service = serve(**SHARED_SETTINGS, CUSTOMER_SQLITE_PATH=str(path))
    with service.api() as api:
        assert api.get("/readyz").status == 503
        assert api.get("/livez").status == 200
    assert f"{path} is a database of another program. Choose another" in service.log
    assert contents(path.parent) == before


def test_a_python_whose_sqlite_is_too_old_is_refused(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.36.0")

    ran = operator.runs("serve")

    assert ran.status == 2
    assert "it needs SQLite 3.37.0, and this Python has 3.36.0" in ran.err
