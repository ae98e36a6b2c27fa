"""How audit records are kept in the table ``logger``."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from support.builders.audit_records import appended, read
from support.builders.values import a_record, a_session, added, an_update
from support.doubles.random_source import CountingRandomSource
from support.dynamodb.cost_meter import size
from support.dynamodb.databases import LIMITS, local_client, local_database, moto_database
from support.dynamodb.local_server import dynamodb_local
from support.dynamodb.operation_budgets import ID, MeteredStore, metered_store
from support.dynamodb.stub_endpoint import forward, stub_endpoint
from support.stores.stored_state import log_of

from cybershop_customer import AuditPage, AuditRecord, Customer, Storage
from cybershop_customer.adapters.dynamodb.audit_item import record_to_item
from cybershop_customer.adapters.dynamodb.audit_log import DAYS_A_PAGE
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.domain.fields import PROFILE
from cybershop_customer.domain.request_context import request_context
from cybershop_customer.domain.services.audit_trail import AuditTrail
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

local = pytest.mark.dynamodb_local

DAY: Final = timedelta(days=1)
LONGEST_ID: Final = 128 * "c"


def items(database: Database) -> list[dict[str, Any]]:
    """Every item of the table ``logger``."""
    reply = database.gateway._client.scan(TableName=database.logger_table, ConsistentRead=True)
    return list(reply["Items"])


@pytest.fixture(params=["moto", pytest.param("dynamodb-local", marks=local)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    if request.param == "moto":
        with moto_database() as database:
            yield database
    else:
        yield local_database()


class TestSize:
    def the_longest(self, source: str, request_id: str) -> AuditRecord:
        """The longest record that a use case can make; ids and roles have their own limits."""
        trail = AuditTrail(memory_storage().audit_log, ManualClock(), CountingRandomSource())
        with request_context(source=source, request_id=request_id):
            return trail.record_opening(
                "complete_email_verification",
                a_session(LONGEST_ID, session_id=22 * "A"),
                f"Role {32 * 'r'} granted. Refused: too many attempts from one source.",
                user_agent=source,
                fields=(*PROFILE, "email", "password", "roles"),
            )

    @pytest.mark.parametrize("text", [1000 * "s", 1000 * "é", 1000 * "🦊", "\ud800"])
    def test_the_longest_record_costs_one_unit_to_write(self, text: str) -> None:
        item = record_to_item(self.the_longest(text, text), timedelta(days=3650))

        assert size(item) < 1024

    def test_each_source_and_each_request_id_over_http_is_kept_whole(self) -> None:
        source = "2001:0db8:aaaa:bbbb:0000:0000:0000:0000/64"

        record = self.the_longest(source, 64 * "q")

        assert (record.source, record.request_id) == (source, 64 * "q")


class TestAttributes:
    def test_what_is_unknown_takes_no_room(self) -> None:
        item = record_to_item(a_record("zoe"))

        assert {"source", "request_id"}.isdisjoint(item)

    @pytest.mark.parametrize("days", [1, 400, 3650])
    def test_a_record_ends_with_its_retention(self, days: int) -> None:
        item = record_to_item(a_record("zoe"), timedelta(days=days))

        assert int(item["ttl"]["N"]) == int((START + timedelta(days=days)).timestamp())

    @local
    def test_the_database_says_how_long_that_is(self) -> None:
        tables = local_database()
        prefix = tables.customer_table.removesuffix("customer")
        database = Database(tables.gateway, prefix, audit_retention=timedelta(days=7))
        storage = storage_on(database)

        added(storage, customer_id="zoe")
        appended(storage, "zoe", START)
        appended(storage, "-", START)

        ttls = {
            item["customer_id"]["S"]: int(item["ttl"]["N"]) - int(START.timestamp())
            for item in items(database)
        }
        week = 7 * 24 * 60 * 60
        assert ttls == {
            "zoe": week,
            "-#2031-05-17": week,
            # It must not end before the last record of its day.
            "-#days": week + 24 * 60 * 60,
        }


class TestNoRecordIsReplaced:
    def test_an_append_under_the_same_key_changes_nothing(self, database: Database) -> None:
        storage = storage_on(database)
        (record,) = appended(storage, "zoe", START)

        storage.audit_log.append(replace(record, message="Forged."))

        assert log_of(storage, "zoe") == (record,)

    def test_a_change_under_the_same_key_does_not_happen(self, database: Database) -> None:
        """The record says that its change happened, so a retry is told so and changes nothing."""
        storage = storage_on(database)
        customer = added(storage)
        (record,) = appended(storage, customer.customer_id, START + DAY)

        change = an_update(customer, profile={"fname": "Forged"})
        storage.customers.update(change, replace(record, message="Forged."))

        found = storage.customers.get(customer.customer_id, now=START)
        assert isinstance(found, Customer)
        assert found.fname == ""
        assert log_of(storage, customer.customer_id)[-1] == record

    @local
    @pytest.mark.parametrize("customer_id", ["zoe", "-"])
    def test_an_append_whose_reply_is_lost_succeeds(self, customer_id: str) -> None:
        database = local_database()
        record = a_record(customer_id)
        endpoint = dynamodb_local()
        losing = forward(endpoint, lose_reply=True)
        replies = [losing, *[forward(endpoint)] * 4]
        if customer_id == "-":
            replies.insert(0, forward(endpoint))
        with stub_endpoint(*replies) as proxy:
            client = make_client(proxy.url, limits=LIMITS, connections=1)
            prefix = database.customer_table.removesuffix("customer")
            storage_on(Database(DynamoDBGateway(client, LIMITS), prefix)).audit_log.append(record)
            client.close()

        assert log_of(storage_on(database), customer_id) == (record,)


@local
class TestDays:
    @pytest.fixture
    def till(self) -> Iterator[MeteredStore]:
        with metered_store() as till:
            yield till

    def test_the_first_record_of_a_day_costs_one_more_write(self, till: MeteredStore) -> None:
        appended(till.storage, "-", START)
        assert till.bill.totals == (2, 0, 2)

        appended(till.storage, "-", START, START)
        assert till.bill.totals == (4, 0, 4)

        appended(till.storage, "-", START + DAY)
        assert till.bill.totals == (6, 0, 6)

    def test_another_process_notes_the_same_day_again(self, till: MeteredStore) -> None:
        appended(till.storage, "-", START)

        appended(storage_on(Database(till.database.gateway, prefix_of(till.database))), "-", START)

        assert len(read(till.storage, "-").records) == 2

    def test_a_page_costs_a_bounded_number_of_queries(self, till: MeteredStore) -> None:
        appended(till.unbilled, "-", *[START + days * DAY for days in range(2 * DAYS_A_PAGE)])
        before = till.bill.round_trips

        page = read(till.storage, "-", limit=1000)

        assert len(page.records) == DAYS_A_PAGE
        assert page.next_cursor is not None
        assert till.bill.round_trips - before == DAYS_A_PAGE + 2

    def test_a_full_page_reads_no_more_days_than_it_needs(self, till: MeteredStore) -> None:
        appended(till.storage, "-", *[START + days * DAY for days in range(10)])
        before = till.bill.round_trips

        page = read(till.storage, "-", limit=2)

        assert len(page.records) == 2
        assert till.bill.round_trips - before == 2 + 3

    def test_the_log_of_a_customer_costs_one_query_as_before(self, till: MeteredStore) -> None:
        before = till.bill.round_trips

        read(till.storage, ID)

        assert till.bill.round_trips - before == 1


@local
class TestRecordsOfEarlierVersions:
    """They are in one partition, and have no ``ttl``."""

    def store(self, database: Database, *records: AuditRecord) -> None:
        for record in records:
            item = {**record_to_item(record), "customer_id": {"S": "-"}}
            del item["ttl"]
            local_client().put_item(TableName=database.logger_table, Item=item)

    @pytest.mark.parametrize("limit", [1, 2, 5, 100])
    def test_are_read_among_the_others(self, limit: int) -> None:
        """Both versions write while a new one replaces an old one."""
        database = local_database()
        storage = storage_on(database)
        old = [a_record("-", at=START + n * DAY / 2) for n in range(0, 90, 3)]
        self.store(database, *old)
        new = appended(storage, "-", *[START + n * DAY for n in range(40)])
        wanted = sorted(old + new, key=lambda record: record.position)

        assert all_pages(storage, limit) == wanted

    def test_are_read_where_there_are_no_others(self) -> None:
        database = local_database()
        old = [a_record("-", at=START + n * DAY) for n in range(3)]
        self.store(database, *old)

        assert read(storage_on(database), "-") == AuditPage(tuple(old), None)
        assert all_pages(storage_on(database), 1) == old


def prefix_of(database: Database) -> str:
    return database.customer_table.removesuffix("customer")


def all_pages(storage: Storage, limit: int) -> list[AuditRecord]:
    found: list[AuditRecord] = []
    cursor: str | None = None
    while True:
        page = read(storage, "-", after=cursor, limit=limit)
        found += page.records
        cursor = page.next_cursor
        if cursor is None:
            return found
