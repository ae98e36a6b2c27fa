"""``cybershop-customer``: runs one of its commands."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from ...domain.errors import CustomerServiceError, SettingsError
from . import (
    backup,
    copy,
    doctor,
    export,
    export_all,
    import_customers,
    restore,
    role,
    serve,
    tables,
    unlock,
)
from .command import FAILURE, USAGE_ERROR, Command
from .parser import CommandParser

_COMMANDS: Final = {
    "serve": serve.COMMAND,
    "role": role.COMMAND,
    "unlock": unlock.COMMAND,
    "export": export.COMMAND,
    "export-all": export_all.COMMAND,
    "import": import_customers.COMMAND,
    "backup": backup.COMMAND,
    "restore": restore.COMMAND,
    "copy": copy.COMMAND,
    "tables": tables.COMMAND,
    "doctor": doctor.COMMAND,
}
_INTERRUPTED: Final = 130
"""The exit status that a shell gives a program that Ctrl-C ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns its exit status: 0, ``FAILURE``, ``USAGE_ERROR``, or 130 after Ctrl-C.
    """
    try:
        try:
            return _run(arguments)
        finally:
            # BrokenPipeError is handled below. None is a closed standard output.
            if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
                sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output, such as `head`, has closed the pipe. At exit Python flushes
        # once more, which would print an error.
        if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except KeyboardInterrupt:
        print("\ncybershop-customer: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    command = _COMMANDS[options.command]
    try:
        return command.run(options, os.environ)
    except SettingsError as error:
        _print_faults(error, command)
        return USAGE_ERROR
    except CustomerServiceError as error:
        print(f"cybershop-customer: {error}", file=sys.stderr)
        return FAILURE


def _print_faults(error: SettingsError, command: Command) -> None:
    print("The settings are wrong:", file=sys.stderr)
    for fault in error.faults:
        print(f"  {fault}", file=sys.stderr)
    if any(fault.field == "AWS_DEFAULT_REGION" for fault in error.faults):
        print(command.without_aws, file=sys.stderr)


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="cybershop-customer",
        description="The customer service of Cybershop. Settings are CUSTOMER_* variables.",
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {version('cybershop-customer')}"
    )
    helps = {name: command.help for name, command in _COMMANDS.items()}
    for name, subparser in parser.add_actions("command", helps).items():
        _COMMANDS[name].configure(subparser)
    return parser
