"""``cybershop-customer role``: grant and revoke roles, as the operator."""

import os

import click

from ...domain.actor import ADMIN
from .command import CliGroup, command
from .operator import system_operator
from .options import customer_id_argument, json_option
from .output import print_json
from .shared_store import shared_container

_role_argument = click.argument("role", default=ADMIN, help=f"The role; default: {ADMIN}.")


@command(
    summary="grant a customer a role",
    examples=["cybershop-customer role grant zoe", "cybershop-customer role grant zoe clerk"],
)
@customer_id_argument
@_role_argument
@json_option
def _grant(customer_id: str, role: str, *, as_json: bool) -> None:
    """Grant the role in the store that the settings name."""
    with shared_container(os.environ) as container:
        changed = container.roles().grant_role(customer_id, role, actor=system_operator())
    if as_json:
        _print_json(customer_id, role, changed=changed)
    else:
        print(f"Customer {customer_id} {'has' if changed else 'already has'} the role {role}.")


@command(
    summary="take a role from a customer",
    examples=["cybershop-customer role revoke zoe", "cybershop-customer role revoke zoe clerk"],
)
@customer_id_argument
@_role_argument
@json_option
def _revoke(customer_id: str, role: str, *, as_json: bool) -> None:
    """Revoke the role in the store that the settings name."""
    with shared_container(os.environ) as container:
        changed = container.roles().revoke_role(customer_id, role, actor=system_operator())
    if as_json:
        _print_json(customer_id, role, changed=changed)
    else:
        lacks = "no longer has" if changed else "already does not have"
        print(f"Customer {customer_id} {lacks} the role {role}.")


def _print_json(customer_id: str, role: str, *, changed: bool) -> None:
    print_json({"customer_id": customer_id, "role": role, "changed": changed})


role = CliGroup().add({"grant": _grant, "revoke": _revoke})
