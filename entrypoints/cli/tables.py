"""``cybershop-customer tables``: create, check and delete the tables, as the operator."""

import argparse
from collections.abc import Mapping
from typing import Final

from . import table_actions
from .command import Command
from .parser import CommandParser
from .shared_store import read_shared_store

_ACTIONS: Final = {
    "create": "create what is missing, and fix what is not as it should be",
    "check": "tell what is not as it should be, and change nothing",
    "delete": "delete the tables, with all that is in them",
}


def _configure(parser: CommandParser) -> None:
    """Declare the command's arguments."""
    create, check, delete = parser.add_actions("action", _ACTIONS).values()
    for action in (create, check):
        _add_protection(action)
    for action in (create, delete):
        action.add_argument("--yes", action="store_true", help="do it without asking")
    create.add_argument(
        "--tag",
        action="append",
        default=[],
        type=_tag,
        metavar="KEY=VALUE",
        help="put this tag on a DynamoDB table that is created; may be given more than once",
    )


def _add_protection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--point-in-time-recovery",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let DynamoDB keep each table restorable to any second of the last 35 days"
        " (default: on)",
    )
    parser.add_argument(
        "--deletion-protection",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let DynamoDB refuse to delete the tables (default: on)",
    )


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form KEY=VALUE")
    return key, value


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Do the action on the store that the settings name. Returns the exit status."""
    _, administration = read_shared_store(environ)
    return table_actions.run(options, administration)


COMMAND: Final = Command(
    "create, check or delete the tables in DynamoDB, or the SQLite file", _configure, _run
)
