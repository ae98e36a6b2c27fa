"""``cybershop-customer tables``: create, check and delete the tables, as the operator."""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from ...ports.store_administration import TableProvisioner
from ...ports.table_plan import PlanStep, TableOptions
from . import table_actions
from .command import SUCCESS, USAGE_ERROR, CliGroup, command
from .options import json_option, yes_option
from .output import print_json, text_on_stderr
from .shared_store import read_shared_store

_F = TypeVar("_F", bound=Callable[..., int])


def _protection_options(function: _F) -> _F:
    for decorate in (
        click.option(
            "--deletion-protection/--no-deletion-protection",
            default=True,
            help="Let DynamoDB refuse to delete the tables (default: on).",
        ),
        click.option(
            "--point-in-time-recovery/--no-point-in-time-recovery",
            default=True,
            help="Let DynamoDB keep each table restorable to any second of the last 35 days"
            " (default: on).",
        ),
    ):
        function = decorate(function)
    return function


def _read_tags(
    _ctx: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str]:
    tags: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"{text!r} is not of the form KEY=VALUE")
        tags[key] = value
    return tags


@command(
    summary="create what is missing, and fix what is not as it should be",
    examples=[
        "cybershop-customer tables create",
        "cybershop-customer tables create --yes --tag team=accounts",
        "cybershop-customer tables create --yes --json",
    ],
)
@_protection_options
@yes_option
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_read_tags,
    help="Put this tag on a DynamoDB table that is created; may be given more than once.",
)
@json_option
def _create(
    *,
    point_in_time_recovery: bool,
    deletion_protection: bool,
    yes: bool,
    tags: dict[str, str],
    as_json: bool,
) -> int:
    """Create or fix the tables. Returns the exit status."""
    wanted = TableOptions(
        point_in_time_recovery=point_in_time_recovery,
        deletion_protection=deletion_protection,
        tags=tags,
    )
    taken: list[tuple[str, PlanStep]] = []
    with text_on_stderr(as_json=as_json), _provisioner() as tables:
        status = table_actions.create(tables, wanted, yes=yes, taken=taken)
    return _report(status, taken, as_json=as_json)


@command(
    summary="tell what is not as it should be, and change nothing",
    examples=["cybershop-customer tables check", "cybershop-customer tables check --json"],
)
@_protection_options
@json_option
def _check(*, point_in_time_recovery: bool, deletion_protection: bool, as_json: bool) -> int:
    """Check the tables. Returns the exit status."""
    wanted = TableOptions(
        point_in_time_recovery=point_in_time_recovery, deletion_protection=deletion_protection
    )
    with _provisioner(prints_place=not as_json) as tables:
        return table_actions.check(tables, wanted, as_json=as_json)


@command(
    summary="delete the tables, with all that is in them",
    examples=["cybershop-customer tables delete", "cybershop-customer tables delete --yes --json"],
)
@yes_option
@json_option
def _delete(*, yes: bool, as_json: bool) -> int:
    """Delete the tables. Returns the exit status."""
    taken: list[tuple[str, PlanStep]] = []
    with text_on_stderr(as_json=as_json), _provisioner() as tables:
        status = table_actions.delete(tables, yes=yes, taken=taken)
    return _report(status, taken, as_json=as_json)


def _report(status: int, taken: Sequence[tuple[str, PlanStep]], *, as_json: bool) -> int:
    """Print what was done, if it is wanted as JSON. Returns ``status``."""
    if as_json and status != USAGE_ERROR:
        steps = [{"table": table, "step": step.text} for table, step in taken]
        print_json({"done": status == SUCCESS, "steps": steps})
    return status


@contextmanager
def _provisioner(*, prints_place: bool = True) -> Generator[TableProvisioner[Any]]:
    """The tables of the store that the settings name."""
    _, administration = read_shared_store(os.environ, may_be_missing=True)
    with administration.provisioner() as tables:
        if prints_place:
            print(f"{tables.place}:")
        yield tables


tables = CliGroup().add({"create": _create, "check": _check, "delete": _delete})
