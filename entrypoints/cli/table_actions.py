"""What the actions of ``cybershop-customer tables`` do."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

from ...adapters.dynamodb.provisioning.provisioner import (
    apply_plans,
    operator_errors,
    provisioning_client,
)
from ...adapters.dynamodb.provisioning.table_deletion import plan_deletion
from ...adapters.dynamodb.provisioning.table_plan import TablePlan, plan_tables
from ...adapters.dynamodb.provisioning.table_steps import Step, TableOptions
from .command import FAILURE, USAGE_ERROR

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOTHING: Final = "Nothing was done."


def run(options: argparse.Namespace, endpoint: str | None, prefix: str) -> int:
    """Do ``options.action``. Returns the exit status.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
        StoreFaultError: DynamoDB refused, or cannot be reached.
    """
    with closing(provisioning_client(endpoint)) as client, operator_errors(client):
        place = f"DynamoDB at {client.meta.endpoint_url}, region {client.meta.region_name}"
        print(f"{place}, table prefix {prefix!r}:")
        return _ACTIONS[options.action](client, prefix, options)


def _create(client: "DynamoDBClient", prefix: str, options: argparse.Namespace) -> int:
    wanted = _wanted(options)
    plans = plan_tables(client, prefix, wanted)
    shown = _show(plans, steps=not options.yes)
    if any(plan.obstacles for plan in plans):
        return _stop(FAILURE, _NOTHING)
    if not any(plan.steps for plan in plans):
        print("Nothing has to be done.")
        return 0
    status = _confirm(options, "Do this? [y/N] ", lambda answer: answer.lower() in ("y", "yes"))
    if status:
        return status
    apply_plans(client, plans, on_step=_tell)
    plans = plan_tables(client, prefix, wanted)
    for table, note in _notes(plans):
        if (table, note) not in shown:
            print(f"{table}: note: {note}")
    if any(plan.steps or plan.obstacles for plan in plans):
        _show(plans)
        return _stop(FAILURE, "The tables are still not as they should be: try again.")
    print("The tables are as they should be.")
    return 0


def _check(client: "DynamoDBClient", prefix: str, options: argparse.Namespace) -> int:
    plans = plan_tables(client, prefix, _wanted(options))
    for plan in plans:
        faults = plan.differences + plan.obstacles
        for fault in faults or ("is as it should be",):
            print(f"{plan.name}: {fault}")
        for note in plan.notes:
            print(f"{plan.name}: note: {note}")
    if any(plan.obstacles for plan in plans):
        return FAILURE
    if any(plan.differences for plan in plans):
        return _stop(FAILURE, "`cybershop-customer tables create` mends this.")
    return 0


def _delete(client: "DynamoDBClient", prefix: str, options: argparse.Namespace) -> int:
    plans = plan_deletion(client, prefix)
    _show(plans)
    if any(plan.obstacles for plan in plans):
        return _stop(FAILURE, _NOTHING)
    names = [plan.name for plan in plans if plan.steps]
    if not names:
        print("Nothing has to be done.")
        return 0
    question = f"To delete, type {' '.join(names)}: "
    status = _confirm(options, question, lambda answer: answer.split() == names)
    if status:
        return status
    # The plan above has said what each step does.
    apply_plans(client, plans, on_step=lambda table, _: print(f"{table}: deleting", flush=True))
    print("The tables are gone.")
    return 0


def _wanted(options: argparse.Namespace) -> TableOptions:
    return TableOptions(
        point_in_time_recovery=options.point_in_time_recovery,
        deletion_protection=options.deletion_protection,
        tags=dict(getattr(options, "tag", ())),
    )


def _notes(plans: Sequence[TablePlan]) -> list[tuple[str, str]]:
    """Each note, after the name of its table."""
    return [(plan.name, note) for plan in plans for note in plan.notes]


def _show(plans: Sequence[TablePlan], *, steps: bool = True) -> list[tuple[str, str]]:
    """Print the plan; returns the notes that it has.

    ``steps`` says whether to print them: where nobody is asked, each is printed as it is taken.
    """
    for plan in plans:
        right = "is as it should be" if plan.present else "does not exist"
        what = "; ".join(plan.differences)
        if plan.obstacles or (plan.steps and not what):
            what = "exists"
        print(f"  {plan.name}: {what or right}")
        for step in plan.steps if steps else ():
            print(f"    - {step.text}")
        for obstacle in plan.obstacles:
            print(f"    ! {obstacle}")
        for note in plan.notes:
            print(f"    Note: {note}")
    return _notes(plans)


def _confirm(options: argparse.Namespace, question: str, agrees: Callable[[str], bool]) -> int:
    """Ask, unless told not to. Returns 0 to go on, and otherwise the exit status."""
    if options.yes:
        return 0
    # None is a closed standard input.
    if sys.stdin is None or not sys.stdin.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        return _stop(
            USAGE_ERROR,
            f"There is no terminal to ask on, and no --yes either. {_NOTHING}",
        )
    try:
        answer = input(question)
    except (EOFError, KeyboardInterrupt):
        print()
        answer = ""
    return 0 if agrees(answer.strip()) else _stop(FAILURE, _NOTHING)


def _stop(status: int, why: str) -> int:
    print(end="", flush=True)
    print(why, file=sys.stderr)
    return status


def _tell(table: str, step: Step) -> None:
    print(f"{table}: {step.text}", flush=True)


_ACTIONS: Final = {"create": _create, "check": _check, "delete": _delete}
