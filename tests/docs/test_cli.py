"""The page of the command line: every command runs as it is printed, and no command is missing."""

import re
import shlex
from pathlib import Path

import pytest
from support.repository.checkout import ROOT
from support.repository.markdown import Document
from support.services.operator import Operator

from cybershop_customer.entrypoints.cli import command
from cybershop_customer.entrypoints.cli.main import COMMANDS

PAGE = Document(ROOT / "docs" / "cli.md")


def test_each_command_succeeds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_BCRYPT_ROUNDS="4")
    monkeypatch.chdir(tmp_path)
    ran = 0
    for line in "".join(PAGE.blocks("sh")).splitlines():
        *before, last = line.split(" | ")
        words = shlex.split(last)
        if words[0] == "export":
            operator.sets(**dict(word.split("=") for word in words[1:]))
            continue
        assert words[0] == command.PROGRAM
        piped = shlex.split(before[0])[1] if before else ""
        result = operator.runs(*words[1:], piped=f"{piped}\n")
        assert (result.status, result.err) == (command.SUCCESS, ""), line
        ran += 1
    assert ran >= 20


def test_it_names_each_command() -> None:
    rows = re.findall(r"^\| (`[a-z`, ]+`) \|", PAGE.text, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"[a-z]+", row)] == [*COMMANDS]


def test_it_explains_each_exit_status() -> None:
    told = {int(status) for status in re.findall(r"^\| (\d+) \|", PAGE.text, re.MULTILINE)}
    assert told == {
        *(command.SUCCESS, command.FAILURE, command.USAGE_ERROR, command.INTERRUPTED),
        128 + 15,
    }
