"""A page of customers is one bounded scan, which reads no secret and shows no address."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import ceil
from typing import Any, cast

import pytest
from support.builders.values import a_customer, a_record
from support.dynamodb.cost_meter import size
from support.dynamodb.operation_budgets import CUSTOMER, MeteredStore, metered_store
from support.dynamodb.snapshot import scan

from cybershop_customer import StoreFaultError
from cybershop_customer.adapters.dynamodb.attributes import Item, number, text
from cybershop_customer.adapters.dynamodb.customer_item import customer_to_item
from cybershop_customer.adapters.dynamodb.customer_scan import LISTED, scan_customers
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.email_guard import guard_to_item
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.schema import SCHEMA
from cybershop_customer.adapters.dynamodb.tombstone import tombstone
from cybershop_customer.entrypoints.testkit.clock import START

GUARD = {"pk": text("E#zoe@shop.example")}
COUNTER = {"pk": text("T#login#0123456789abcdefABCDEF")}


class Gateway:
    """Answers each scan with the next of ``replies``."""

    def __init__(self, *replies: Mapping[str, Any]) -> None:
        self._replies = list(replies)
        self.requests: list[Mapping[str, Any]] = []

    def call(self, operation: str, request: Mapping[str, Any], *_: object) -> Mapping[str, Any]:
        assert operation == "scan"
        self.requests.append(request)
        return self._replies.pop(0)


def read(gateway: Gateway, *, after: str | None = None, limit: int = 50) -> Any:
    database = Database(cast("DynamoDBGateway", gateway), "")
    return scan_customers(database, now=START, after=after, limit=limit)


def item(customer_id: str) -> Item:
    return customer_to_item(a_customer(customer_id=customer_id))


def test_the_scan_names_what_it_reads_and_no_secret_is_among_it() -> None:
    gateway = Gateway({"Items": []})

    read(gateway)

    (request,) = gateway.requests
    assert sorted(request["ExpressionAttributeNames"].values()) == sorted(LISTED)
    secrets = {"password_hash", "sessions", "devices", "email_key", "verify_email", "ttl"}
    assert not secrets & set(LISTED)
    assert request["ConsistentRead"] is False


@pytest.mark.parametrize(("limit", "evaluated"), [(1, 25), (25, 25), (26, 26), (100, 100)])
def test_a_page_evaluates_no_more_than_it_says(limit: int, evaluated: int) -> None:
    gateway = Gateway({"Items": [item("zoe")], "LastEvaluatedKey": GUARD})

    read(gateway, limit=limit)

    assert [request["Limit"] for request in gateway.requests] == [evaluated]


def test_a_page_that_ends_on_a_guard_leads_to_the_item_before() -> None:
    page = read(Gateway({"Items": [item("zoe")], "LastEvaluatedKey": GUARD}))

    assert page.next_position == "C#zoe"


def test_a_page_may_be_empty_and_lead_on() -> None:
    ended = customer_to_item(a_customer(customer_id="ed", expires_at=START, email_key=None))
    items = [tombstone("zoe", START + timedelta(days=1)), ended, COUNTER]

    page = read(Gateway({"Items": items, "LastEvaluatedKey": GUARD}))

    assert page.customers == ()
    assert page.next_position == COUNTER["pk"]["S"]


def test_a_page_stops_at_the_limit_though_more_was_evaluated() -> None:
    page = read(Gateway({"Items": [item("ann"), COUNTER, item("bob")]}), limit=1)

    assert [customer.customer_id for customer in page.customers] == ["ann"]
    assert page.next_position in {"C#ann", COUNTER["pk"]["S"]}


def test_a_page_of_guards_only_is_followed_once() -> None:
    gateway = Gateway({"Items": [], "LastEvaluatedKey": GUARD}, {"Items": [item("zoe")]})

    page = read(gateway, after="C#ann")

    assert [customer.customer_id for customer in page.customers] == ["zoe"]
    starts = [request["ExclusiveStartKey"] for request in gateway.requests]
    assert starts == [{"pk": text("C#ann")}, GUARD]


def test_guards_without_customers_are_named_to_the_operator(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gateway = Gateway(*[{"Items": [], "LastEvaluatedKey": GUARD}] * 2)

    with pytest.raises(StoreFaultError, match="guards without customers"):
        read(gateway)

    assert "guards without customers" in caplog.text
    assert "zoe" not in caplog.text


def test_a_newer_customer_is_refused() -> None:
    newer = {**item("zoe"), "schema": number(SCHEMA + 1)}

    with pytest.raises(StoreFaultError, match=f"schema {SCHEMA + 1}"):
        read(Gateway({"Items": [newer]}))


@pytest.fixture
def till() -> Iterator[MeteredStore]:
    with metered_store() as till:
        yield till


@pytest.mark.dynamodb_local
def test_a_page_costs_half_a_unit_for_each_4_kb_that_it_evaluates(till: MeteredStore) -> None:
    for _ in range(120):
        customer = a_customer(password_hash=CUSTOMER.password_hash, address1="x" * 150)
        till.unbilled.customers.add(customer, a_record(customer.customer_id))
    items = list(scan(till.database.gateway._client, till.database.customer_table))
    largest = ceil(100 * max(map(size, items)) / 4096) / 2

    found: list[str] = []
    after: str | None = None
    bills: list[float] = []
    while not bills or after is not None:
        trips, units, _ = till.bill.totals
        page = till.storage.customers.read_page(now=START, after=after, limit=100)
        after = page.next_position
        found += [customer.customer_id for customer in page.customers]
        assert till.bill.round_trips == trips + 1
        bills.append(till.bill.read_units - units)

    assert len(found) == len(set(found)) == 121
    assert all(bill <= largest for bill in bills)
    assert len(bills) <= ceil(len(items) / 90)
    whole = sum(map(size, items))
    assert sum(bills) <= 1.1 * whole / 8192 + 0.5 * len(bills)


def test_the_figures_of_the_documentation_follow_from_the_sizes() -> None:
    guard = size(guard_to_item(str(CUSTOMER.email_key), CUSTOMER.customer_id))
    pair = size(customer_to_item(CUSTOMER)) + guard

    assert ceil(50 * pair / 4096) / 2 == 3.5
    assert ceil(25 * pair / 4096) / 2 == 2
