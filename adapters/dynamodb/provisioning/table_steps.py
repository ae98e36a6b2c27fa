"""The calls that create a table, or change it to match its design."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ....ports.table_plan import PlanStep, TableOptions
from .table_design import TableDesign, keys_text

ON_OFF: Final = {True: "on", False: "off"}


@dataclass(frozen=True, slots=True)
class Step(PlanStep):
    """One call."""

    operation: str
    """The client's method, such as ``create_table``."""
    arguments: Mapping[str, Any]


def creation_steps(
    design: TableDesign, options: TableOptions, *, recovery_offered: bool
) -> Iterator[Step]:
    """The steps that create the table, and then switch on what the options say."""
    request = design.create_arguments()
    words = [f"create it: key {keys_text(design.keys)}, on-demand billing"]
    if options.deletion_protection:
        request["DeletionProtectionEnabled"] = True
        # Not "deletion protection on": an endpoint may ignore this, and only the created table
        # shows it.
        words.append("deletion protection asked for")
    if options.tags:
        request["Tags"] = [{"Key": key, "Value": text} for key, text in options.tags.items()]
        words.append("tags " + ", ".join(f"{key}={text}" for key, text in options.tags.items()))
    yield Step(", ".join(words), "create_table", request)
    yield switch_time_to_live_on(design.name, design.ttl_attribute)
    if options.point_in_time_recovery and recovery_offered:
        yield switch_point_in_time_recovery(design.name, on=True)


def switch_billing(design: TableDesign) -> Step:
    """Switch to on-demand billing."""
    arguments = {"TableName": design.name, "BillingMode": design.billing_mode}
    return Step("switch to on-demand billing", "update_table", arguments)


def switch_time_to_live_on(name: str, attribute: str) -> Step:
    """Let DynamoDB delete items after the time in ``attribute``."""
    wanted = {"Enabled": True, "AttributeName": attribute}
    arguments = {"TableName": name, "TimeToLiveSpecification": wanted}
    text = f"switch its time to live on, by the attribute {attribute!r}"
    return Step(text, "update_time_to_live", arguments)


def switch_deletion_protection(name: str, *, on: bool) -> Step:
    """Switch the deletion protection on or off."""
    arguments = {"TableName": name, "DeletionProtectionEnabled": on}
    return Step(f"switch its deletion protection {ON_OFF[on]}", "update_table", arguments)


def switch_point_in_time_recovery(name: str, *, on: bool) -> Step:
    """Switch the point-in-time recovery on or off."""
    wanted = {"PointInTimeRecoveryEnabled": on}
    arguments = {"TableName": name, "PointInTimeRecoverySpecification": wanted}
    text = f"switch its point-in-time recovery {ON_OFF[on]}"
    return Step(text, "update_continuous_backups", arguments)
