"""A misspelt path: no command works on a new and empty store, except those that make one."""

from pathlib import Path
from typing import Final

import click
import pytest
from support.services.operator import Operator

from cybershop_customer.entrypoints.cli.main import make_root

REFUSED: Final = {
    "role grant": "zoe",
    "role revoke": "zoe",
    "customers add": "zoe --email zoe@shop.example --password-stdin",
    "customers show": "zoe",
    "customers find": "zoe@shop.example",
    "customers list": "",
    "customers update": "zoe --fname Zoe",
    "customers delete": "zoe --yes",
    "customers unlock": "zoe",
    "customers import": "customers.csv",
    "customers export": "",
    "sessions list": "zoe",
    "sessions end": "zoe --yes",
    "log": "zoe",
    "export": "zoe",
    "backup": "copy.backup",
    "copy": "--from sqlite --to dynamodb",
}
"""With arguments that are right."""

ALLOWED: Final = {
    "serve": "creates the file of the service",
    "restore": "creates the file from a backup",
    "tables create": "creates the file",
    "tables check": "says that the file does not exist",
    "tables delete": "has nothing to delete",
    "doctor": "says that the file does not exist, and what to do",
    "config": "opens no store",
    "cost": "opens no store",
    "completion bash": "opens no store",
    "completion zsh": "opens no store",
    "completion fish": "opens no store",
}


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    monkeypatch.chdir(tmp_path)
    Path("customers.csv").write_text("customer_id,email,password\nzoe,zoe@shop.example,\n")
    operator = Operator(monkeypatch, capsys)
    operator.sets(
        CUSTOMER_STORAGE="sqlite",
        CUSTOMER_SQLITE_PATH=str(tmp_path / "misspelt.db"),
        CUSTOMER_DYNAMODB_ENDPOINT="http://127.0.0.1:9",
    )
    return operator


def leaves(found: click.Command, *path: str) -> list[str]:
    """Every command below ``found``."""
    if not isinstance(found, click.Group):
        return [" ".join(path)]
    context = click.Context(found)
    named = ((name, found.get_command(context, name)) for name in found.list_commands(context))
    return [leaf for name, each in named if each for leaf in leaves(each, *path, name)]


def test_it_is_decided_for_each_command() -> None:
    assert sorted(leaves(make_root())) == sorted([*REFUSED, *ALLOWED])


@pytest.mark.parametrize("command", REFUSED)
def test_a_missing_file_is_refused_and_not_created(
    operator: Operator, tmp_path: Path, command: str
) -> None:
    before = sorted(tmp_path.iterdir())

    ran = operator.runs(*command.split(), *REFUSED[command].split(), piped="winter is over\n")

    assert (ran.status, ran.out) == (1, "")
    assert f"here is no SQLite file at {tmp_path / 'misspelt.db'}. Set CUSTOMER_SQLITE" in ran.err
    assert "`cybershop-customer tables create`" in ran.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["doctor", "tables check", "tables delete --yes"])
def test_a_command_that_looks_creates_nothing_either(
    operator: Operator, tmp_path: Path, command: str
) -> None:
    before = sorted(tmp_path.iterdir())

    ran = operator.runs(*command.split())

    assert "misspelt.db" in ran.out
    assert sorted(tmp_path.iterdir()) == before


def test_an_empty_file_and_a_missing_directory_are_named(
    operator: Operator, tmp_path: Path
) -> None:
    (tmp_path / "misspelt.db").touch()
    empty = operator.runs("customers", "list")
    operator.sets(CUSTOMER_SQLITE_PATH=str(tmp_path / "nowhere" / "customer.db"))
    nowhere = operator.runs("customers", "list")

    assert (empty.status, nowhere.status) == (1, 1)
    assert "misspelt.db is empty. Set" in empty.err
    assert "its directory does not exist, or this user may not enter it. Set" in nowhere.err
