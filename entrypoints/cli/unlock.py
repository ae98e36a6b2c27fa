"""``cybershop-customer unlock``: let a customer log in again, as the operator."""

import argparse
from collections.abc import Mapping
from typing import Final

from ...domain.actor import OPERATOR
from .command import Command
from .parser import CommandParser
from .shared_store import shared_container


def _configure(parser: CommandParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("customer_id", metavar="CUSTOMER_ID")


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Unlock the customer in the store that the settings name. Returns 0."""
    with shared_container(environ) as container:
        container.throttle().unlock(options.customer_id, actor=OPERATOR)
    print(f"Customer {options.customer_id} is unlocked.")
    return 0


COMMAND: Final = Command("let a customer log in again after too many failures", _configure, _run)
