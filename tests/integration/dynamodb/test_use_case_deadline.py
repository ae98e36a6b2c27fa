"""All calls of one use case end by one deadline."""

from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.doubles.manual_time import ManualTime

from cybershop_customer import StoreUnavailableError, VersionConflictError
from cybershop_customer.adapters.background_job import Job
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway, RequestKind
from cybershop_customer.domain.services.conflict import retry_on_conflict
from cybershop_customer.domain.use_case import current_use_case, use_cases

GET: dict[str, Any] = {"TableName": "customer", "Key": {"pk": {"S": "1"}}}
LIMITS = CallLimits()


class SlowClient:
    """Answers each request after ``seconds``, with a refusal that a retry may help if told so."""

    def __init__(self, seconds: float, *, throttles: bool = False) -> None:
        self.seconds = seconds
        self.throttles = throttles
        self.requests = 0
        self.time = ManualTime()

    def get_item(self, **_: object) -> dict[str, Any]:
        self.requests += 1
        self.time.now += self.seconds
        if self.throttles:
            error: Any = {
                "Error": {"Code": "ThrottlingException", "Message": "later"},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
            raise ClientError(error, "GetItem")
        return {"ConsumedCapacity": {"CapacityUnits": 1}}


@use_cases
class Service:
    """A use case of as many calls as the store serves."""

    def __init__(self, client: Any) -> None:
        self.gateway = DynamoDBGateway(
            client,
            LIMITS,
            sleep=client.time.sleep,
            monotonic=client.time.monotonic,
            uniform=client.time.longest,
        )

    def read(self) -> None:
        self.gateway.call("get_item", GET, RequestKind.READ)

    def read_for_ever(self) -> None:
        while True:
            self.read()

    def lose_every_race(self) -> None:
        def change() -> None:
            self.read()
            raise VersionConflictError("zoe")

        while True:
            try:
                retry_on_conflict(change)
            except VersionConflictError:
                continue

    def pages(self) -> Iterator[None]:
        while True:
            yield self.read()


@pytest.mark.parametrize("use_case", [Service.read_for_ever, Service.lose_every_race])
@pytest.mark.parametrize("throttles", [False, True])
def test_a_use_case_ends_in_time(use_case: Callable[[Service], None], throttles: bool) -> None:
    client = SlowClient(1.9, throttles=throttles)
    start = client.time.now

    with pytest.raises(StoreUnavailableError) as error:
        use_case(Service(client))

    assert error.value.outcome_known
    assert client.requests > 1
    assert client.time.now - start <= LIMITS.use_case_limit == 15


def test_the_log_says_why(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(StoreUnavailableError):
        Service(SlowClient(1.9)).read_for_ever()

    assert "in 0 attempt(s): 'the time of the use case is over'" in caplog.text


def test_each_use_case_has_its_own_time() -> None:
    client = SlowClient(2)
    service = Service(client)

    for _ in range(20):
        service.read()

    assert client.requests == 20
    assert current_use_case() is None


def test_a_reader_of_pages_has_no_deadline() -> None:
    client = SlowClient(2)
    pages = Service(client).pages()

    for _ in range(20):
        next(pages)

    assert client.requests == 20


def test_work_in_the_background_has_its_own_time() -> None:
    seen: list[object] = []

    @use_cases
    class Submitter:
        def submit(self) -> Job:
            assert current_use_case() is not None
            return Job("a mail", lambda: seen.append(current_use_case()))

    job = Submitter().submit()

    assert copy_context().run(job.run, lambda: 1)
    assert seen == [None]
