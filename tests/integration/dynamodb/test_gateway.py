"""Which failure of a call becomes which error, and after how many attempts."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from support.doubles.manual_time import ManualTime

from cybershop_customer import StoreFaultError, StoreUnavailableError
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.gateway import (
    ConditionFailedError,
    DynamoDBGateway,
    RequestKind,
)

URL = "http://dynamodb.test"
GET = {"TableName": "shop-customer", "Key": {"pk": {"S": "C#1"}}}
TRANSACTION = {
    "ClientRequestToken": "the token",
    "TransactItems": [
        {"Update": {"TableName": "shop-customer"}},
        {"Delete": {"TableName": "shop-customer"}},
        {"Put": {"TableName": "shop-logger"}},
    ],
}
REPLY = {"ConsumedCapacity": {"CapacityUnits": 1.0}}


def refusal(code: str, status: int = 400, **fields: object) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": f"{code} it is."},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **fields,
    }
    return ClientError(response, "GetItem")


def cancelled(*codes: str, **fields: object) -> ClientError:
    reasons = [{"Code": code, **fields} if code != "None" else {"Code": code} for code in codes]
    return refusal("TransactionCanceledException", CancellationReasons=reasons)


class Client:
    """Answers each attempt with the next outcome. The last outcome stays."""

    def __init__(self, *outcomes: Exception | Mapping[str, Any]) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[Mapping[str, Any]] = []
        self.seconds = 0.0
        self.time = ManualTime()

    def get_item(self, **request: Any) -> Mapping[str, Any]:
        self.requests.append(request)
        self.time.now += self.seconds
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    transact_write_items = get_item
    update_item = get_item


def gateway(client: Any, **limits: float) -> DynamoDBGateway:
    time = client.time
    return DynamoDBGateway(
        client,
        CallLimits(**limits),
        sleep=time.sleep,
        monotonic=time.monotonic,
        uniform=time.longest,
    )


def read(client: Client) -> Mapping[str, Any]:
    return gateway(client).call("get_item", GET, RequestKind.READ)


def write(client: Client) -> Mapping[str, Any]:
    return gateway(client).call("transact_write_items", TRANSACTION, RequestKind.IDEMPOTENT_WRITE)


TRANSIENT = [
    refusal("ProvisionedThroughputExceededException"),
    refusal("ThrottlingException"),
    refusal("RequestLimitExceeded"),
    refusal("TransactionConflictException"),
    refusal("TransactionInProgressException"),
    refusal("TooBusy", 429),
    cancelled("TransactionConflict", "None", "None"),
    cancelled("None", "ThrottlingError", "None"),
    cancelled("None", "None", "ProvisionedThroughputExceeded"),
    CredentialRetrievalError(provider="a provider", error_msg="gone"),
    EndpointConnectionError(endpoint_url=URL),
    ConnectTimeoutError(endpoint_url=URL),
]
LOST = [
    refusal("InternalServerError", 500),
    refusal("ServiceUnavailable", 503),
    refusal("502", 502),
    refusal("504", 504),
    ConnectionClosedError(endpoint_url=URL),
    ReadTimeoutError(endpoint_url=URL),
    SSLError(endpoint_url=URL, error="closed"),
    AttributeError("what botocore's parser raises over a body that is a list"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    {"ResponseMetadata": {"HTTPStatusCode": 200}},
]
MISSING = [
    refusal("ResourceNotFoundException"),
    refusal("ResourceInUseException"),
    refusal("TableNotFoundException"),
    cancelled("None", "ResourceNotFound", "None"),
]
FAULTS = [
    refusal("ValidationException"),
    refusal("AccessDeniedException"),
    refusal("ExpiredTokenException"),
    refusal("UnrecognizedClientException"),
    refusal("InvalidSignatureException"),
    refusal("IdempotentParameterMismatchException"),
    refusal("403", 403),
    cancelled("None", "ValidationError", "None"),
    cancelled("ItemCollectionSizeLimitExceeded", "None", "None"),
    NoCredentialsError(),
    BotoCoreError(),
]


def name(outcome: object) -> str:
    if isinstance(outcome, ClientError):
        reasons: Any = outcome.response.get("CancellationReasons", ())
        codes = [reason["Code"] for reason in reasons if reason["Code"] != "None"]
        return "+".join([outcome.response["Error"]["Code"], *codes])
    return type(outcome).__name__ if isinstance(outcome, Exception) else "a foreign reply"


@pytest.mark.parametrize("operate", [read, write])
@pytest.mark.parametrize("failure", [*TRANSIENT, *LOST], ids=name)
def test_a_transient_failure_or_a_lost_reply_is_retried(
    failure: Exception | Mapping[str, Any], operate: Callable[[Client], object]
) -> None:
    client = Client(failure, failure, REPLY)

    assert operate(client) == REPLY
    assert len(client.requests) == 3


@pytest.mark.parametrize("failure", [*TRANSIENT, *LOST], ids=name)
def test_each_attempt_sends_the_same_request(failure: Exception | Mapping[str, Any]) -> None:
    client = Client(failure, REPLY)

    write(client)

    asked = {**TRANSACTION, "ReturnConsumedCapacity": "TOTAL"}
    assert client.requests == [asked, asked]


@pytest.mark.parametrize("failure", TRANSIENT, ids=name)
def test_a_transient_failure_that_stays_makes_the_store_unavailable_and_nothing_has_changed(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(failure)

    with pytest.raises(StoreUnavailableError) as error:
        write(client)

    assert (error.value.outcome_known, error.value.retry_after) == (True, 1)
    assert len(client.requests) == 5
    (line,) = caplog.records
    assert (line.name, line.levelno) == ("cybershop_customer.store", logging.WARNING)
    assert "transact_write_items on shop-customer, shop-logger in 5 attempt(s)" in line.message


@pytest.mark.parametrize("failure", LOST, ids=name)
def test_after_lost_replies_only_a_write_has_an_unknown_outcome(
    failure: Exception | Mapping[str, Any],
) -> None:
    with pytest.raises(StoreUnavailableError) as of_write:
        write(Client(failure))
    with pytest.raises(StoreUnavailableError) as of_read:
        read(Client(failure))

    assert not of_write.value.outcome_known
    assert of_read.value.outcome_known


@pytest.mark.parametrize("refused", TRANSIENT, ids=name)
def test_one_lost_reply_leaves_the_outcome_unknown_whatever_follows(refused: Exception) -> None:
    with pytest.raises(StoreUnavailableError) as error:
        write(Client(refused, ReadTimeoutError(endpoint_url=URL), refused))

    assert not error.value.outcome_known


@pytest.mark.parametrize("failure", LOST, ids=name)
def test_a_non_idempotent_write_is_not_sent_again_after_a_lost_reply(
    failure: Exception | Mapping[str, Any],
) -> None:
    client = Client(refusal("ThrottlingException"), failure)

    with pytest.raises(StoreUnavailableError) as error:
        gateway(client).call("update_item", GET, RequestKind.NON_IDEMPOTENT_WRITE)

    assert len(client.requests) == 2
    assert not error.value.outcome_known


@pytest.mark.parametrize("failure", MISSING, ids=name)
def test_a_missing_table_makes_the_store_unavailable_and_nothing_has_changed(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(failure)

    with pytest.raises(StoreUnavailableError) as error:
        write(client)

    assert (error.value.outcome_known, error.value.retry_after) == (True, 5)
    assert len(client.requests) == 1
    (line,) = caplog.records
    assert (line.levelno, line.exc_info) == (logging.ERROR, None)
    assert "no table shop-customer or shop-logger" in line.message
    assert "`cybershop-customer doctor`" in line.message


def test_a_table_that_goes_missing_after_a_lost_reply_leaves_the_outcome_unknown() -> None:
    client = Client(ReadTimeoutError(endpoint_url=URL), refusal("ResourceNotFoundException"))

    with pytest.raises(StoreUnavailableError) as error:
        write(client)

    assert not error.value.outcome_known


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"Error": {"Code": ["a"], "Message": 7}, "ResponseMetadata": {"HTTPStatusCode": 400}},
        {"Error": {"Code": 5}, "ResponseMetadata": {"HTTPStatusCode": "400"}},
        {"Error": {"Code": "x"}, "CancellationReasons": [None]},
        {"Error": {"Code": "x"}, "CancellationReasons": [{"Code": {}}]},
    ],
)
def test_an_error_reply_of_another_shape_counts_as_lost(response: Any) -> None:
    error: Any = ClientError.__new__(ClientError)
    error.response = response

    with pytest.raises(StoreUnavailableError) as lost:
        write(Client(error))

    assert not lost.value.outcome_known


@pytest.mark.parametrize("failure", FAULTS, ids=name)
def test_a_fault_is_for_the_operator(failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(failure)

    with pytest.raises(StoreFaultError) as error:
        read(client)

    assert len(client.requests) == 1
    assert str(error.value) == "the store refused; the log of the service says why"
    (line,) = caplog.records
    assert (line.name, line.levelno) == ("cybershop_customer.store", logging.ERROR)
    assert "get_item on shop-customer" in line.message
    assert name(failure).split("+")[-1] in line.message


def test_the_cause_is_logged_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    error = refusal("AccessDeniedException")
    error.response["Error"]["Message"] = "no\nERROR forged " + 1000 * "x"

    with pytest.raises(StoreFaultError):
        read(Client(error))

    assert "\n" not in caplog.records[0].message
    assert len(caplog.records[0].message) < 700


@pytest.mark.parametrize(
    ("codes", "index"),
    [
        (("ConditionalCheckFailed", "None", "None"), 0),
        (("None", "ConditionalCheckFailed", "None"), 1),
        (("ConditionalCheckFailed", "ConditionalCheckFailed", "None"), 0),
        (("ConditionalCheckFailed", "TransactionConflict", "None"), 0),
        (("None", "ConditionalCheckFailed", "TransactionConflict"), 1),
    ],
)
def test_the_first_failed_condition_in_the_order_sent_counts(
    codes: tuple[str, ...], index: int
) -> None:
    found = {"version": {"N": "7"}}

    with pytest.raises(ConditionFailedError) as error:
        write(Client(cancelled(*codes, Item=found)))

    assert (error.value.index, error.value.found) == (index, found is not None)


def test_a_conflict_before_a_failed_condition_is_retried() -> None:
    client = Client(cancelled("TransactionConflict", "ConditionalCheckFailed", "None"), REPLY)

    assert write(client) == REPLY


def test_a_failed_condition_of_a_single_write() -> None:
    client = Client(refusal("ConditionalCheckFailedException"))

    with pytest.raises(ConditionFailedError) as error:
        gateway(client).call("update_item", GET, RequestKind.IDEMPOTENT_WRITE)

    assert (error.value.index, error.value.found) == (0, False)


def test_pauses_are_random_up_to_twice_as_long_each_time() -> None:
    client = Client(refusal("ThrottlingException"))

    with pytest.raises(StoreUnavailableError):
        read(client)

    assert client.time.pauses == [0.05, 0.1, 0.2, 0.4]


@pytest.mark.parametrize(
    ("seconds", "attempts"), [(0.0, 5), (0.5, 5), (0.9, 4), (1.5, 3), (2.0, 2), (3.0, 2)]
)
def test_no_thread_is_held_longer_than_the_limit(seconds: float, attempts: int) -> None:
    client = Client(ReadTimeoutError(endpoint_url=URL))
    client.seconds = seconds
    start = client.time.now

    with pytest.raises(StoreUnavailableError):
        read(client)

    assert len(client.requests) == attempts
    assert client.time.now - start <= CallLimits().time_limit


def test_the_first_attempt_is_made_in_any_case() -> None:
    client = Client(REPLY)

    reply = gateway(client, time_limit=0).call("get_item", GET, RequestKind.READ)

    assert reply == REPLY


def test_a_single_attempt_means_no_pause() -> None:
    client = Client(refusal("ThrottlingException"))

    with pytest.raises(StoreUnavailableError):
        gateway(client, attempts=1).call("get_item", GET, RequestKind.READ)

    assert (len(client.requests), client.time.pauses) == (1, [])
