"""Plans the steps that create or fix the tables, and finds the obstacles that need a person."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ....ports.table_plan import TableOptions, TablePlan
from . import table_steps
from .table_design import TableDesign, keys_text, table_designs
from .table_state import TableState, read_point_in_time_recovery, read_table_state
from .table_steps import ON_OFF, Step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WORKING: Final = frozenset({"ACTIVE", "CREATING", "UPDATING"})


def plan_tables(
    client: "DynamoDBClient", prefix: str, options: TableOptions
) -> tuple[TablePlan[Step], ...]:
    """Plan the steps that create or fix both tables. Changes nothing.

    Raises:
        ClientError: DynamoDB refused to describe a table.
        BotoCoreError: DynamoDB cannot be reached.
    """
    return tuple(_plan(client, design, options) for design in table_designs(prefix))


def _plan(client: "DynamoDBClient", design: TableDesign, options: TableOptions) -> TablePlan[Step]:
    state = read_table_state(client, design.name)
    if state is None:
        recovery = read_point_in_time_recovery(client, design.name)
        steps = table_steps.creation_steps(design, options, recovery_offered=recovery is not None)
        notes = _notes(options, recovery=recovery, protection=False)
        return TablePlan(design.name, tuple(steps), ("does not exist",), notes=notes)
    obstacles = tuple(_obstacles(design, state))
    changes = [] if obstacles else list(_changes(design, state, options))
    return TablePlan(
        design.name,
        steps=tuple(step for _, step in changes),
        differences=tuple(difference for difference, _ in changes),
        obstacles=obstacles,
        notes=_notes(
            options, recovery=state.point_in_time_recovery, protection=state.deletion_protection
        ),
    )


def _obstacles(design: TableDesign, state: TableState) -> Iterator[str]:
    if state.status not in _WORKING:
        yield f"its status is {state.status}: wait until that is over, and try again"
    if state.keys != design.keys:
        yield (
            f"its key is {keys_text(state.keys)} and should be {keys_text(design.keys)}. The key of"
            " a table cannot be changed: choose another CUSTOMER_TABLE_PREFIX; or, if no program"
            " needs the table, delete it by other means, and try again"
        )
    if state.ttl_status == "DISABLING":
        yield "its time to live is being switched off: try again in an hour"
    elif state.ttl_attribute not in ("", design.ttl_attribute):
        yield (
            f"its time to live goes by the attribute {state.ttl_attribute!r} and should go by"
            f" {design.ttl_attribute!r}: switch it off (aws dynamodb update-time-to-live"
            f" --table-name {design.name} --time-to-live-specification"
            f" Enabled=false,AttributeName={state.ttl_attribute}), and try again in an hour"
        )


def _changes(
    design: TableDesign, state: TableState, options: TableOptions
) -> Iterator[tuple[str, Step]]:
    """Each difference, with the step that fixes it."""
    if state.billing_mode != design.billing_mode:
        yield (
            "its billing is provisioned and should be on-demand",
            table_steps.switch_billing(design),
        )
    if not state.ttl_attribute:
        yield (
            f"its time to live is off and should go by the attribute {design.ttl_attribute!r}",
            table_steps.switch_time_to_live_on(design.name, design.ttl_attribute),
        )
    on = options.deletion_protection
    if state.deletion_protection not in (None, on):
        step = table_steps.switch_deletion_protection(design.name, on=on)
        yield _should_be("deletion protection", on=on), step
    on = options.point_in_time_recovery
    if state.point_in_time_recovery not in (None, on):
        step = table_steps.switch_point_in_time_recovery(design.name, on=on)
        yield _should_be("point-in-time recovery", on=on), step


def _should_be(what: str, *, on: bool) -> str:
    return f"its {what} is {ON_OFF[not on]} and should be {ON_OFF[on]}"


def _notes(
    options: TableOptions, *, recovery: bool | None, protection: bool | None
) -> tuple[str, ...]:
    lacking = {
        "point-in-time recovery": options.point_in_time_recovery and recovery is None,
        "deletion protection": options.deletion_protection and protection is None,
    }
    return tuple(f"this endpoint offers no {what}" for what, lacks in lacking.items() if lacks)
