"""Each command prints JSON for a script, if it prints what a script wants."""

import json
from pathlib import Path
from typing import Any, Final

import click
import pytest
from support.services.operator import Operator

from cybershop_customer.entrypoints.cli.main import make_root

WITHOUT: Final = {
    "serve": "runs until it is ended",
    "customers import": "has --report for a script",
    "customers export": "writes a file in a form of its own",
    "export": "always prints JSON",
    "completion bash": "prints a script",
    "completion zsh": "prints a script",
    "completion fish": "prints a script",
}


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    monkeypatch.chdir(tmp_path)
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_STORAGE="sqlite", CUSTOMER_BCRYPT_ROUNDS="4")
    return operator


def without_json(found: click.Command, *path: str) -> list[str]:
    """The commands below ``found`` that have no ``--json``."""
    if not isinstance(found, click.Group):
        options = [name for param in found.params for name in param.opts]
        return [] if "--json" in options else [" ".join(path)]
    context = click.Context(found)
    named = ((name, found.get_command(context, name)) for name in found.list_commands(context))
    return [leaf for name, each in named if each for leaf in without_json(each, *path, name)]


def test_each_command_has_the_option_or_a_reason() -> None:
    assert set(without_json(make_root())) <= {*WITHOUT}


def of_json(operator: Operator, *arguments: str, status: int = 0) -> Any:
    """The one value that the command prints."""
    ran = operator.runs(*arguments, "--json")
    assert ran.status == status, ran
    return json.loads(ran.out)


def test_the_life_of_a_file_is_told_to_a_script(operator: Operator, tmp_path: Path) -> None:
    step = {"table": "customer.db", "step": "create the file, with all tables"}
    created = of_json(operator, "tables", "create", "--yes")
    assert created == {"done": True, "steps": [step]}
    assert of_json(operator, "tables", "create", "--yes") == {"done": True, "steps": []}

    written = of_json(operator, "backup", "copy.backup")
    assert written == {"file": "copy.backup", "bytes": Path("copy.backup").stat().st_size}
    place = str(tmp_path / "customer.db")
    assert of_json(operator, "restore", "copy.backup") == {
        "backup": "copy.backup",
        "place": place,
        "kept": f"{place}.replaced-1",
    }

    deleted = of_json(operator, "tables", "delete", "--yes")
    step = {"table": "customer.db", "step": "delete the file, with all that is in it"}
    assert deleted == {"done": True, "steps": [step]}


def test_text_is_on_the_standard_error_then(operator: Operator) -> None:
    ran = operator.runs("tables", "create", "--json", typing="n")

    assert ran.status == 1
    assert json.loads(ran.out) == {"done": False, "steps": []}
    assert "customer.db: does not exist" in ran.err
    assert ran.err.endswith("Nothing was done.\n")


def test_a_wrong_call_prints_no_value(operator: Operator) -> None:
    ran = operator.runs("tables", "create", "--json")

    assert (ran.status, ran.out) == (2, "")
