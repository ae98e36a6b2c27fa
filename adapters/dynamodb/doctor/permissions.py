"""Checks of the running service's rights, each by a call that changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ....ports.finding import Finding, Status
from .outcome import Outcome, call
from .tables import missing_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEVER: Final = "attribute_exists(#key) AND attribute_not_exists(#key)"
"""A condition that nothing meets."""
_CONDITION: Final = frozenset(
    {
        "ConditionalCheckFailed",
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
    }
)
"""What DynamoDB says of it."""
_BUSY: Final = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
    }
)


@dataclass(frozen=True, slots=True)
class Probe:
    """One right, and the call that needs it and changes nothing."""

    action: str
    table: str
    operation: str
    request: Mapping[str, Any]


def probes(customer_table: str, logger_table: str) -> tuple[Probe, ...]:
    """Every right that the service needs. The keys are ones that no customer's item has."""
    nobody = {"S": f"doctor#{uuid4()}"}
    pk = {"pk": nobody}
    at = {"customer_id": nobody, "at": {"S": "-"}}
    never = {"ConditionExpression": _NEVER, "ExpressionAttributeNames": {"#key": "pk"}}
    never_at = {**never, "ExpressionAttributeNames": {"#key": "customer_id"}}
    customer: dict[str, Any] = {"TableName": customer_table}
    logger: dict[str, Any] = {"TableName": logger_table}
    put = {"Put": {**customer, "Item": pk, **never}}
    delete = {"Delete": {**customer, "Key": pk, **never}}
    kept = {"Put": {**logger, "Item": at, **never_at}}
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
        "KeyConditionExpression": "#customer = :nobody AND #at > :first",
        "ExpressionAttributeNames": {"#customer": "customer_id", "#at": "at"},
        "ExpressionAttributeValues": {":nobody": nobody, ":first": {"S": "-"}},
    }
    transact = "transact_write_items"
    return (
        Probe("GetItem", customer_table, "get_item", {**customer, "Key": pk}),
        Probe("UpdateItem", customer_table, "update_item", update),
        Probe("PutItem", customer_table, transact, {"TransactItems": [put]}),
        Probe("DeleteItem", customer_table, transact, {"TransactItems": [delete]}),
        Probe("Query", logger_table, "query", query),
        Probe("PutItem", logger_table, transact, {"TransactItems": [kept]}),
    )


def check_permission(client: "DynamoDBClient", probe: Probe) -> Finding:
    """Whether the service may do that."""
    request = {**probe.request, "ReturnConsumedCapacity": "TOTAL"}
    return judge(client, probe, call(client, probe.operation, request))


def judge(client: "DynamoDBClient", probe: Probe, outcome: Outcome) -> Finding:
    """What ``outcome`` says about the right."""
    check = f"permission {probe.action} on {probe.table}"
    if _is_as_expected(outcome):
        return Finding(check, Status.OK, "allowed")
    if "ResourceNotFoundException" in outcome.codes:
        return missing_table(probe.table, client)
    if not outcome.codes:
        detail = f"DynamoDB did not answer: {outcome.error or 'this is not its reply'}"
        return Finding(check, Status.FAILED, detail, "try again")
    busy = any(code in _BUSY for code in outcome.codes)
    status = Status.WARNING if busy else Status.FAILED
    return Finding(check, status, outcome.refusal, _remedy(probe, outcome, busy=busy))


def _remedy(probe: Probe, outcome: Outcome, *, busy: bool) -> str:
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


def _is_as_expected(outcome: Outcome) -> bool:
    if outcome.codes:
        return set(outcome.codes) <= _CONDITION
    # What is not DynamoDB says nothing of capacity.
    return "ConsumedCapacity" in outcome.reply
