"""A stub of DynamoDB with both tables in order; a test replaces single answers."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from support.dynamodb.stub_endpoint import Act, Exchange, StubServer, hang_up, stub_endpoint

from cybershop_customer.adapters.dynamodb.provisioning.table_design import (
    TableDesign,
    table_designs,
)

Answer = tuple[int, dict[str, Any]]
"""Status and body."""
Answers = Mapping[str, Answer | Act | None]
"""By operation, or operation and table; None hangs up."""

CAPACITY = {"ConsumedCapacity": {"CapacityUnits": 1}}


def refused(code: str, status: int = 400, **fields: object) -> Answer:
    """An error in DynamoDB's form."""
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **fields}


def described(design: TableDesign, **changes: object) -> Answer:
    """The answer of DescribeTable."""
    creation = design.create_arguments()
    billing = {"BillingModeSummary": {"BillingMode": creation.pop("BillingMode")}}
    arn = f"arn:aws:dynamodb:eu-central-1:123456789012:table/{design.name}"
    table = {"TableArn": arn, "TableStatus": "ACTIVE", "ItemCount": 0, **creation, **billing}
    return 200, {"Table": {**table, "DeletionProtectionEnabled": True, **changes}}


@contextmanager
def stub_store(
    answers: Answers | None = None,
    *,
    prefix: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[StubServer]:
    """A stub that answers as a healthy store does, except for ``answers``."""
    designs = {design.name: design for design in table_designs(prefix)}

    def act(exchange: Exchange) -> None:
        operation = exchange.headers["X-Amz-Target"].rpartition(".")[2]
        request = json.loads(exchange.body)
        table = _table(request)
        given = answers or {}
        action = _written(request) or operation
        for name in (f"{action} {table}", action):
            if name in given:
                _send(exchange, given[name], clock())
                return
        _send(exchange, _healthy(operation, designs[table]), clock())

    with stub_endpoint(act) as server:
        yield server


def _table(request: dict[str, Any]) -> str:
    if "RequestItems" in request:
        return str(next(iter(request["RequestItems"])))
    writes = request.get("TransactItems", [{"": request}])
    return str(next(iter(writes[0].values()))["TableName"])


def _written(request: dict[str, Any]) -> str | None:
    """The right that the first write of a transaction needs."""
    writes = request.get("TransactItems")
    return None if writes is None else f"{next(iter(writes[0]))}Item"


def _healthy(operation: str, design: TableDesign) -> Answer:
    ttl = {"TimeToLiveStatus": "ENABLED", "AttributeName": design.ttl_attribute}
    recovery = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}
    healthy: dict[str, Answer] = {
        "DescribeTable": described(design),
        "DescribeTimeToLive": (200, {"TimeToLiveDescription": ttl}),
        "DescribeContinuousBackups": (200, {"ContinuousBackupsDescription": recovery}),
        "GetItem": (200, CAPACITY),
        "Query": (200, {**CAPACITY, "Items": []}),
        "Scan": (200, {**CAPACITY, "Items": []}),
        "BatchGetItem": (200, {"Responses": {}, "UnprocessedKeys": {}, "ConsumedCapacity": []}),
        "UpdateItem": refused("ConditionalCheckFailedException"),
        "TransactWriteItems": refused(
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "ConditionalCheckFailed"}],
        ),
    }
    return healthy[operation]


def _send(exchange: Exchange, answer: Answer | Act | None, now: datetime) -> None:
    if answer is None:
        hang_up(exchange)
        return
    if callable(answer):
        answer(exchange)
        return
    status, body = answer
    raw = json.dumps(body).encode()
    exchange.send_response_only(status)
    exchange.send_header("x-amzn-RequestId", "0123456789")
    exchange.send_header("Date", format_datetime(now, usegmt=True))
    exchange.send_header("Content-Type", "application/x-amz-json-1.0")
    exchange.send_header("Content-Length", str(len(raw)))
    exchange.end_headers()
    exchange.wfile.write(raw)
