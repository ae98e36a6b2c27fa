"""The actions of ``cybershop-customer tables``."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from ...ports.store_administration import StoreAdministration, TableProvisioner
from ...ports.table_plan import PlanStep, TableOptions, TablePlan
from .command import FAILURE, USAGE_ERROR

_Tables: TypeAlias = TableProvisioner[Any]
_Plans: TypeAlias = Sequence[TablePlan[PlanStep]]

_NOTHING: Final = "Nothing was done."


def run(options: argparse.Namespace, administration: StoreAdministration) -> int:
    """Do ``options.action``. Returns the exit status.

    Raises:
        SettingsError: names the setting of the store that is missing or wrong.
        StoreFaultError: the store refused, or cannot be reached.
    """
    with administration.provisioner() as tables:
        print(f"{tables.place}:")
        return _ACTIONS[options.action](tables, options)


def _create(tables: _Tables, options: argparse.Namespace) -> int:
    wanted = _wanted(options)
    plans = tables.plan(wanted)
    shown = _show(plans, steps=not options.yes)
    if any(plan.obstacles for plan in plans):
        return _stop(FAILURE, _NOTHING)
    if not any(plan.steps for plan in plans):
        print("Nothing has to be done.")
        return 0
    status = _confirm(options, "Do this? [y/N] ", lambda answer: answer.lower() in ("y", "yes"))
    if status:
        return status
    tables.apply_plans(plans, before_step=_print_step)
    plans = tables.plan(wanted)
    for table, note in _notes(plans):
        if (table, note) not in shown:
            print(f"{table}: note: {note}")
    if any(plan.steps or plan.obstacles for plan in plans):
        _show(plans)
        return _stop(FAILURE, "The tables are still not as they should be: try again.")
    print("The tables are as they should be.")
    return 0


def _check(tables: _Tables, options: argparse.Namespace) -> int:
    plans = tables.plan(_wanted(options))
    for plan in plans:
        faults = plan.differences + plan.obstacles
        for fault in faults or ("is as it should be",):
            print(f"{plan.name}: {fault}")
        for note in plan.notes:
            print(f"{plan.name}: note: {note}")
    if any(plan.obstacles for plan in plans):
        return FAILURE
    if any(plan.differences for plan in plans):
        return _stop(FAILURE, "`cybershop-customer tables create` fixes this.")
    return 0


def _delete(tables: _Tables, options: argparse.Namespace) -> int:
    plans = tables.plan_deletion()
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
    # The plan above already says what each step does.
    tables.apply_plans(plans, before_step=lambda table, _: print(f"{table}: deleting", flush=True))
    print("The tables are gone.")
    return 0


def _wanted(options: argparse.Namespace) -> TableOptions:
    return TableOptions(
        point_in_time_recovery=options.point_in_time_recovery,
        deletion_protection=options.deletion_protection,
        tags=dict(getattr(options, "tag", ())),
    )


def _notes(plans: _Plans) -> list[tuple[str, str]]:
    """Each note, after the name of its table."""
    return [(plan.name, note) for plan in plans for note in plan.notes]


def _show(plans: _Plans, *, steps: bool = True) -> list[tuple[str, str]]:
    """Print the plans. Returns their notes.

    Args:
        plans: one of each table.
        steps: whether to print the steps. With ``--yes``, ``_print_step`` prints them instead.
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
    """Ask the operator, except with ``--yes``. Returns 0 to go on, or else the exit status."""
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


def _stop(status: int, reason: str) -> int:
    """Print ``reason`` to standard error. Returns ``status``."""
    print(end="", flush=True)
    print(reason, file=sys.stderr)
    return status


def _print_step(table: str, step: PlanStep) -> None:
    print(f"{table}: {step.text}", flush=True)


_ACTIONS: Final = {"create": _create, "check": _check, "delete": _delete}
