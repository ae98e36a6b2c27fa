"""``cybershop-customer cost``: what DynamoDB costs in a year under a stated load."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from .command import SUCCESS, command
from .numbers import Number, WholeNumber
from .operation_costs import READ_PRICE, UNITS, UNITS_WITH_FEED, WRITE_PRICE, Units
from .options import json_option
from .output import print_json, print_table

DAYS: Final = 365
EXTEND_MINUTES: Final = 3
"""A session in use is extended after a tenth of the idle time, which is 30 minutes by default."""

_DAY_SECONDS: Final = 24 * 60 * 60
_MILLION: Final = 1_000_000
_F = TypeVar("_F", bound=Callable[..., Any])
_NOT_INCLUDED: Final = (
    "Not included: storage, backups, data transfer, tax and AWS's free tier. In provisioned"
    " capacity, which suits a steady load, a unit costs less."
)


@dataclass(frozen=True, slots=True)
class _Item:
    operation: str
    times: float
    """A year."""
    units: Units
    """Of one operation."""


_LOAD: Final = {
    "checks_per_second": "Session checks that reach the store, on the average of a day.",
    "logins_per_day": "Logins by e-mail address that succeed.",
    "minutes_per_session": "How long a session is in use, on average.",
    "failed_logins_per_day": "Logins with a wrong password or name.",
    "logouts_per_day": "Logouts.",
    "registrations_per_day": "New customers, with an id of their choice.",
    "updates_per_day": "Changes of one's own profile.",
    "password_changes_per_day": "Changes of one's own password.",
    "deletions_per_day": "Deleted customers.",
    "log_pages_per_day": "Pages of the audit log that admins read.",
    "probes_per_minute": "Readiness probes of all processes.",
}


def _load_options(function: _F) -> _F:
    for name, text in reversed(_LOAD.items()):
        function = click.option(
            f"--{name.replace('_', '-')}",
            type=Number(1e9),
            default=0,
            metavar="N",
            help=text,
        )(function)
    return function


@command(
    only_prints=True,
    examples=[
        "cybershop-customer cost --checks-per-second 50 --logins-per-day 20000",
        "cybershop-customer cost --checks-per-second 5 --followers 4 --logouts-per-day 10000",
        "cybershop-customer cost --logins-per-day 20000 --read-price 0.1525 --write-price 0.7625",
    ],
)
@_load_options
@click.option(
    "--followers",
    type=WholeNumber(0, 100_000),
    default=0,
    metavar="N",
    help="Processes that read the session change feed from the store once a second. With one or"
    " more, the feed is on.",
)
@click.option(
    "--read-price",
    type=Number(),
    default=READ_PRICE,
    metavar="USD",
    help=f"US dollars for a million read units; default: {READ_PRICE}, of us-east-1.",
)
@click.option(
    "--write-price",
    type=Number(),
    default=WRITE_PRICE,
    metavar="USD",
    help=f"US dollars for a million write units; default: {WRITE_PRICE}, of us-east-1.",
)
@json_option
def cost(
    *, followers: int, read_price: float, write_price: float, as_json: bool, **load: float
) -> int:
    """Print the price of each operation, and of all."""
    items = [item for item in _items(load, followers) if item.times]
    if not items:
        raise click.UsageError(
            "state a load, such as --checks-per-second 50", click.get_current_context()
        )
    prices = [_price(item, read_price, write_price) for item in items]
    if as_json:
        print_json(
            {
                "usd_per_year": round(sum(prices), 2),
                "operations": [
                    {
                        "operation": item.operation,
                        "times_per_year": round(item.times),
                        "read_units": item.units.read,
                        "write_units": item.units.write,
                        "usd_per_year": round(price, 2),
                    }
                    for item, price in zip(items, prices, strict=True)
                ],
            }
        )
        return SUCCESS
    rows = [
        (
            item.operation,
            f"{item.times:,.0f}",
            f"{item.units.read:g}",
            f"{item.units.write:g}",
            f"{price:,.2f}",
        )
        for item, price in zip(items, prices, strict=True)
    ]
    total = ("all", "", "", "", f"{sum(prices):,.2f}")
    print_table(
        ("operation", "times a year", "read units", "write units", "USD a year"), [*rows, total]
    )
    print(_NOT_INCLUDED)
    return SUCCESS


def _items(load: Mapping[str, float], followers: int) -> list[_Item]:
    units = {**UNITS, **UNITS_WITH_FEED} if followers else UNITS
    login = units["charge and refund"] + units["login by e-mail"]
    charge = units["charge and refund"] * 0.5
    # A refused login reads as a login does, and writes a record in place of the session.
    refused = charge + Units(units["login by e-mail"].read, 0) + units["refusal in the log"]
    extends = load["logins_per_day"] * (load["minutes_per_session"] // EXTEND_MINUTES)
    daily = [
        ("session check", load["checks_per_second"] * _DAY_SECONDS, units["verify"]),
        ("login", load["logins_per_day"], login),
        ("use of a session", extends, units["extend"]),
        ("failed login", load["failed_logins_per_day"], refused),
        ("logout", load["logouts_per_day"], units["logout"]),
        ("registration", load["registrations_per_day"], units["add"]),
        ("profile change", load["updates_per_day"], units["own profile"]),
        ("password change", load["password_changes_per_day"], charge + units["own password"]),
        ("deletion", load["deletions_per_day"], units["delete"]),
        ("page of the log", load["log_pages_per_day"], units["page of the log"]),
        ("probe", load["probes_per_minute"] * 24 * 60, units["probe"]),
        ("read of the feed", followers * _DAY_SECONDS, UNITS_WITH_FEED["read of the feed"]),
    ]
    return [_Item(operation, times * DAYS, needed) for operation, times, needed in daily]


def _price(item: _Item, read_price: float, write_price: float) -> float:
    whole = item.units * (item.times / _MILLION)
    return whole.read * read_price + whole.write * write_price
