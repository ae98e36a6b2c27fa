"""The real client against an endpoint whose replies are broken, late or missing."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.builders.values import a_charge, a_customer, a_record
from support.doubles.manual_time import ManualTime
from support.dynamodb.stub_endpoint import (
    Act,
    StubServer,
    cancel,
    done,
    hang_up,
    refuse,
    reply,
    stay_silent,
    stub_endpoint,
    succeed,
)

from cybershop_customer import (
    CustomerExistsError,
    EmailTakenError,
    Storage,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.testkit.clock import START

LIMITS = CallLimits(connect_timeout=0.2, read_timeout=0.2, attempts=3)

CHOSEN = {"direct": True}
"""Which client ``storage_at`` makes."""

FOREIGN = [
    b"<html>Please log in to the hotel's network.</html>",
    b"",
    b"{}",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"Item": {"pk": {"S": "C#1"}}}',
    b'{"ConsumedCapacity": null}',
    b'{"ConsumedCapacity": [1]}',
]


@pytest.fixture(params=["direct", "botocore"], autouse=True)
def chosen_client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with each client."""
    monkeypatch.setitem(CHOSEN, "direct", request.param == "direct")


@contextmanager
def storage_at(url: str) -> Iterator[Storage]:
    client = make_client(url, limits=LIMITS, connections=1, **CHOSEN)
    time = ManualTime()
    gateway = DynamoDBGateway(client, LIMITS, sleep=time.sleep, uniform=time.longest)
    try:
        yield storage_on(Database(gateway, "stub-"))
    finally:
        client.close()


@contextmanager
def storage_meeting(*acts: Act) -> Iterator[tuple[Storage, StubServer]]:
    with stub_endpoint(*acts) as server, storage_at(server.url) as storage:
        yield storage, server


def add(storage: Storage) -> None:
    customer = a_customer()
    storage.customers.add(customer, a_record(customer.customer_id))


LOST = {
    "closed": hang_up,
    "silent": stay_silent,
    "500": refuse("InternalServerError", 500),
    "503": reply(503, b"<html>busy</html>"),
    "400 damaged": reply(400, b'{"__type": "com.amazonaws.dyn'),
    "502 with a list": reply(502, b"[]"),
    **{f"200 {body!r:.20}": reply(200, body) for body in FOREIGN},
}


@pytest.mark.parametrize("act", LOST.values(), ids=LOST)
def test_after_a_lost_reply_the_same_request_is_sent_again(act: Act) -> None:
    with storage_meeting(act, act, done()) as (storage, server):
        add(storage)

    assert len(server.requests) == 3
    assert len(set(server.requests)) == 1
    assert len(json.loads(server.requests[0])["ClientRequestToken"]) == 36


@pytest.mark.parametrize("act", LOST.values(), ids=LOST)
def test_lost_replies_leave_the_outcome_of_a_write_unknown(act: Act) -> None:
    with storage_meeting(act) as (storage, server), pytest.raises(StoreUnavailableError) as error:
        add(storage)

    assert not error.value.outcome_known
    assert len(server.requests) == 3


@pytest.mark.parametrize("act", LOST.values(), ids=LOST)
def test_a_read_without_a_reply_is_no_answer(act: Act) -> None:
    with storage_meeting(act) as (storage, _):
        for ask in (
            lambda: storage.customers.get("1", now=START),
            lambda: storage.sessions.find("1", "2"),
            lambda: storage.customers.find_id_by_email("one@shop.example"),
        ):
            with pytest.raises(StoreUnavailableError) as error:
                ask()
            assert error.value.outcome_known


@pytest.mark.parametrize("act", LOST.values(), ids=LOST)
def test_a_refund_is_never_sent_again_after_a_lost_reply(act: Act) -> None:
    with storage_meeting(act) as (storage, server), pytest.raises(StoreUnavailableError):
        storage.login_throttle.refund(a_charge(), START)

    assert len(server.requests) == 1


def test_without_a_server_nothing_was_changed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    with storage_at(url) as storage, pytest.raises(StoreUnavailableError) as error:
        add(storage)

    assert error.value.outcome_known


def test_a_conflict_that_passes_goes_unnoticed() -> None:
    conflict = cancel("TransactionConflict", "None", "None")
    with storage_meeting(conflict, conflict, done()) as (storage, server):
        add(storage)

    assert len(set(server.requests)) == 1


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        (("ConditionalCheckFailed", "None", "None"), CustomerExistsError),
        (("None", "ConditionalCheckFailed", "None"), EmailTakenError),
        (("ConditionalCheckFailed", "ConditionalCheckFailed", "None"), CustomerExistsError),
    ],
)
def test_failed_conditions_become_the_librarys_errors(
    codes: tuple[str, ...], error: type[Exception]
) -> None:
    with storage_meeting(cancel(*codes)) as (storage, server), pytest.raises(error):
        add(storage)

    assert len(server.requests) == 1


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException"])
def test_a_store_that_an_operator_has_to_fix(code: str, caplog: pytest.LogCaptureFixture) -> None:
    with storage_meeting(refuse(code)) as (storage, _), pytest.raises(StoreFaultError) as error:
        storage.probe.probe()

    assert code not in str(error.value)
    assert f"get_item on stub-customer: 'HTTP 400, {code}: " in caplog.text


def test_the_probe_asks_both_tables() -> None:
    with storage_meeting(succeed(), succeed(Items=[])) as (storage, server):
        storage.probe.probe()

    asked = [json.loads(request)["TableName"] for request in server.requests]
    assert asked == ["stub-customer", "stub-logger"]
