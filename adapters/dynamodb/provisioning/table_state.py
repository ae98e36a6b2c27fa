"""The current state of a table, as DynamoDB describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from ..call_failure import error_code, refuse_foreign_replies
from .table_design import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOT_OFFERED: Final = "UnknownOperationException"
_NO_TABLE: Final = frozenset({"ResourceNotFoundException", "TableNotFoundException"})


@dataclass(frozen=True, slots=True)
class TableState:
    """One table. A field is None if the endpoint, such as DynamoDB Local, does not offer it."""

    arn: str
    status: str
    keys: tuple[Key, ...]
    billing_mode: str
    items: int
    """About how many items. DynamoDB counts every six hours."""
    ttl_attribute: str
    """Empty if the time to live is off."""
    ttl_status: str
    deletion_protection: bool | None
    point_in_time_recovery: bool | None


@refuse_foreign_replies()
def read_table_state(client: "DynamoDBClient", name: str) -> TableState | None:
    """Read the state of the table ``name``. Returns None if there is no such table.

    Raises:
        ClientError: DynamoDB refused to describe it.
        BotoCoreError: the endpoint cannot be reached, or is not DynamoDB.
    """
    table = describe_table(client, name)
    if table is None:
        return None
    ttl_attribute, ttl_status = _time_to_live(client, name)
    return TableState(
        arn=_text(table["TableArn"]),
        status=_text(table["TableStatus"]),
        keys=read_keys(table),
        # DynamoDB leaves it out if the table always was provisioned.
        billing_mode=_text(table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")),
        items=table.get("ItemCount", 0),
        ttl_attribute=ttl_attribute,
        ttl_status=ttl_status,
        deletion_protection=table.get("DeletionProtectionEnabled"),
        point_in_time_recovery=read_point_in_time_recovery(client, name),
    )


@refuse_foreign_replies()
def read_point_in_time_recovery(client: "DynamoDBClient", name: str) -> bool | None:
    """Whether it is on. False if there is no such table; None if the endpoint does not offer it."""
    try:
        reply: Mapping[str, Any] = client.describe_continuous_backups(TableName=name)
    except ClientError as error:
        if error_code(error) in _NO_TABLE:
            return False
        if error_code(error) == _NOT_OFFERED:
            return None
        raise
    recovery = reply["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return bool(recovery.get("PointInTimeRecoveryStatus") == "ENABLED")


@refuse_foreign_replies()
def describe_table(client: "DynamoDBClient", name: str) -> Mapping[str, Any] | None:
    """What DynamoDB says of the table ``name``, or None if there is no such table."""
    try:
        return client.describe_table(TableName=name)["Table"]
    except ClientError as error:
        if error_code(error) in _NO_TABLE:
            return None
        raise


def read_keys(table: Mapping[str, Any]) -> tuple[Key, ...]:
    """The primary key in a description of a table."""
    definitions = table["AttributeDefinitions"]
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in definitions}
    schema = table["KeySchema"]
    return tuple(
        Key(_text(entry["AttributeName"]), types[entry["AttributeName"]], entry["KeyType"])
        for entry in schema
    )


def _time_to_live(client: "DynamoDBClient", name: str) -> tuple[str, str]:
    """The attribute, empty if the time to live is off, and the status."""
    found = client.describe_time_to_live(TableName=name).get("TimeToLiveDescription", {})
    status = _text(found.get("TimeToLiveStatus", "DISABLED"))
    return "" if status == "DISABLED" else _text(found.get("AttributeName", "")), status


def _text(found: object) -> str:
    """``found``, if it is a text. Raises TypeError otherwise, because botocore checks no reply."""
    if not isinstance(found, str):
        raise TypeError(f"the reply has {found!r:.100} in place of a text")
    return found
