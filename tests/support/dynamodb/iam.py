"""A simulator of IAM for requests to DynamoDB.

Sources: Amazon DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access
control" and "IAM with transactions"; AWS IAM User Guide, "Policy evaluation logic" and
"Multivalued context keys" (``ForAllValues`` also holds where the key is missing).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Policy = Mapping[str, Any]
Right = tuple[str, str]
"""An action and a table."""

_HASH_KEYS: Final = ("pk", "customer_id")


@dataclass(frozen=True)
class Demand:
    """One action that a request needs, and the context keys for conditions."""

    action: str
    table: str
    context: Mapping[str, list[str]] = field(default_factory=dict)


def demands(operation: str, request: Mapping[str, Any]) -> list[Demand]:
    """The actions that ``request`` needs; a transaction needs one for each write."""
    if operation == "TransactWriteItems":
        writes = [write for entry in request["TransactItems"] for write in entry.items()]
        return [_demand(f"{verb}Item", arguments) for verb, arguments in writes]
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [Demand(operation, table) for table in request["RequestItems"]]
    return [_demand(operation, request)]


def _demand(action: str, request: Mapping[str, Any]) -> Demand:
    context: dict[str, list[str]] = {}
    key = request.get("Key") or request.get("Item") or {}
    leading = [value["S"] for name, value in key.items() if name in _HASH_KEYS]
    if action == "Query":
        # Each query of the service compares the partition key first.
        found = re.match(r"#?\w+ = (:\w+)", request["KeyConditionExpression"])
        assert found
        leading = [request["ExpressionAttributeValues"][found[1]]["S"]]
    if leading:
        context["dynamodb:LeadingKeys"] = leading[:1]
    if action in ("GetItem", "Scan"):
        projection = request.get("ProjectionExpression")
        context["dynamodb:Select"] = ["SPECIFIC_ATTRIBUTES" if projection else "ALL_ATTRIBUTES"]
        if projection:
            names = request.get("ExpressionAttributeNames", {})
            paths = [re.split(r"[.\[]", path.strip())[0] for path in projection.split(",")]
            context["dynamodb:Attributes"] = [names.get(path, path) for path in paths]
    return Demand(action, request["TableName"], context)


def rights(policy: Policy) -> set[Right]:
    """The actions that a policy can allow, with their tables."""
    return {
        (action.removeprefix("dynamodb:"), resource.rpartition("/")[2])
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }


def allows(policy: Policy, demand: Demand) -> bool:
    """Whether a statement of the policy allows the action, and none denies it."""
    applying = [
        statement["Effect"] for statement in policy["Statement"] if _applies(statement, demand)
    ]
    return "Allow" in applying and "Deny" not in applying


def _applies(statement: Mapping[str, Any], demand: Demand) -> bool:
    return (
        f"dynamodb:{demand.action}" in _listed(statement["Action"])
        and any(
            resource.endswith(f":table/{demand.table}")
            for resource in _listed(statement["Resource"])
        )
        and all(
            _holds(operator, _listed(wanted), demand.context.get(key))
            for operator, conditions in statement.get("Condition", {}).items()
            for key, wanted in conditions.items()
        )
    )


def _holds(operator: str, wanted: list[str], found: list[str] | None) -> bool:
    match operator:
        case "Null":
            return (found is None) == (wanted == ["true"])
        case "StringEquals":
            return found is not None and found[0] in wanted
        case "StringEqualsIfExists":
            return found is None or found[0] in wanted
        case "ForAllValues:StringEquals":
            return all(value in wanted for value in found or [])
        case "ForAllValues:StringLike":
            return all(any(fnmatchcase(value, like) for like in wanted) for value in found or [])
    raise AssertionError(f"{operator} is not implemented here")


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


@contextmanager
def recorded(client: "DynamoDBClient") -> Iterator[set[Right]]:
    """The rights that everything sent through ``client`` needs."""
    needed: set[Right] = set()

    def record(demand: Demand) -> bool:
        needed.add((demand.action, demand.table))
        return True

    with _judged(client, record):
        yield needed


@contextmanager
def enforced(client: "DynamoDBClient", policy: Policy) -> Iterator[None]:
    """Refuse what ``policy`` does not allow, as AWS would, and do not send it."""
    with _judged(client, lambda demand: allows(policy, demand)):
        yield


@contextmanager
def _judged(client: "DynamoDBClient", judge: Callable[[Demand], bool]) -> Iterator[None]:
    def before_call(model: Any, params: Mapping[str, Any], **_: object) -> Any:
        for demand in demands(model.name, json.loads(params["body"])):
            if not judge(demand):
                return SimpleNamespace(status_code=400), _denial(demand)
        return None

    client.meta.events.register("before-call.dynamodb", before_call)
    try:
        yield
    finally:
        client.meta.events.unregister("before-call.dynamodb", before_call)


def _denial(demand: Demand) -> dict[str, Any]:
    message = f"not authorized to perform: dynamodb:{demand.action} on resource: {demand.table}"
    return {
        "Error": {"Code": "AccessDeniedException", "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {"x-amzn-requestid": "0"}},
    }
