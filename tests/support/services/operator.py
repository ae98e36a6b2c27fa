"""Runs the command line in this process as an operator does."""

import os
import sys
from dataclasses import dataclass
from io import StringIO
from typing import Final

import pytest

from cybershop_customer.entrypoints.cli.main import main

NOWHERE: Final = "/nonexistent"


@dataclass(frozen=True)
class CommandResult:
    """The exit status of a command, and what it printed."""

    status: int
    out: str
    err: str


class Terminal(StringIO):
    """A stub of a terminal with typed text."""

    def isatty(self) -> bool:
        return True


class Operator:
    """Runs commands in an environment without other settings of the service or AWS."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name in list(os.environ):
            if name.startswith(("AWS_", "CUSTOMER_")):
                monkeypatch.delenv(name)
        self.sets(
            AWS_EC2_METADATA_DISABLED="true",
            AWS_CONFIG_FILE=NOWHERE,
            AWS_SHARED_CREDENTIALS_FILE=NOWHERE,
        )

    def sets(self, **variables: str) -> None:
        """Set environment variables."""
        for name, text in variables.items():
            self._monkeypatch.setenv(name, text)

    def lacks(self, *names: str) -> None:
        """Unset environment variables."""
        for name in names:
            self._monkeypatch.delenv(name, raising=False)

    def runs(self, *arguments: str, typing: str | None = None, piped: str = "") -> CommandResult:
        """Run a command.

        ``typing`` is typed at a terminal. Without it there is no terminal, and the standard input
        has ``piped``.
        """
        stdin = StringIO(piped) if typing is None else Terminal(f"{typing}\n")
        self._monkeypatch.setattr(sys, "stdin", stdin)
        self._capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as usage:
            status = int(usage.code or 0)
        printed = self._capsys.readouterr()
        return CommandResult(status, printed.out, printed.err)
