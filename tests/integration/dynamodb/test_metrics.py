"""What the metrics count of the requests to DynamoDB."""

from typing import Any

import pytest
from support.metrics.values import value

from cybershop_customer import StoreUnavailableError
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway, RequestKind
from cybershop_customer.adapters.metrics.dynamodb_observer import DynamoDBObserver
from cybershop_customer.adapters.metrics.service_metrics import ServiceMetrics

GET = {"TableName": "customer", "Key": {"pk": {"S": "C#ann"}}}
REPLY: dict[str, Any] = {"ConsumedCapacity": {"TableName": "customer", "CapacityUnits": 1.5}}


class Client:
    """Returns or raises what the test gives it, one after the other."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)

    def get_item(self, **_request: Any) -> Any:
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


def call(metrics: ServiceMetrics, *results: Any, attempts: int = 5) -> Any:
    client: Any = Client(*results)
    gateway = DynamoDBGateway(
        client,
        CallLimits(attempts=attempts),
        sleep=lambda _seconds: None,
        observer=DynamoDBObserver(metrics),
    )
    return gateway.call("get_item", GET, RequestKind.READ)


def attempts(metrics: ServiceMetrics, outcome: str) -> float:
    name = "customer_dynamodb_attempts_total"
    return value(metrics, name, operation="get_item", outcome=outcome)


def test_attempts_retries_and_units_are_counted() -> None:
    metrics = ServiceMetrics()

    call(metrics, ConnectionResetError(), REPLY)

    assert (attempts(metrics, "ok"), attempts(metrics, "reply_lost")) == (1, 1)
    assert value(metrics, "customer_dynamodb_retries_total", operation="get_item") == 1
    units = "customer_dynamodb_capacity_units_total"
    assert value(metrics, units, operation="get_item", table="customer") == 1.5


def test_a_call_that_is_given_up_counts_no_further_retry() -> None:
    metrics = ServiceMetrics()

    with pytest.raises(StoreUnavailableError):
        call(metrics, ConnectionResetError(), ConnectionResetError(), attempts=2)

    assert value(metrics, "customer_dynamodb_retries_total", operation="get_item") == 1
    assert attempts(metrics, "ok") == 0


@pytest.mark.parametrize(
    "consumed", [{"TableName": "customer"}, {"TableName": "customer", "CapacityUnits": -1}, {}]
)
def test_a_reply_without_units_counts_none(consumed: dict[str, Any]) -> None:
    metrics = ServiceMetrics()

    call(metrics, {"ConsumedCapacity": consumed})

    assert attempts(metrics, "ok") == 1
