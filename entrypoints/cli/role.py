"""``cybershop-customer role``: grant and revoke roles, as the operator."""

import argparse
from collections.abc import Mapping
from typing import Final

from ...domain.actor import ADMIN, OPERATOR
from ..container import make_container
from .command import Command
from .dynamodb_settings import dynamodb_settings


def _configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("change", choices=("grant", "revoke"))
    parser.add_argument("customer_id")
    parser.add_argument("role", nargs="?", default=ADMIN, help="default: %(default)s")


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Change the role in the store that the settings name. Returns 0."""
    roles = make_container(dynamodb_settings(environ)).roles()
    change = roles.grant_role if options.change == "grant" else roles.revoke_role
    changed = change(options.customer_id, options.role, actor=OPERATOR)
    has = "has" if options.change == "grant" else "does not have"
    already = "" if changed else " already"
    print(f"Customer {options.customer_id}{already} {has} the role {options.role}.")
    return 0


COMMAND: Final = Command("grant a customer a role, or revoke it", _configure, _run)
