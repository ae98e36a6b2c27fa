"""``cybershop-customer``: its commands, and what their exit status means."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from ...domain.errors import CustomerServiceError, SettingsError
from . import role, serve

USAGE_ERROR: Final = 2
"""A command or a setting is wrong: nothing was tried."""
FAILURE: Final = 1
"""What was asked for could not be done."""

_COMMANDS: Final = {"serve": serve.COMMAND, "role": role.COMMAND}


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
