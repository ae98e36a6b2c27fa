"""A change that was made is completed, and no error says that nothing was changed."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from support.builders.values import a_record
from support.doubles.manual_time import ManualTime

from cybershop_customer import StoreUnavailableError
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.domain.use_case import use_cases

LIMITS = CallLimits()
WRITE = {"Update": {"TableName": "customer", "Key": {"pk": {"S": "C#zoe"}}}}


def refusal(code: str, **members: object) -> ClientError:
    reply: Any = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        **members,
    }
    return ClientError(reply, "PutItem")


THROTTLED = refusal("ThrottlingException")
RECORD_EXISTS = refusal(
    "TransactionCanceledException",
    CancellationReasons=[{"Code": "None"}, {"Code": "ConditionalCheckFailed"}],
)


class Client:
    """Makes the transaction in ``seconds``, and then does as the test says."""

    def __init__(self, seconds: float, *transactions: Exception) -> None:
        self.time = ManualTime()
        self.seconds = seconds
        self.transactions = list(transactions)
        self.later_error: Exception | None = None
        self.puts = 0

    def transact_write_items(self, **_: object) -> dict[str, Any]:
        self.time.now += self.seconds
        if self.transactions:
            raise self.transactions.pop(0)
        return {"ConsumedCapacity": [{"TableName": "customer", "CapacityUnits": 1}]}

    def put_item(self, **_: object) -> dict[str, Any]:
        if self.later_error is not None:
            raise self.later_error
        self.puts += 1
        return {"ConsumedCapacity": {"TableName": "logger", "CapacityUnits": 1}}

    query = put_item


@use_cases
class Service:
    """Changes a customer in a transaction, when ``spent`` seconds of the use case are over."""

    def __init__(self, client: Any, *, session_feed: bool) -> None:
        self.client = client
        gateway = DynamoDBGateway(
            client,
            LIMITS,
            sleep=client.time.sleep,
            monotonic=client.time.monotonic,
            uniform=lambda *_: 0,
        )
        self.database = Database(
            gateway, "", session_feed=session_feed, monotonic=client.time.monotonic
        )

    def change(self, spent: float = 0) -> None:
        self.database.append(a_record("zoe"))
        self.client.puts = 0
        self.client.time.now += spent
        self.database.transact(a_record("zoe"), WRITE, publish=True)


def test_a_late_change_is_published_again_although_the_use_case_has_no_time_left() -> None:
    client = Client(2.9)

    Service(client, session_feed=True).change(spent=11)

    assert client.puts == 1


def a_late_publication(error: Exception) -> Service:
    client = Client(1.5)
    service = Service(client, session_feed=True)
    make = client.transact_write_items

    def make_and_fail_later(**request: object) -> dict[str, Any]:
        client.later_error = error
        return make(**request)

    client.transact_write_items = make_and_fail_later  # type: ignore[method-assign]
    return service


def a_lost_reply(error: Exception) -> Service:
    client = Client(0.1, ReadTimeoutError(endpoint_url="db"), RECORD_EXISTS)
    service = Service(client, session_feed=False)
    client.query = lambda **_: (_ for _ in ()).throw(error)  # type: ignore[method-assign]
    return service


@pytest.mark.parametrize("service", [a_late_publication, a_lost_reply])
@pytest.mark.parametrize(
    "error", [THROTTLED, refusal("AccessDeniedException")], ids=["throttled", "denied"]
)
def test_no_error_says_that_nothing_was_changed(
    service: Callable[[Exception], Service], error: Exception
) -> None:
    with pytest.raises(StoreUnavailableError) as failure:
        service(error).change()

    assert not failure.value.outcome_known
