"""BatchWriteItem may leave items unwritten when a table is throttled. The copy sends them again."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any, Final

import pytest
from support.dynamodb.stub_endpoint import Act, Exchange, StubServer, refuse, reply, stub_endpoint

from cybershop_customer import StoreFaultError, StoreUnavailableError
from cybershop_customer.adapters.dynamodb.attributes import Item, text
from cybershop_customer.adapters.dynamodb.batch_writer import BatchWriter
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway

LIMITS: Final = CallLimits(connect_timeout=0.5, read_timeout=2, attempts=2, max_first_pause=0)
ITEMS: Final[list[tuple[str, Item]]] = [
    *(("customer", {"pk": text(f"C#{number}")}) for number in range(15)),
    *(("logger", {"customer_id": text("zoe"), "at": text(f"{number}")}) for number in range(15)),
]


@contextmanager
def writer(*acts: Act) -> Iterator[tuple[BatchWriter, StubServer, list[float]]]:
    pauses: list[float] = []
    with (
        stub_endpoint(*acts) as server,
        closing(make_client(server.url, limits=LIMITS, connections=4)) as client,
        closing(
            BatchWriter(
                DynamoDBGateway(client, LIMITS), sleep=pauses.append, uniform=lambda _, high: high
            )
        ) as writer,
    ):
        yield writer, server, pauses


def unprocessed(left: object) -> Act:
    """Succeed, and leave these puts."""
    return reply(200, {"ConsumedCapacity": [{"CapacityUnits": 1}], "UnprocessedItems": left})


def leave(number: int) -> Act:
    """Write all but the first ``number`` puts of each table."""

    def act(exchange: Exchange) -> None:
        puts = json.loads(exchange.body)["RequestItems"]
        left = {table: asked[:number] for table, asked in puts.items()}
        unprocessed({table: some for table, some in left.items() if some})(exchange)

    return act


def written(server: StubServer) -> list[list[Any]]:
    return [
        [
            put["PutRequest"]["Item"]
            for puts in json.loads(body)["RequestItems"].values()
            for put in puts
        ]
        for body in server.requests
    ]


def test_at_most_25_items_are_in_a_request() -> None:
    with writer(leave(0)) as (batches, server, _):
        batches.write(ITEMS)

    sent = written(server)
    assert sorted(map(len, sent)) == [5, 25]
    assert sorted(map(repr, chain.from_iterable(sent))) == sorted(repr(item) for _, item in ITEMS)


def test_what_is_left_is_sent_again_after_growing_pauses() -> None:
    with writer(leave(3), leave(3), leave(1), leave(0)) as (batches, server, pauses):
        batches.write(ITEMS[:20])

    assert [len(items) for items in written(server)] == [20, 6, 6, 2]
    assert pauses == [0.05, 0.1, 0.2]


def test_a_table_that_takes_nothing_ends_the_copy() -> None:
    with writer(leave(20)) as (batches, server, pauses), pytest.raises(StoreUnavailableError):
        batches.write(ITEMS[:1])

    assert len(server.requests) == 10
    assert 15 < sum(pauses) < 60


@pytest.mark.parametrize(
    "act",
    [
        refuse("ProvisionedThroughputExceededException"),
        reply(200, {"ConsumedCapacity": [{"CapacityUnits": 1}]}),
        unprocessed({"customer": [{"PutRequest": {"Item": {"pk": text("C#x")}}}]}),
        unprocessed({"other": [{"PutRequest": {"Item": {"pk": text("C#0")}}}]}),
        unprocessed([1]),
        unprocessed({"customer": [{"DeleteRequest": {}}]}),
    ],
)
def test_a_throttled_request_and_a_foreign_reply_are_sent_again(act: Act) -> None:
    with writer(act, leave(0)) as (batches, server, _):
        batches.write(ITEMS[:1])

    assert len(server.requests) == 2


def test_the_first_refusal_ends_the_copy() -> None:
    with (
        writer(refuse("AccessDeniedException")) as (batches, _, _),
        pytest.raises(StoreFaultError),
    ):
        batches.write(ITEMS)
