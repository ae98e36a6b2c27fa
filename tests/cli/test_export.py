"""``cybershop-customer export``: to the standard output, or to a file that is whole or absent."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dynamodb.databases import new_database
from support.dynamodb.simulated_aws import simulated_aws
from support.services.operator import Operator

from cybershop_customer import StoreUnavailableError
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.entrypoints.cli import export as command
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Operator]:
    """An operator of a store that has the customer zoe."""
    operator = Operator(monkeypatch, capsys)
    with simulated_aws():
        operator.sets(AWS_DEFAULT_REGION="us-east-1", CUSTOMER_BCRYPT_ROUNDS="4")
        # moto replaces parts of botocore.
        operator.sets(CUSTOMER_DYNAMODB_CLIENT="botocore")
        database = new_database(make_client(None, limits=CallLimits(), connections=1))
        prefix = database.customer_table.removesuffix("customer")
        operator.sets(CUSTOMER_TABLE_PREFIX=prefix)
        settings = Settings(table_prefix=prefix, bcrypt_rounds=4, dynamodb_client="botocore")
        make_container(settings).customers().add_customer(
            customer_id="zoe", email="zoe@shop.example", password="correct horse", fname="Zoë"
        )
        yield operator


def test_the_standard_output_has_the_document(operator: Operator) -> None:
    ran = operator.runs("export", "zoe")

    assert (ran.status, ran.err) == (0, "")
    document = json.loads(ran.out)
    assert document["profile"]["fname"] == "Zoë"
    assert [record["actor"] for record in document["records"]] == ["anyone", "operator"]


def test_a_closed_standard_output_is_explained_and_nothing_is_exported(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as closed:
        closed.setattr(sys, "stdout", None)
        ran = operator.runs("export", "zoe")

    assert ran.status == 1
    assert ran.err == (
        "cybershop-customer: the standard output is closed. Name a file with --output\n"
    )
    document = json.loads(operator.runs("export", "zoe").out)
    operations = [record["operation_name"] for record in document["records"]]
    assert operations.count("export") == 1


def test_a_file_is_written_for_its_owner_only(operator: Operator, tmp_path: Path) -> None:
    path = tmp_path / "zoe.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)

    ran = operator.runs("export", "zoe", "--output", str(path))

    assert (ran.status, ran.err) == (0, "")
    assert ran.out == f"Customer zoe is exported to {path}.\n"
    assert json.loads(path.read_text(encoding="utf-8"))["customer_id"] == "zoe"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*tmp_path.iterdir()] == [path]


def test_a_store_that_fails_in_the_middle_leaves_the_old_file(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> Iterator[bytes]:
        yield b"{"
        raise StoreUnavailableError

    monkeypatch.setattr(command, "export_parts", fail)
    path = tmp_path / "zoe.json"
    path.write_text("old", encoding="utf-8")

    ran = operator.runs("export", "zoe", "--output", str(path))

    assert ran.status == 1
    assert "the store is unavailable" in ran.err
    assert [(each, each.read_text(encoding="utf-8")) for each in tmp_path.iterdir()] == [
        (path, "old")
    ]


def test_a_link_to_a_file_stays(operator: Operator, tmp_path: Path) -> None:
    file, link = tmp_path / "zoe.json", tmp_path / "newest.json"
    file.write_text("old", encoding="utf-8")
    link.symlink_to(file)

    assert operator.runs("export", "zoe", "--output", str(link)).status == 0

    assert link.readlink() == file
    assert json.loads(file.read_text(encoding="utf-8"))["customer_id"] == "zoe"


@pytest.mark.parametrize("to", ["device", "link"])
def test_a_device_is_not_replaced(operator: Operator, tmp_path: Path, to: str) -> None:
    """A named pipe stands for /dev/null here, and a link to it for /dev/stdout."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    path = pipe if to == "device" else link

    ran = operator.runs("export", "zoe", "--output", str(path))

    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        f"cybershop-customer: cannot write {path}: it is no regular file."
        " Name another file with --output\n"
    )
    assert pipe.is_fifo()
    assert link.readlink() == pipe
    assert {*tmp_path.iterdir()} == {pipe, link}


@pytest.mark.parametrize("name", ["missing/zoe.json", "."])
def test_a_file_that_cannot_be_written_is_explained(
    operator: Operator, tmp_path: Path, name: str
) -> None:
    ran = operator.runs("export", "zoe", "--output", str(tmp_path / name))

    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"cybershop-customer: cannot write {tmp_path}")
    assert "Traceback" not in ran.err
    assert [*tmp_path.iterdir()] == []


def test_an_unknown_customer_is_named(operator: Operator, tmp_path: Path) -> None:
    ran = operator.runs("export", "nobody", "--output", str(tmp_path / "nobody.json"))

    assert (ran.status, ran.out) == (1, "")
    assert ran.err == "cybershop-customer: there is no customer 'nobody'\n"
    assert [*tmp_path.iterdir()] == []
