"""The shards of the session change feed on DynamoDB."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate, chain, repeat
from typing import Any

import pytest
from support.builders.values import a_record, added, an_update
from support.dynamodb.databases import LIMITS, local_client, local_database
from support.dynamodb.local_server import dynamodb_local
from support.dynamodb.stub_endpoint import Act, StubServer, cancel, forward, refuse, stub_endpoint

from cybershop_customer import (
    AuditRecord,
    CustomerServiceError,
    SessionChangeLog,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.dynamodb.attributes import Item
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.feed_shards import MAX_SHARDS, FeedShards
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.session_change_log import (
    LOOK_SECONDS,
    DynamoDBSessionChangeLog,
)
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.dynamodb_local

FOUR = FeedShards(read=4, written=4)


@pytest.fixture
def database() -> Database:
    database = local_database(session_feed=True)
    database.feed_shards = FOUR
    return database


def ended(database: Database, count: int) -> list[str]:
    """End the sessions of so many customers, a second apart; return the positions."""
    storage = storage_on(database)
    positions: list[str] = []
    for second in range(count):
        customer_id = added(storage).customer_id
        record = a_record(customer_id, at=START + timedelta(seconds=second))
        assert storage.sessions.close_all(customer_id, record)
        positions.append(record.position)
    return positions


def partitions_of(database: Database) -> list[str]:
    """The partition of each entry of the feed."""
    found = local_client().scan(TableName=database.logger_table, ConsistentRead=True)["Items"]
    return [key for item in found if (key := str(item["customer_id"]["S"])).startswith("#sessions")]


def test_entries_of_several_shards_are_read_in_the_order_of_their_positions(
    database: Database,
) -> None:
    positions = ended(database, 24)
    assert len(set(partitions_of(database))) == 4
    feed = storage_on(database).session_changes

    for limit in (1, 5, 24, 1000):
        read = feed.read(after="0", limit=limit)
        assert [change.position for change in read] == positions[:limit]
    read = feed.read(after=positions[9], limit=7)
    assert [change.position for change in read] == positions[10:17]


def test_shards_that_are_only_read_get_no_entry(database: Database) -> None:
    database.feed_shards = FeedShards(read=4, written=1)
    positions = ended(database, 8)

    assert set(partitions_of(database)) == {"#sessions"}
    read = storage_on(database).session_changes.read(after="0", limit=9)
    assert [change.position for change in read] == positions


class TestAReaderOfTooFewShards:
    """It would miss the entries of the others. While it refuses, followers ask more often."""

    @pytest.fixture
    def seconds(self) -> list[float]:
        """What the clock of the reader says."""
        return [0.0]

    def reader(self, database: Database, shards: int, seconds: list[float]) -> SessionChangeLog:
        database.feed_shards = FeedShards(read=shards, written=1)
        return DynamoDBSessionChangeLog(database, monotonic=lambda: seconds[0])

    def test_refuses_and_says_why(
        self, database: Database, seconds: list[float], caplog: pytest.LogCaptureFixture
    ) -> None:
        positions = ended(database, 8)
        feed = self.reader(database, 2, seconds)
        feed.read(after="0", limit=9)

        seconds[0] = LOOK_SECONDS
        for _ in range(2):
            with pytest.raises(StoreFaultError):
                feed.read(after="0", limit=9)

        (line,) = caplog.messages
        assert line.endswith("than this one reads (2): set CUSTOMER_SESSION_FEED_SHARDS as there")
        # What was written before is no reason to refuse.
        feed.read(after=positions[-1], limit=9)

    def test_looks_now_and_then_only(
        self, database: Database, seconds: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        feed = self.reader(database, 1, seconds)
        asked: list[str] = []
        query = database.query

        def recorded(arguments: Mapping[str, Any], limit: int) -> list[Item]:
            asked.append(arguments["ExpressionAttributeValues"][":partition"]["S"])
            return query(arguments, limit)

        monkeypatch.setattr(database, "query", recorded)
        for seconds[0] in (0, LOOK_SECONDS - 1, LOOK_SECONDS, LOOK_SECONDS + 1, 2 * LOOK_SECONDS):
            feed.read(after="0", limit=9)

        assert asked.count("#sessions") == 5
        assert asked.count("#sessions-1") == len(asked) - 5 == 2

    def test_does_not_look_beyond_the_last_shard_that_can_be(
        self, database: Database, seconds: list[float]
    ) -> None:
        feed = self.reader(database, MAX_SHARDS, seconds)
        seconds[0] = LOOK_SECONDS

        assert feed.read(after="0", limit=9) == ()


@contextmanager
def answering(
    database: Database, *acts: Act, seconds: Iterable[float] = ()
) -> Iterator[tuple[Database, StubServer]]:
    """The same tables, behind a server that does ``acts``.

    ``seconds`` is how long each write of an entry takes; by default none takes any time.
    """
    times = accumulate(chain.from_iterable((0.0, taken) for taken in chain(seconds, repeat(0.0))))
    with stub_endpoint(*acts) as server:
        client = make_client(server.url, limits=LIMITS, connections=1)
        prefix = database.customer_table.removesuffix("customer")
        gateway = DynamoDBGateway(client, LIMITS, sleep=lambda _: None)
        try:
            yield (
                Database(
                    gateway,
                    prefix,
                    session_feed=True,
                    feed_shards=database.feed_shards,
                    monotonic=times.__next__,
                ),
                server,
            )
        finally:
            client.close()


def throttled(code: str) -> Act:
    """DynamoDB's refusal of a transaction whose last item has a partition that is too busy."""
    return cancel("None", "None", code)


def close_behind(
    database: Database, *acts: Act, seconds: Iterable[float] = ()
) -> tuple[AuditRecord, list[dict[str, Any]]]:
    """End a customer's sessions through ``acts``; return the record and the transactions."""
    customer_id = added(storage_on(database)).customer_id
    record = a_record(customer_id)
    with answering(database, *acts, seconds=seconds) as (busy, server):
        assert storage_on(busy).sessions.close_all(customer_id, record)
    return record, [json.loads(body) for body in server.requests]


def entry_of(transaction: dict[str, Any]) -> str:
    """The partition of the transaction's entry of the feed."""
    return str(transaction["TransactItems"][-1]["Put"]["Item"]["customer_id"]["S"])


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_entry_is_tried_on_another_shard(database: Database, code: str) -> None:
    forwarded = forward(dynamodb_local())
    record, sent = close_behind(database, throttled(code), throttled(code), forwarded)

    assert [entry_of(each) for each in sent] == [*FOUR.partitions_for(record.record_id)][:3]
    assert len({each["ClientRequestToken"] for each in sent}) == 3
    assert partitions_of(database) == [entry_of(sent[-1])]
    (change,) = storage_on(database).session_changes.read(after="0", limit=9)
    assert change.position == record.position


def test_a_change_whose_reply_was_lost_is_not_tried_on_another_shard(database: Database) -> None:
    """The first attempt may have made the change, so the others must be the same transaction."""
    local = dynamodb_local()
    record, sent = close_behind(
        database, forward(local, lose_reply=True), throttled("ThrottlingError"), forward(local)
    )

    assert {each["ClientRequestToken"] for each in sent} == {record.record_id}
    assert len(sent) == 3
    assert partitions_of(database) == [next(FOUR.partitions_for(record.record_id))]


def test_a_lost_reply_of_another_shard_makes_no_second_entry(database: Database) -> None:
    local = dynamodb_local()
    record, sent = close_behind(
        database, throttled("ThrottlingError"), forward(local, lose_reply=True), forward(local)
    )

    places = [*FOUR.partitions_for(record.record_id)]
    assert [entry_of(each) for each in sent] == [places[0], places[1], places[1]]
    assert partitions_of(database) == [places[1]]


def test_with_one_shard_each_attempt_is_the_same(database: Database) -> None:
    database.feed_shards = FeedShards(read=4, written=1)
    refused = throttled("ThrottlingError")
    record, sent = close_behind(database, refused, refused, forward(dynamodb_local()))

    assert [entry_of(each) for each in sent] == 3 * ["#sessions"]
    assert {each["ClientRequestToken"] for each in sent} == {record.record_id}


def test_a_change_is_refused_if_every_attempt_was(database: Database) -> None:
    customer_id = added(storage_on(database)).customer_id
    record = a_record(customer_id)
    with (
        answering(database, throttled("ThrottlingError")) as (busy, server),
        pytest.raises(StoreUnavailableError) as refusal,
    ):
        storage_on(busy).sessions.close_all(customer_id, record)

    assert refusal.value.outcome_known
    assert len(server.requests) == LIMITS.attempts
    assert partitions_of(database) == []


class TestAnEntryThatIsStoredLate:
    """Its position is the time at which its writer began, behind what readers have read."""

    def told(self, database: Database) -> list[timedelta]:
        """How long after the record's time the position of each entry is."""
        changes = storage_on(database).session_changes.read(after="0", limit=9)
        assert len({change.customer_id for change in changes}) == 1
        times = [datetime.fromisoformat(change.position.split("~")[0]) for change in changes]
        return [time - START for time in times]

    @pytest.mark.parametrize("lose_reply", [False, True])
    def test_is_published_again_before_the_change_is_acknowledged(
        self, database: Database, lose_reply: bool
    ) -> None:
        local = forward(dynamodb_local())
        losing = [forward(dynamodb_local(), lose_reply=True)] if lose_reply else []
        _, sent = close_behind(database, *losing, local, seconds=[2.5])

        assert self.told(database) == [timedelta(0), timedelta(seconds=2.5)]
        assert len(sent) == 2 + lose_reply

    def test_is_published_until_an_entry_is_in_time(self, database: Database) -> None:
        close_behind(database, forward(dynamodb_local()), seconds=[2, 3, 1])

        assert self.told(database) == [timedelta(seconds=late) for late in (0, 2, 5)]

    def test_in_time_it_is_published_once(self, database: Database) -> None:
        close_behind(database, forward(dynamodb_local()), seconds=[1])

        assert self.told(database) == [timedelta(0)]

    def test_a_change_is_not_acknowledged_if_no_entry_is_in_time(self, database: Database) -> None:
        customer_id = added(storage_on(database)).customer_id
        with (
            answering(database, forward(dynamodb_local()), seconds=[2, 2, 2, 2]) as (slow, _),
            pytest.raises(StoreUnavailableError) as refusal,
        ):
            storage_on(slow).sessions.close_all(customer_id, a_record(customer_id))

        assert not refusal.value.outcome_known
        assert len(self.told(database)) == 4

    @pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
    def test_a_change_whose_next_entry_is_refused_may_have_happened(
        self, database: Database, code: str
    ) -> None:
        customer_id = added(storage_on(database)).customer_id
        acts = [forward(dynamodb_local()), refuse(code)]
        with (
            answering(database, *acts, seconds=[2]) as (slow, _),
            pytest.raises(StoreUnavailableError) as refusal,
        ):
            storage_on(slow).sessions.close_all(customer_id, a_record(customer_id))

        assert not refusal.value.outcome_known
        assert self.told(database) == [timedelta(0)]

    def test_a_change_that_was_refused_is_not_published(self, database: Database) -> None:
        customer = added(storage_on(database))
        stale = replace(an_update(customer, password_hash="new"), if_version=99)
        with (
            answering(database, forward(dynamodb_local()), seconds=[9]) as (slow, server),
            pytest.raises(CustomerServiceError),
        ):
            storage_on(slow).customers.update(stale, a_record(customer.customer_id))

        assert partitions_of(database) == []
        assert "PutItem" not in str(server.requests)
