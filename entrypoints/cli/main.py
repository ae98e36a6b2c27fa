"""``cybershop-customer``: its commands, and what their exit status means."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from ...domain.errors import CustomerServiceError, SettingsError
from . import doctor, role, serve, tables
from .command import FAILURE, USAGE_ERROR

_COMMANDS: Final = {
    "serve": serve.COMMAND,
    "role": role.COMMAND,
    "tables": tables.COMMAND,
    "doctor": doctor.COMMAND,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit status: 0, ``FAILURE`` or ``USAGE_ERROR``."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options, os.environ))
    except SettingsError as error:
        print("The settings are wrong:", file=sys.stderr)
        for fault in error.faults:
            print(f"  {fault}", file=sys.stderr)
        return USAGE_ERROR
    except CustomerServiceError as error:
        print(f"cybershop-customer: {error}", file=sys.stderr)
        return FAILURE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cybershop-customer",
        description="The customer service of Cybershop. Settings are CUSTOMER_* variables.",
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {version('cybershop-customer')}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        subparser = commands.add_parser(name, help=command.help, description=command.help)
        command.configure(subparser)
        subparser.set_defaults(run=command.run)
    return parser
