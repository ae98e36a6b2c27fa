"""``cybershop-customer customers list``: a page of customers, or all."""

import os
import sys
from collections.abc import Iterator

import click

from ...domain.customer_page import DEFAULT_PAGE, MAX_PAGE, CustomerPage, position_of
from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...domain.services.customer_list_service import CustomerListService
from ..customer_json import listed_customer_json
from .command import SUCCESS, CommandFailedError, command
from .customer_rows import print_customers
from .numbers import WholeNumber
from .operator import system_operator
from .options import json_option
from .output import print_json
from .scan_cost import confirm_scan
from .shared_store import shared_container


def _check_cursor(_ctx: click.Context, _option: click.Parameter, cursor: str | None) -> str | None:
    if cursor is not None and position_of(cursor) is None:
        raise click.BadParameter("must be the cursor with which an earlier page ended")
    return cursor


@command(
    only_prints=True,
    summary="list a page of the customers, or all",
    examples=[
        "cybershop-customer customers list",
        "cybershop-customer customers list --limit 100 --json",
        "cybershop-customer customers list --all",
        "cybershop-customer customers list --all --yes --json >customers.jsonl",
    ],
)
@click.option(
    "--limit",
    metavar="N",
    type=WholeNumber(1, MAX_PAGE),
    help=f"The most customers of the page, 1 to {MAX_PAGE}; default: {DEFAULT_PAGE}. On DynamoDB a"
    " page may have fewer.",
)
@click.option(
    "--cursor",
    metavar="CURSOR",
    callback=_check_cursor,
    help="Go on after an earlier page, which ended with this cursor.",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="List every page. On DynamoDB the cost is stated first.",
)
@click.option(
    "--yes",
    is_flag=True,
    help="Do not ask. On DynamoDB `--all` asks if it costs more than one US cent.",
)
@json_option
def list_customers(
    *, limit: int | None, cursor: str | None, every: bool, yes: bool, as_json: bool
) -> int:
    """List customers. Returns the exit status."""
    if every:
        if limit is not None:
            raise click.UsageError(
                "--all has no limit: leave --limit out", click.get_current_context()
            )
        return _list_all(cursor, yes=yes, as_json=as_json)
    with shared_container(os.environ) as container:
        page = container.customer_list().list_customers(
            actor=system_operator(), cursor=cursor, limit=limit or DEFAULT_PAGE
        )
    if as_json:
        found = [listed_customer_json(customer) for customer in page.customers]
        print_json({"customers": found, "next_cursor": page.next_cursor})
        return SUCCESS
    print_customers([page.customers], as_json=False)
    if page.next_cursor is not None:
        print(f"There are more: --cursor {page.next_cursor}, or --all", file=sys.stderr)
    return SUCCESS


def _list_all(cursor: str | None, *, yes: bool, as_json: bool) -> int:
    status = confirm_scan(os.environ, "List every customer? [y/N] ", yes=yes)
    if status:
        return status
    with shared_container(os.environ) as container:
        pages = _read_pages(container.customer_list(), cursor)
        print_customers((page.customers for page in pages), as_json=as_json)
    return SUCCESS


def _read_pages(customer_list: CustomerListService, cursor: str | None) -> Iterator[CustomerPage]:
    """Every page from ``cursor`` on. An error after the first one says how to go on."""
    actor, begin = system_operator(), cursor
    while True:
        try:
            page = customer_list.list_customers(actor=actor, cursor=cursor, limit=MAX_PAGE)
        except (StoreFaultError, StoreUnavailableError) as error:
            if cursor == begin:
                raise
            raise CommandFailedError(
                f"{error}. The list is not complete. Go on with --all --cursor {cursor}"
            ) from error
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return
