"""Import and export of customers with files: round trips, resuming, dry runs and reports."""

import csv
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import argon2
import pytest
from support.http.api import Api
from support.http.customer_api import BASE, log_in
from support.http.transports import in_process
from support.services.operator import Operator
from support.stores.stored_state import log_of

from cybershop_customer import OPERATOR, Customer, StoreUnavailableError
from cybershop_customer.adapters.foreign_hashes.argon2 import _require_argon2
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.customer_files import import_batches
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings

HASH = "$2b$04$" + "a" * 21 + "u" + "b" * 31


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_STORAGE="sqlite", CUSTOMER_SQLITE_PATH=str(tmp_path / "shop.db"))
    assert operator.runs("tables", "create", "--yes").status == 0
    # Several batches in a small file.
    monkeypatch.setattr(import_batches, "BATCH", 10)
    return operator


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Container]:
    """The service on the same file."""
    container = make_container(Settings(storage="sqlite", sqlite_path=str(tmp_path / "shop.db")))
    yield container
    container.storage().close()


def stored(container: Container, customer_id: str) -> Customer:
    return container.customers().get_customer(customer_id, actor=OPERATOR)


def write_lines(path: Path, *names: str, **fields: Any) -> Path:
    lines = [
        json.dumps(
            {
                "customer_id": name,
                "email": f"{name}@shop.example",
                "password_hash": HASH,
                **fields,
            }
        )
        for name in names
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@contextmanager
def stop_after(
    monkeypatch: pytest.MonkeyPatch, batches: int, error: type[BaseException]
) -> Iterator[None]:
    """Stop an import when the store has the next batch, and the progress does not say so yet."""
    run = import_batches.BatchImport.run

    def stopping(self: Any, customers: Any) -> Any:
        for number, batch in enumerate(run(self, customers), 1):
            if number > batches:
                raise error
            yield batch

    with monkeypatch.context() as context:
        context.setattr(import_batches.BatchImport, "run", stopping)
        yield


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_exported_customers_are_the_same_in_an_empty_store(
    operator: Operator, shop: Container, tmp_path: Path, ending: str
) -> None:
    source = write_lines(
        tmp_path / "in.jsonl",
        *(f"c{number}" for number in range(25)),
        fname='Zoë "O", x',
        roles=["clerk"],
        version=7,
        created_at="2020-01-01T00:00:00.000001Z",
        email_verified=True,
    )
    assert operator.runs("customers", "import", str(source), "--allow-roles").status == 0
    shop.roles().ensure_admin("root", "battery staple")
    file = tmp_path / f"out.{ending}"

    exported = operator.runs("customers", "export", "--output", str(file), "--with-hashes")

    assert (exported.status, exported.out) == (0, "Customers exported: 26.\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (record,) = log_of(shop.storage(), "-")
    assert record.message == "All customers exported, with password hashes."
    operator.sets(CUSTOMER_SQLITE_PATH=str(tmp_path / "other.db"))
    assert operator.runs("tables", "create", "--yes").status == 0
    imported = operator.runs("customers", "import", str(file), "--allow-roles")
    assert (imported.status, imported.out.split("\n")[0]) == (0, "Customers added: 26.")
    other = make_container(Settings(storage="sqlite", sqlite_path=str(tmp_path / "other.db")))
    for name in ("root", *(f"c{number}" for number in range(25))):
        assert stored(other, name) == stored(shop, name)
    other.storage().close()
    again = tmp_path / f"again.{ending}"
    operator.runs("customers", "export", "--output", str(again), "--with-hashes")
    assert again.read_bytes() == file.read_bytes()


def test_an_export_has_no_hashes_unless_they_are_asked_for(
    operator: Operator, tmp_path: Path
) -> None:
    operator.runs("customers", "import", str(write_lines(tmp_path / "in.jsonl", "zoe")))

    for arguments in ([], ["--format", "csv"]):
        output = tmp_path / "out"
        assert operator.runs("customers", "export", "--output", str(output), *arguments).status == 0
        assert "zoe" in output.read_text(encoding="utf-8")
        assert HASH not in output.read_text(encoding="utf-8")
    assert operator.runs("customers", "export", "--output", str(tmp_path)).status == 1


def test_a_service_goes_on_during_an_export(
    operator: Operator, shop: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"c{number}" for number in range(25)]
    operator.runs("customers", "import", str(write_lines(tmp_path / "in.jsonl", *names)))
    monkeypatch.setattr("cybershop_customer.entrypoints.customer_files.export_file.PAGE", 10)
    from cybershop_customer.entrypoints.cli import export_customers

    def changing(pages: Any, *_: Any) -> Any:
        for page in pages:
            shop.customers().update_customer("c9", actor=OPERATOR, fname="Changed")
            yield page

    monkeypatch.setattr(export_customers, "_counted", changing)
    output = tmp_path / "out.jsonl"

    assert operator.runs("customers", "export", "--output", str(output)).status == 0

    found = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert sorted(each["customer_id"] for each in found) == sorted(names)
    assert {each["fname"] for each in found} == {""}
    assert stored(shop, "c9").fname == "Changed"


@pytest.mark.parametrize("error", [StoreUnavailableError, KeyboardInterrupt])
def test_an_import_goes_on_where_it_stopped_and_adds_each_once(
    operator: Operator,
    shop: Container,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    names = [f"c{number}" for number in range(45)]
    file = write_lines(tmp_path / "in.jsonl", *names[:12], "b a d", *names[12:40], "bad!", "c1")
    with file.open("a", encoding="utf-8") as more:
        more.write('\n{"customer_id": "no-mail"}\n')
    report = tmp_path / "report.jsonl"
    arguments = ("customers", "import", str(file), "--report", str(report))

    with stop_after(monkeypatch, 2, error):
        stopped = operator.runs(*arguments)

    assert stopped.status in {1, 130}
    assert "Run it again" in stopped.err
    progress = tmp_path / "in.jsonl.progress"
    assert json.loads(progress.read_text(encoding="utf-8"))["state"]["records"] == 20
    with report.open("ab") as file_:
        # What a killed run wrote after its last progress.
        file_.write(b'{"line": 999')

    ran = operator.runs(*arguments)

    assert ran.status == 1
    assert ran.err.startswith("20 customers are done: the import continues.\n")
    # The third batch was stored before the stop; its customers exist.
    assert ran.out == ("Customers added: 30.\nExisted, and were left alone: 11.\nRefused: 3.\n")
    assert not progress.exists()
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert [line["line"] for line in lines] == [13, 42, 44]
    assert lines[2]["reason"] == "email is missing; password is missing"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    for name in names[:40]:
        assert len(log_of(shop.storage(), name)) == 1


def test_a_progress_of_something_else_is_refused(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"c{number}" for number in range(30)]
    file = write_lines(tmp_path / "in.jsonl", *names)
    with stop_after(monkeypatch, 1, StoreUnavailableError):
        operator.runs("customers", "import", str(file))
    progress = tmp_path / "in.jsonl.progress"
    kept = progress.read_text(encoding="utf-8")

    write_lines(file, "other", *names)
    assert "that is done has changed: delete" in operator.runs("customers", "import", str(file)).err
    write_lines(file, *names[:3])
    assert "that is done has changed: delete" in operator.runs("customers", "import", str(file)).err
    operator.sets(CUSTOMER_SQLITE_PATH=str(tmp_path / "other.db"))
    assert operator.runs("tables", "create", "--yes").status == 0
    assert (
        "the progress of an import into sqlite"
        in operator.runs("customers", "import", str(file)).err
    )
    progress.write_text(kept.replace("shop.db", "other.db"), encoding="utf-8")
    assert "does not have the customer 'c9'" in operator.runs("customers", "import", str(file)).err
    for content in ("", "[]", '{"version": 2}', kept.replace('"records": 10', '"records": -1')):
        progress.write_text(content, encoding="utf-8")
        assert (
            "no progress file of this version"
            in operator.runs("customers", "import", str(file)).err
        )
    progress.unlink()
    elsewhere = ("--progress", str(tmp_path / "none" / "file"))
    assert "cannot write" in operator.runs("customers", "import", str(file), *elsewhere).err
    assert (
        "cannot read"
        in operator.runs("customers", "import", str(file), "--progress", str(tmp_path)).err
    )
    assert (
        "cannot write"
        in operator.runs("customers", "import", str(file), "--report", str(tmp_path)).err
    )


def test_a_dry_run_adds_no_one_and_keeps_no_progress(operator: Operator, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "in.jsonl", "a", "a", "b", "c!")

    ran = operator.runs("customers", "import", str(file), "--dry-run")

    assert ran.status == 1
    assert ran.err.startswith("line 4: customer_id must have 1 to 128 characters")
    assert ran.out == (
        "Customers that would be added: 2.\n"
        "Exist, and would be left alone: 1.\n"
        "Would be refused: 1.\n"
    )
    assert operator.runs("customers", "import", str(file)).out.startswith("Customers added: 2.\n")


def test_a_program_gets_the_counts_as_json(operator: Operator, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "in.jsonl", "a", "b", "c!", loyalty=7)
    counts = {"added_without_password": 0, "left_alone": 0, "refused": 1}

    ran = operator.runs("customers", "import", str(file), "--dry-run", "--json")

    assert ran.status == 1
    expected = {"dry_run": True, "added": 2, **counts, "attributes_not_imported": {"loyalty": 3}}
    assert json.loads(ran.out) == expected
    ran = operator.runs("customers", "import", str(file), "--json")
    assert json.loads(ran.out) == {**expected, "dry_run": False}


def test_a_file_without_customers_says_so(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("customer_id,email\n", encoding="utf-8")

    ran = operator.runs("customers", "import", str(tmp_path / "in.csv"))

    assert (ran.status, ran.out.split("\n")[0]) == (0, "The file has no customers.")


def test_a_thousand_customers_of_another_system_log_in_with_their_passwords(
    operator: Operator, shop: Container, tmp_path: Path
) -> None:
    """The hashes are Argon2's. The login of one replaces that one's hash by the service's own."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    file = tmp_path / "customers.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["customer_id", "email", "password_hash"])
        for number in range(1000):
            password_hash = hasher.hash(f"correct horse {number}")
            rows.writerow([f"c{number}", f"c{number}@shop.example", password_hash])

    ran = operator.runs("customers", "import", str(file))

    assert (ran.status, ran.out.split("\n")[0]) == (0, "Customers added: 1000.")
    with in_process(create_app(shop.services())) as send:
        api = Api(send)
        wrong = {"customer_id": "c712", "password": "correct horse 1"}
        assert api.put(f"{BASE}/login", wrong).status == 401
        assert log_in(api, "c712", "correct horse 712")
    assert password_hash_of(shop, "c711").startswith("$argon2id$")
    assert not password_hash_of(shop, "c712").startswith("$argon2id$")


def password_hash_of(container: Container, customer_id: str) -> str:
    now = container.clock().now()
    customer = container.customer_repository().get(customer_id, now=now)
    assert customer is not None
    return customer.password_hash


def test_no_file_that_an_import_needs_is_written_over(operator: Operator, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "in.jsonl", "a")
    (tmp_path / "link").symlink_to(file)
    store = (tmp_path / "shop.db").read_bytes()
    progress = tmp_path / "in.jsonl.progress"
    wrong = [
        *(("--report", str(each)) for each in (file, tmp_path / "link", progress)),
        *(("--report", str(tmp_path / f"shop.db{end}")) for end in ("", "-wal", "-shm")),
        *(("--progress", str(each)) for each in (file, tmp_path / "shop.db")),
    ]
    for arguments in wrong:
        ran = operator.runs("customers", "import", str(file), *arguments)
        assert ran.status == 2, arguments
        assert "Name another file" in ran.err
    for command in (("customers", "export"), ("export", "a")):
        ran = operator.runs(*command, "--output", str(tmp_path / "shop.db"))
        assert ran.status == 2
        assert "shop.db is the store itself. Name another file" in ran.err

    assert (tmp_path / "shop.db").read_bytes() == store
    assert operator.runs("customers", "import", str(file)).status == 0


def test_a_second_import_of_the_same_file_is_refused_while_one_runs(
    operator: Operator, tmp_path: Path
) -> None:
    file = write_lines(tmp_path / "in.jsonl", "a")
    with file.open(encoding="utf-8") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        ran = operator.runs("customers", "import", str(file))
        assert operator.runs("customers", "import", str(file), "--dry-run").status == 0

    assert ran.status == 1
    assert f"another import of {file} runs" in ran.err
    assert operator.runs("customers", "import", str(file)).status == 0


def without_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    _require_argon2.cache_clear()
    monkeypatch.setattr("cybershop_customer.adapters.extras.find_spec", lambda _: None)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_file_with_hashes_whose_extra_is_missing_is_refused_before_the_first_customer(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, dry_run: bool
) -> None:
    """Also where the first such hash is the last of the file, and lies across two reads."""
    monkeypatch.setattr("cybershop_customer.entrypoints.customer_files.import_run._CHUNK", 7)
    file = write_lines(tmp_path / "in.jsonl", *(f"c{number}" for number in range(30)))
    argon2 = "$argon2id$v=19$m=65536,t=3,p=4$zrl3zjlnbA3h/N/bW2vNuQ$" + "A" * 43
    last = {"customer_id": "last", "email": "last@shop.example", "password_hash": argon2}
    arguments = ("import", str(file), *(["--dry-run"] if dry_run else []))
    with monkeypatch.context() as context:
        without_argon2(context)
        assert operator.runs(*arguments, "--dry-run").status == 0
        with file.open("a", encoding="utf-8") as more:
            more.write("\n" + json.dumps(last))

        ran = operator.runs(*arguments)

    assert (ran.status, ran.out) == (1, "")
    assert f"{file} has hashes of Argon2, and argon2 is not installed" in ran.err
    assert "pip install 'cybershop-customer[foreign-hashes]'" in ran.err
    assert not (tmp_path / "in.jsonl.progress").exists()
    assert operator.runs("import", str(file)).out.startswith("Customers added: 31.\n")


def test_the_doctor_says_that_argon2_is_not_verified(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.runs("import", str(write_lines(tmp_path / "in.jsonl", "a")))
    assert "password hashes" not in operator.runs("doctor").out
    without_argon2(monkeypatch)

    told = operator.runs("doctor").out
    assert "note     password hashes: Argon2 is not installed; customers with imported" in told
    assert "pip install 'cybershop-customer[foreign-hashes]'\n" in told


def test_a_pipe_is_refused_since_it_can_be_read_only_once(
    operator: Operator, tmp_path: Path
) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")

    ran = operator.runs("import", str(pipe))

    assert (ran.status, ran.out) == (1, "")
    assert "is not a regular file. Write its content to a file" in ran.err


def test_a_line_that_cannot_be_read_has_one_reason(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    header = "\ufeffcustomer_id,email,password_hash\r\n"
    rows = ["a,a@shop.example,$argon2id$v=19$m=8,t=1,p=1$x$y", f"b,b@shop.example,{HASH}", "c"]
    file.write_text(header + "\r\n".join(rows), encoding="utf-8", newline="")

    ran = operator.runs("import", str(file))

    assert ran.err == (
        "line 2: the line has 5 cells, and the first line 3: put a cell with commas between"
        " quotes\nline 4: the line has 1 cells, and the first line 3\n"
    )
    assert ran.out.startswith("Customers added: 1.\n")


def test_a_number_at_a_time_is_checked(operator: Operator, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "in.jsonl", "a")

    assert operator.runs("customers", "import", str(file), "--at-a-time", "65").status == 2
    assert operator.runs("customers", "import", str(file), "--at-a-time", "64").status == 0
