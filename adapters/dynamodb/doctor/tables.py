"""Checks that the tables exist, with the right keys and time to live."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from ....ports.finding import Finding, Status
from ..call_failure import error_code
from ..provisioning.table_design import TableDesign, keys_text
from ..provisioning.table_state import TableState, read_table_state

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CREATE: Final = "`cybershop-customer tables create`"


def missing_table(name: str, client: "DynamoDBClient") -> Finding:
    """The finding that there is no such table here."""
    place = f"region {client.meta.region_name} of this account"
    remedy = (
        f"create it with {_CREATE}; or, if the table has another prefix, region or account, set"
        " CUSTOMER_TABLE_PREFIX, AWS_DEFAULT_REGION or AWS_PROFILE. (DynamoDB Local has separate"
        " tables for each region and access key, unless it was started with -sharedDb.)"
    )
    return Finding(f"table {name}", Status.FAILED, f"does not exist in {place}", remedy)


def check_table(client: "DynamoDBClient", design: TableDesign) -> Iterator[Finding]:
    """Check the status, keys and time to live of one table."""
    try:
        state = read_table_state(client, design.name)
    except ClientError as error:
        yield _undescribed(design, error_code(error))
        return
    except BotoCoreError as error:
        yield Finding(f"table {design.name}", Status.FAILED, str(error))
        return
    if state is None:
        yield missing_table(design.name, client)
        return
    yield _status(design, state)
    yield _keys(design, state)
    yield _time_to_live(design, state)


def _undescribed(design: TableDesign, code: str) -> Finding:
    check = f"table {design.name}"
    if code != "AccessDeniedException":
        return Finding(check, Status.FAILED, f"DynamoDB does not describe it: {code}")
    detail = (
        "these credentials may not describe it, and the service does not need that. So its time to"
        " live was not checked. The permissions below show whether the service can use the table"
    )
    remedy = "to check the time to live too, attach the policy InspectorPolicy of deploy/"
    return Finding(check, Status.WARNING, detail, remedy)


def _status(design: TableDesign, state: TableState) -> Finding:
    check = f"table {design.name}"
    if state.status in ("ACTIVE", "UPDATING"):
        return Finding(check, Status.OK, f"is {state.status.lower()}: {state.arn}")
    detail = f"its status is {state.status}"
    return Finding(check, Status.FAILED, detail, "wait until it is ACTIVE")


def _keys(design: TableDesign, state: TableState) -> Finding:
    check = f"keys of {design.name}"
    if state.keys == design.keys:
        return Finding(check, Status.OK, keys_text(state.keys))
    return Finding(
        check,
        Status.FAILED,
        f"{keys_text(state.keys)} instead of {keys_text(design.keys)}",
        "this is another program's table: choose another CUSTOMER_TABLE_PREFIX",
    )


def _time_to_live(design: TableDesign, state: TableState) -> Finding:
    check = f"time to live of {design.name}"
    attribute = design.ttl_attribute
    if state.ttl_attribute == attribute and state.ttl_status != "DISABLING":
        return Finding(check, Status.OK, f"by the attribute {attribute!r}")
    found = f"goes by {state.ttl_attribute!r}" if state.ttl_attribute else "is off"
    detail = f"{found}, so items whose time is over stay forever, and cost storage"
    return Finding(check, Status.WARNING, detail, f"{_CREATE} fixes it, or says how")
