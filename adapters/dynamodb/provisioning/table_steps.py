"""The calls that bring a table nearer to its design."""

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
    """The client's method."""
    arguments: Mapping[str, Any]


def creation(
    design: TableDesign, options: TableOptions, *, recovery_offered: bool
) -> Iterator[Step]:
    """What makes the table, and then makes it as the options say."""
    request = design.creation()
    words = [f"create it: key {keys_text(design.keys)}, on-demand billing"]
    if options.deletion_protection:
        request["DeletionProtectionEnabled"] = True
        # An endpoint that does not offer it ignores this, and says so of a table alone.
        words.append("deletion protection asked for")
    if options.tags:
        request["Tags"] = [{"Key": key, "Value": text} for key, text in options.tags.items()]
        words.append("tags " + ", ".join(f"{key}={text}" for key, text in options.tags.items()))
    yield Step(", ".join(words), "create_table", request)
    yield time_to_live(design.name, design.ttl_attribute)
    if options.point_in_time_recovery and recovery_offered:
        yield point_in_time_recovery(design.name, on=True)


def billing(design: TableDesign) -> Step:
    """Pay for what is used."""
    arguments = {"TableName": design.name, "BillingMode": design.billing_mode}
    return Step("switch to on-demand billing", "update_table", arguments)


def time_to_live(name: str, attribute: str) -> Step:
    """Let items end at the time in ``attribute``."""
    wanted = {"Enabled": True, "AttributeName": attribute}
    arguments = {"TableName": name, "TimeToLiveSpecification": wanted}
    text = f"switch its time to live on, by the attribute {attribute!r}"
    return Step(text, "update_time_to_live", arguments)


def deletion_protection(name: str, *, on: bool) -> Step:
    """Whether the table can be deleted."""
    arguments = {"TableName": name, "DeletionProtectionEnabled": on}
    return Step(f"switch its deletion protection {ON_OFF[on]}", "update_table", arguments)


def point_in_time_recovery(name: str, *, on: bool) -> Step:
    """Whether the table can be restored."""
    wanted = {"PointInTimeRecoveryEnabled": on}
    arguments = {"TableName": name, "PointInTimeRecoverySpecification": wanted}
    text = f"switch its point-in-time recovery {ON_OFF[on]}"
    return Step(text, "update_continuous_backups", arguments)
