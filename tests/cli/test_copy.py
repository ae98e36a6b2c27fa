"""``cybershop-customer copy``, as an operator uses it."""

import json
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.builders.values import added
from support.copying.life import live_through
from support.copying.stores import sqlite_store
from support.dynamodb.emulated_database import EmulatedDatabase, emulated_database
from support.services.operator import Operator, Terminal

from cybershop_customer.adapters.sqlite.bulk_access import SQLiteBulkAccess
from cybershop_customer.domain.services import store_comparison, store_copy
from cybershop_customer.entrypoints.cli import progress_bar
from cybershop_customer.entrypoints.testkit.clock import ManualClock

THERE = ("copy", "--from", "sqlite", "--to", "dynamodb")
BACK = ("copy", "--from", "dynamodb", "--to", "sqlite")


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    monkeypatch.chdir(tmp_path)
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_SQLITE_PATH="shop.db")
    return operator


@pytest.fixture
def tables(operator: Operator) -> Iterator[EmulatedDatabase]:
    """Empty tables of DynamoDB."""
    with emulated_database("moto", operator) as database:
        assert operator.runs("tables", "create", "--yes").status == 0
        yield database


@pytest.fixture
def shop(operator: Operator) -> Path:
    """A file with customers."""
    path = Path("shop.db")
    with sqlite_store(path) as store:
        live_through(store.storage, ManualClock(), operations=20)
    return path


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (store_copy, store_comparison):
        monkeypatch.setattr(module, "PAGE_ENTRIES", 10)


def checksums(out: str) -> list[str]:
    return re.findall(r"^  (\S.*), checksum ([0-9a-f]{64})$", out, re.MULTILINE)


@pytest.mark.usefixtures("shop", "tables", "small_pages")
def test_there_and_back_the_checksums_are_the_same(operator: Operator) -> None:
    there = operator.runs(*THERE)
    operator.sets(CUSTOMER_SQLITE_PATH="again.db")
    back = operator.runs(*BACK)

    assert (there.status, there.err) == (back.status, back.err) == (0, "")
    assert "Verified: both stores have the same " in there.out
    assert len(checksums(there.out)) == 4
    assert checksums(there.out) == checksums(back.out)
    for path in ("again.db", "copy-sqlite-to-dynamodb.progress"):
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


@pytest.mark.usefixtures("shop", "tables", "small_pages")
def test_the_same_command_continues_after_an_interruption(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, pages = SQLiteBulkAccess.read_page, []

    def interrupted(self: SQLiteBulkAccess, after: str | None, *, limit: int) -> Any:
        pages.append(after)
        if len(pages) == 4:
            raise KeyboardInterrupt
        return read(self, after, limit=limit)

    with monkeypatch.context() as patch:
        patch.setattr(SQLiteBulkAccess, "read_page", interrupted)
        first = operator.runs(*THERE)
    second = operator.runs(*THERE)

    assert first.status == 130
    assert "The copy is not finished: run the same command again" in first.err
    saved = json.loads(Path("copy-sqlite-to-dynamodb.progress").read_text())
    assert saved["state"]["is_complete"]
    assert second.status == 0
    assert re.search(r"\d+ entries were copied before: the copy continues\.", second.out)
    assert "Verified" in second.out
    # Once more: it only verifies.
    assert operator.runs(*THERE).status == 0


@pytest.mark.usefixtures("shop")
def test_a_record_that_was_changed_in_the_target_is_found(
    operator: Operator, tables: EmulatedDatabase
) -> None:
    assert operator.runs(*THERE).status == 0
    key: Any = {"pk": {"S": "C#zoe"}}
    changed: Any = {"fname": {"Value": {"S": "Zoë?"}, "Action": "PUT"}}
    tables.client.update_item(TableName=tables.customer, Key=key, AttributeUpdates=changed)

    ran = operator.runs(*THERE)

    assert ran.status == 1
    assert "These customers differ: zoe (customers)." in ran.err
    assert "Perhaps a service ran on one of the stores" in ran.err
    assert len(checksums(ran.out)) == 3
    assert "in the target" in ran.out


@pytest.mark.usefixtures("shop")
def test_a_target_that_is_not_empty_is_refused_and_not_changed(
    operator: Operator, tables: EmulatedDatabase
) -> None:
    tables.put(tables.customer, pk="T#login#someone")

    ran = operator.runs(*THERE)

    assert ran.status == 1
    assert "is not empty: choose an empty store, or empty this one" in ran.err
    assert tables.count(tables.customer) == 1
    assert not Path("copy-sqlite-to-dynamodb.progress").exists()


@pytest.mark.usefixtures("tables", "shop")
def test_the_progress_of_another_copy_is_refused(operator: Operator) -> None:
    assert operator.runs(*THERE).status == 0
    operator.sets(CUSTOMER_SQLITE_PATH="other.db")
    with sqlite_store(Path("other.db")) as store:
        added(store.storage)

    ran = operator.runs(*THERE)

    assert ran.status == 1
    assert (
        "copy-sqlite-to-dynamodb.progress is the progress of another copy, from SQLite" in ran.err
    )
    assert "shop.db to DynamoDB" in ran.err
    assert "or name another file with --progress" in ran.err


@pytest.mark.usefixtures("shop", "tables")
def test_tables_that_were_emptied_meanwhile_are_noticed(operator: Operator) -> None:
    assert operator.runs(*THERE).status == 0
    unprotected = ("--no-deletion-protection", "--no-point-in-time-recovery", "--yes")
    operator.runs("tables", "create", *unprotected)
    assert operator.runs("tables", "delete", "--yes").status == 0
    assert operator.runs("tables", "create", "--yes").status == 0

    ran = operator.runs(*THERE)

    assert ran.status == 1
    assert "is empty, but copy-sqlite-to-dynamodb.progress says that entries were copied" in ran.err


@pytest.mark.usefixtures("shop", "tables")
@pytest.mark.parametrize("content", ["{}", "[1]", "no JSON", '{"version": 2}', "\0\0"])
def test_another_file_is_no_progress_and_stays_as_it_is(operator: Operator, content: str) -> None:
    Path("mine").write_text(content)

    ran = operator.runs(*THERE, "--progress", "mine")

    assert ran.status == 1
    assert "mine is no progress file of this version: name another file" in ran.err
    assert Path("mine").read_text() == content


@pytest.mark.usefixtures("shop", "tables")
def test_a_progress_file_that_cannot_be_written_is_explained(operator: Operator) -> None:
    ran = operator.runs(*THERE, "--progress", "nowhere/file")

    assert ran.status == 1
    assert "cannot write nowhere/file: No such file or directory. Name another file" in ran.err


@pytest.mark.usefixtures("shop")
def test_missing_tables_are_explained(operator: Operator) -> None:
    with emulated_database("moto", operator):
        ran = operator.runs(*THERE)

    assert ran.status == 1
    assert "customer does not exist at https://dynamodb.eu-central-1" in ran.err
    assert "run `cybershop-customer tables create` with CUSTOMER_STORAGE=dynamodb first" in ran.err


@pytest.mark.usefixtures("tables")
def test_a_missing_file_is_explained_and_not_created(operator: Operator) -> None:
    ran = operator.runs(*THERE)

    assert ran.status == 1
    assert "shop.db. Set CUSTOMER_SQLITE_PATH to the file of the service" in ran.err
    assert not Path("shop.db").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--from", "memory", "--to", "sqlite"), "--from must be dynamodb or sqlite here"),
        (("--from", "sqlite", "--to", "memory"), "--to must be dynamodb or sqlite here"),
        (("--from", "sqlite", "--to", "sqlite"), "--to must be another store than --from."),
        (("--from", "sqlit", "--to", "dynamodb"), "'sqlit' is no store: choose dynamodb or sqlite"),
        (("--from", "sqlite"), "--to"),
    ],
)
def test_other_stores_are_refused(
    operator: Operator, arguments: tuple[str, ...], complaint: str
) -> None:
    ran = operator.runs("copy", *arguments)

    assert ran.status == 2
    assert complaint in ran.err


class TestProgressBar:
    def test_a_terminal_shows_a_bar(self, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)

        with progress_bar.progress_bar("copied", 100, done=50) as advance:
            advance(50)

        assert "copied:" in terminal.getvalue()
        assert "100/100" in terminal.getvalue()

    def test_anything_else_gets_a_line_now_and_then(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clock = ManualClock()
        with progress_bar.progress_bar("copied", 100, monotonic=clock.monotonic) as advance:
            for _ in range(25):
                clock.advance(seconds=1)
                advance(2)

        assert capsys.readouterr().err == (
            "copied: 20 of about 100 entries\ncopied: 40 of about 100 entries\n"
        )

    def test_a_closed_standard_error_gets_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stderr", None)

        with progress_bar.progress_bar("copied", None) as advance:
            advance(1)
