"""``cybershop-customer customers find``: the customers with an id or an address."""

import os
from collections.abc import Iterator
from itertools import chain

import click

from ...domain.customer_page import MAX_PAGE
from ...domain.customer_profile import CustomerProfile
from ..container import Container
from .command import SUCCESS, CommandFailedError, command
from .customer_rows import print_customers
from .operator import system_operator
from .output import printable
from .scan_cost import confirm_scan
from .shared_store import read_shared_store, shared_container


@command(
    only_prints=True,
    summary="find a customer by id or by e-mail address",
    examples=[
        "cybershop-customer customers find zoe@shop.example",
        "cybershop-customer customers find zoe",
        "cybershop-customer customers find zoe@shop.example --json",
    ],
)
@click.argument(
    "wanted",
    metavar="ID_OR_ADDRESS",
    help="A customer_id, or an e-mail address in any of its spellings.",
)
@click.option(
    "--yes",
    is_flag=True,
    help="Do not ask. On DynamoDB, where customers may share addresses, a search reads all of them"
    " and asks if it costs more than one US cent.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, for scripts.")
def find_customers(wanted: str, *, yes: bool, as_json: bool) -> int:
    """Find customers. Returns the exit status."""
    # No customer_id has an @.
    is_address = "@" in wanted
    if is_address and not read_shared_store(os.environ)[0].unique_email:
        question = "Read every customer? [y/N] "
        status = confirm_scan(os.environ, question, yes=yes, is_recorded=False)
        if status:
            return status
    find = _with_address if is_address else _with_id
    with shared_container(os.environ) as container:
        found = find(container, wanted)
        first = next(found, None)
        if first is None:
            raise CommandFailedError(f"no customer has the address {printable(wanted)}")
        print_customers(chain([first], found), as_json=as_json)
    return SUCCESS


def _with_id(container: Container, customer_id: str) -> Iterator[list[CustomerProfile]]:
    customer = container.customers().get_customer(customer_id, actor=system_operator())
    yield [CustomerProfile.of(customer)]


def _with_address(container: Container, address: str) -> Iterator[list[CustomerProfile]]:
    """The customers of each page that has some."""
    actor, cursor = system_operator(), None
    while True:
        page = container.customer_list().find_customers(
            address, actor=actor, cursor=cursor, limit=MAX_PAGE
        )
        if page.customers:
            yield [*page.customers]
        cursor = page.next_cursor
        if cursor is None:
            return
