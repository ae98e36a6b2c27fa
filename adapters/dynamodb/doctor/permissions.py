"""Checks of the service's rights, each by a call that changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ....ports.finding import Finding, Status
from ..call_failure import CONDITION_FAILED, THROTTLING
from .call_outcome import CallOutcome, call_once
from .tables import missing_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEVER: Final = "attribute_exists(#key) AND attribute_not_exists(#key)"
"""A condition that no item meets."""
_CONDITION: Final = CONDITION_FAILED | {"TransactionCanceledException"}
"""DynamoDB's error codes for that condition."""
_BUSY: Final = THROTTLING | {"TransactionConflict"}


@dataclass(frozen=True, slots=True)
class PermissionProbe:
    """One right, and a call that needs this right and changes nothing."""

    action: str
    table: str
    operation: str
    request: Mapping[str, Any]


def permission_probes(customer_table: str, logger_table: str) -> tuple[PermissionProbe, ...]:
    """A probe for each right that the service needs. They use keys that no item has."""
    unused = {"S": f"doctor#{uuid4()}"}
    pk = {"pk": unused}
    at = {"customer_id": unused, "at": {"S": "-"}}
    never = {"ConditionExpression": _NEVER, "ExpressionAttributeNames": {"#key": "pk"}}
    never_at = {**never, "ExpressionAttributeNames": {"#key": "customer_id"}}
    customer: dict[str, Any] = {"TableName": customer_table}
    logger: dict[str, Any] = {"TableName": logger_table}
    put = {"Put": {**customer, "Item": pk, **never}}
    delete = {"Delete": {**customer, "Key": pk, **never}}
    put_record = {"Put": {**logger, "Item": at, **never_at}}
    update = {
        **customer,
        "Key": pk,
        **never,
        "UpdateExpression": "REMOVE #nothing",
        "ExpressionAttributeNames": {"#key": "pk", "#nothing": "nothing"},
    }
    query = {
        **logger,
        "Limit": 1,
        "KeyConditionExpression": "#customer = :unused AND #at > :first",
        "ExpressionAttributeNames": {"#customer": "customer_id", "#at": "at"},
        "ExpressionAttributeValues": {":unused": unused, ":first": {"S": "-"}},
    }
    # ServicePolicy allows a scan only if it names attributes. The filter lets no item through.
    scan = {
        **customer,
        "Limit": 1,
        "Select": "SPECIFIC_ATTRIBUTES",
        "ProjectionExpression": "#pk",
        "FilterExpression": "attribute_not_exists(#pk)",
        "ExpressionAttributeNames": {"#pk": "pk"},
    }
    batch = {"RequestItems": {logger_table: {"Keys": [at]}}}
    transact = "transact_write_items"
    return (
        PermissionProbe("GetItem", customer_table, "get_item", {**customer, "Key": pk}),
        PermissionProbe("UpdateItem", customer_table, "update_item", update),
        PermissionProbe("PutItem", customer_table, transact, {"TransactItems": [put]}),
        PermissionProbe("DeleteItem", customer_table, transact, {"TransactItems": [delete]}),
        PermissionProbe("Scan", customer_table, "scan", scan),
        PermissionProbe("Query", logger_table, "query", query),
        PermissionProbe("BatchGetItem", logger_table, "batch_get_item", batch),
        PermissionProbe("PutItem", logger_table, transact, {"TransactItems": [put_record]}),
    )


def check_permission(client: "DynamoDBClient", probe: PermissionProbe) -> Finding:
    """Check that these credentials have the right of ``probe``."""
    request = {**probe.request, "ReturnConsumedCapacity": "TOTAL"}
    outcome = call_once(client, probe.operation, request)
    check = f"permission {probe.action} on {probe.table}"
    if _is_as_expected(outcome):
        return Finding(check, Status.OK, "allowed")
    if "ResourceNotFoundException" in outcome.codes:
        return missing_table(probe.table, client)
    if not outcome.codes:
        detail = f"DynamoDB did not answer: {outcome.error or 'another server did'}"
        return Finding(check, Status.FAILED, detail, "try again")
    busy = any(code in _BUSY for code in outcome.codes)
    status = Status.WARNING if busy else Status.FAILED
    return Finding(check, status, outcome.refusal, _remedy(probe, outcome, busy=busy))


def _remedy(probe: PermissionProbe, outcome: CallOutcome, *, busy: bool) -> str:
    if busy:
        return "the table is busy: try again"
    if "AccessDeniedException" in outcome.codes:
        return (
            f"allow dynamodb:{probe.action} on the table {probe.table}, as ServicePolicy in"
            " deploy/cloudformation.yaml does"
        )
    if any(code.startswith("Validation") for code in outcome.codes):
        return "if the keys of this table are not the service's, set CUSTOMER_TABLE_PREFIX"
    return "look the error up in the Amazon DynamoDB Developer Guide"


def _is_as_expected(outcome: CallOutcome) -> bool:
    if outcome.codes:
        return set(outcome.codes) <= _CONDITION
    # Only DynamoDB returns the capacity.
    return "ConsumedCapacity" in outcome.reply
