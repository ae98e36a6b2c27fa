"""``cybershop-customer customers``: work on customers, as the operator."""

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from ...domain.customer import Customer
from ...domain.fields import PROFILE
from ..customer_json import listed_customer_json
from .command import CliGroup, command
from .confirm import confirm
from .export_customers import export_customers
from .find_customers import find_customers
from .import_customers import import_customers
from .list_customers import list_customers
from .lockouts import lockouts_json, lockouts_text
from .new_password import password_options, read_new_password, require_one_way
from .numbers import WholeNumber
from .operator import system_operator
from .options import customer_id_argument, json_option, yes_option
from .output import print_json, print_table, whole_seconds
from .shared_store import shared_container
from .unlock import unlock

_F = TypeVar("_F", bound=Callable[..., Any])

_HELPS: Final = {
    "fname": "The first name.",
    "lname": "The last name.",
    "address1": "The first line of the postal address.",
    "address2": "The second line of the postal address.",
    "locale": "The language of mail, such as de-AT.",
}


def _profile_options(function: _F) -> _F:
    """An option for each field of the profile."""
    for name in reversed([*PROFILE]):
        function = click.option(f"--{name}", help=_HELPS[name])(function)
    return function


@command(
    summary="add a customer; the address counts as the customer's own at once",
    examples=[
        "cybershop-customer customers add zoe --email zoe@shop.example --fname Zoë",
        "cybershop-customer customers add --email ann@shop.example --password-stdin <password.txt",
    ],
)
@click.argument("customer_id", required=False, help="The id; without it, a random UUID.")
@click.option("--email", required=True, help="The e-mail address.")
@_profile_options
@password_options("Ask for the password, as without --password-stdin.")
@json_option
def _add(
    customer_id: str | None,
    *,
    email: str,
    asks: bool,
    from_stdin: bool,
    as_json: bool,
    **profile: str | None,
) -> None:
    """Add a customer."""
    require_one_way(asks=asks, from_stdin=from_stdin)
    with shared_container(os.environ) as container:
        customers = container.customers()
        password = read_new_password(from_stdin=from_stdin)
        customer = customers.add_customer(
            customer_id=customer_id,
            email=email,
            password=password,
            actor=system_operator(),
            **{name: text for name, text in profile.items() if text is not None},  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        )
    if as_json:
        print_json(listed_customer_json(customer))
    else:
        print(f"Customer {customer.customer_id} is added.")


@command(
    only_prints=True,
    summary="show a customer",
    examples=[
        "cybershop-customer customers show zoe",
        "cybershop-customer customers show zoe --json",
    ],
)
@customer_id_argument
@json_option
def _show(customer_id: str, *, as_json: bool) -> None:
    """Show a customer. A password is never shown, nor its hash."""
    with shared_container(os.environ) as container:
        customer = container.customers().get_customer(customer_id, actor=system_operator())
        lockouts = container.throttle().read_lockouts(customer_id, actor=system_operator())
    if as_json:
        print_json({**listed_customer_json(customer), "lockouts": lockouts_json(lockouts)})
    else:
        logins = f"refused: {lockouts_text(lockouts)}" if lockouts else "admitted"
        print_table(("field", "value"), [*_rows(customer), ("logins", logins)])


def _rows(customer: Customer) -> list[tuple[str, str]]:
    shown = {
        **listed_customer_json(customer),
        "email": customer.email or "",
        "created_at": whole_seconds(customer.created_at),
        "updated_at": whole_seconds(customer.updated_at),
        "email_verified": "yes" if customer.email_verified else "no",
        "roles": ", ".join(sorted(customer.roles)),
    }
    return [(name, str(value)) for name, value in shown.items()]


@command(
    summary="change the fields that are given; a new password ends every session",
    examples=[
        "cybershop-customer customers update zoe --lname Miller --address1 'High Street 1'",
        "cybershop-customer customers update zoe --password",
        "cybershop-customer customers update zoe --fname Zoë --if-version 42",
    ],
)
@customer_id_argument
@click.option("--email", help="The new e-mail address.")
@_profile_options
@password_options("Ask for a new password.")
@click.option(
    "--if-version",
    type=WholeNumber(1),
    metavar="VERSION",
    help="Change nothing if the customer has another version, which `customers show` shows.",
)
@json_option
def _update(
    customer_id: str,
    *,
    email: str | None,
    asks: bool,
    from_stdin: bool,
    if_version: int | None,
    as_json: bool,
    **profile: str | None,
) -> None:
    """Change a customer."""
    require_one_way(asks=asks, from_stdin=from_stdin)
    with shared_container(os.environ) as container:
        customers = container.customers()
        password = read_new_password(from_stdin=from_stdin) if asks or from_stdin else None
        version = customers.update_customer(
            customer_id,
            actor=system_operator(),
            if_version=if_version,
            email=email,
            password=password,
            **profile,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        )
    if as_json:
        print_json({"customer_id": customer_id, "version": version})
    else:
        print(f"Customer {customer_id} is updated, and has version {version}.")


@command(
    summary="delete a customer with all sessions; the audit records are kept",
    examples=[
        "cybershop-customer customers delete zoe",
        "cybershop-customer customers delete zoe --yes",
    ],
)
@customer_id_argument
@yes_option
@json_option
def _delete(customer_id: str, *, yes: bool, as_json: bool) -> int:
    """Delete a customer. Returns the exit status."""
    with shared_container(os.environ) as container:
        customers, actor = container.customers(), system_operator()
        # Asked about a customer who does not exist, no one need answer.
        customers.get_customer(customer_id, actor=actor)
        status = confirm(f"Delete the customer {customer_id}? [y/N] ", yes=yes)
        if status:
            return status
        customers.delete_customer(customer_id, actor=actor)
    if as_json:
        print_json({"customer_id": customer_id, "deleted": True})
    else:
        print(f"Customer {customer_id} is deleted.")
    return 0


customers = CliGroup().add(
    {
        "add": _add,
        "show": _show,
        "find": find_customers,
        "list": list_customers,
        "update": _update,
        "delete": _delete,
        "unlock": unlock,
        "import": import_customers,
        "export": export_customers,
    }
)
