"""The actions of ``cybershop-customer tables``."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from ...ports.store_administration import TableProvisioner
from ...ports.table_plan import PlanStep, TableOptions, TablePlan
from .command import FAILURE, SUCCESS
from .confirm import NOTHING_DONE, confirm, stop
from .output import print_json

_Tables: TypeAlias = TableProvisioner[Any]
_Plans: TypeAlias = Sequence[TablePlan[PlanStep]]


def create(
    tables: _Tables, wanted: TableOptions, *, yes: bool, taken: list[tuple[str, PlanStep]]
) -> int:
    """Create what is missing, and fix the rest. Returns the exit status.

    ``taken`` gets each step as it begins, after the name of its table.
    """
    plans = tables.plan(wanted)
    shown = _show(plans, steps=not yes)
    if any(plan.obstacles for plan in plans):
        return stop(FAILURE, NOTHING_DONE)
    if not any(plan.steps for plan in plans):
        print("Nothing has to be done.")
        return SUCCESS
    status = confirm("Do this? [y/N] ", yes=yes)
    if status:
        return status

    def begin(table: str, step: PlanStep) -> None:
        print(f"{table}: {step.text}", flush=True)
        taken.append((table, step))

    tables.apply_plans(plans, before_step=begin)
    plans = tables.plan(wanted)
    for table, note in _notes(plans):
        if (table, note) not in shown:
            print(f"{table}: note: {note}")
    if any(plan.steps or plan.obstacles for plan in plans):
        _show(plans)
        return stop(FAILURE, "The tables are still not as they should be: try again.")
    print("The tables are as they should be.")
    return SUCCESS


def check(tables: _Tables, wanted: TableOptions, *, as_json: bool) -> int:
    """Say what is not as it should be. Returns the exit status."""
    plans = tables.plan(wanted)
    if as_json:
        faulty = any(plan.obstacles or plan.differences for plan in plans)
        print_json({"as_it_should_be": not faulty, "tables": [_plan_json(plan) for plan in plans]})
        return FAILURE if faulty else SUCCESS
    for plan in plans:
        faults = plan.differences + plan.obstacles
        for fault in faults or ("is as it should be",):
            print(f"{plan.name}: {fault}")
        for note in plan.notes:
            print(f"{plan.name}: note: {note}")
    if any(plan.obstacles for plan in plans):
        return FAILURE
    if any(plan.differences for plan in plans):
        return stop(FAILURE, "`cybershop-customer tables create` fixes this.")
    return SUCCESS


def delete(tables: _Tables, *, yes: bool, taken: list[tuple[str, PlanStep]]) -> int:
    """Delete the tables. Returns the exit status. For ``taken``, see ``create``."""
    plans = tables.plan_deletion()
    _show(plans)
    if any(plan.obstacles for plan in plans):
        return stop(FAILURE, NOTHING_DONE)
    names = [plan.name for plan in plans if plan.steps]
    if not names:
        print("Nothing has to be done.")
        return SUCCESS
    question = f"To delete, type {' '.join(names)}: "
    status = confirm(question, yes=yes, agrees=lambda answer: answer.split() == names)
    if status:
        return status

    def begin(table: str, step: PlanStep) -> None:
        # The plan above already says what each step does.
        print(f"{table}: deleting", flush=True)
        taken.append((table, step))

    tables.apply_plans(plans, before_step=begin)
    print("The tables are gone.")
    return SUCCESS


def _plan_json(plan: TablePlan[PlanStep]) -> dict[str, object]:
    return {
        "table": plan.name,
        "present": plan.present,
        "differences": [*plan.differences],
        "obstacles": [*plan.obstacles],
        "notes": [*plan.notes],
    }


def _notes(plans: _Plans) -> list[tuple[str, str]]:
    """Each note, after the name of its table."""
    return [(plan.name, note) for plan in plans for note in plan.notes]


def _show(plans: _Plans, *, steps: bool = True) -> list[tuple[str, str]]:
    """Print the plans. Returns their notes.

    Args:
        plans: one of each table.
        steps: whether to print the steps. With ``--yes``, each is printed as it begins.
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
