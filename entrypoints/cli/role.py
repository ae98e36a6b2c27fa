"""``cybershop-customer role``: grant and revoke roles, as the operator."""

import argparse
from collections.abc import Mapping
from typing import Final

from ...domain.actor import ADMIN, OPERATOR
from .command import Command
from .parser import CommandParser
from .shared_store import shared_container

_ACTIONS: Final = {
    "grant": "grant a customer a role",
    "revoke": "take a role from a customer",
}
_OUTCOMES: Final = {
    ("grant", True): "has",
    ("grant", False): "already has",
    ("revoke", True): "no longer has",
    ("revoke", False): "already does not have",
}
"""For each action, and whether it changed the customer."""


def _configure(parser: CommandParser) -> None:
    """Declare the command's arguments."""
    for action in parser.add_actions("action", _ACTIONS).values():
        action.add_argument("customer_id", metavar="CUSTOMER_ID")
        action.add_argument(
            "role", nargs="?", default=ADMIN, metavar="ROLE", help="default: %(default)s"
        )


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Change the role in the store that the settings name. Returns 0."""
    with shared_container(environ) as container:
        roles = container.roles()
        change = roles.grant_role if options.action == "grant" else roles.revoke_role
        changed = change(options.customer_id, options.role, actor=OPERATOR)
    has = _OUTCOMES[options.action, changed]
    print(f"Customer {options.customer_id} {has} the role {options.role}.")
    return 0


COMMAND: Final = Command("grant a customer a role, or revoke it", _configure, _run)
