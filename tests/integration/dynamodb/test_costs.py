"""Each operation keeps its budget: round trips, read units and write units."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from dependency_injector import providers
from support.builders.values import a_record
from support.dynamodb.cost_meter import size
from support.dynamodb.operation_budgets import (
    BUDGETS,
    CUSTOMER,
    ID,
    SESSION,
    WITH_FEED,
    MeteredStore,
    log_in,
    metered_store,
)
from support.http import customer_api
from support.http.api import Api
from support.http.transports import in_process

from cybershop_customer import Session
from cybershop_customer.adapters.dynamodb.attributes import (
    Item,
    microseconds,
    moment,
    number,
    text,
    text_set,
)
from cybershop_customer.adapters.dynamodb.customer_item import customer_to_item, session_to_value
from cybershop_customer.adapters.dynamodb.keys import customer_key
from cybershop_customer.adapters.dynamodb.session_repository import DynamoDBSessionRepository
from cybershop_customer.adapters.dynamodb.tombstone import tombstone
from cybershop_customer.domain.device import MAX_DEVICES, MAX_STORED_DEVICES
from cybershop_customer.domain.email_address import EmailAddress
from cybershop_customer.domain.one_time_token import OneTimeToken, StoredToken
from cybershop_customer.domain.session import SECRET_BYTES, ContextId
from cybershop_customer.domain.session_opening import MAX_REVOCATIONS
from cybershop_customer.entrypoints.container import make_container, memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

pytestmark = pytest.mark.dynamodb_local


@pytest.fixture
def till() -> Iterator[MeteredStore]:
    with metered_store() as till:
        yield till


@pytest.mark.parametrize("operation", BUDGETS)
def test_an_operation_keeps_its_budget(till: MeteredStore, operation: str) -> None:
    operate, budget = BUDGETS[operation]

    operate(till.storage)

    assert till.bill.totals == budget


@pytest.mark.parametrize("operation", WITH_FEED)
def test_with_the_feed_an_operation_keeps_its_budget(operation: str) -> None:
    operate, budget = WITH_FEED[operation]
    with metered_store(session_feed=True) as till:
        operate(till.storage)

        assert till.bill.totals == budget


@pytest.mark.parametrize(
    "operation", [name for name in BUDGETS if f"{name}, with the feed" not in WITH_FEED]
)
def test_the_feed_makes_nothing_else_cost_more(operation: str) -> None:
    operate, budget = BUDGETS[operation]
    with metered_store(session_feed=True) as till:
        operate(till.storage)

        assert till.bill.totals == budget


def test_an_eventually_consistent_check_costs_half(till: MeteredStore) -> None:
    sessions = DynamoDBSessionRepository(till.database, strong=False)

    assert sessions.find(ID, SESSION) is not None

    assert till.bill.totals == (1, 0.5, 0)


@pytest.mark.parametrize("live", [True, False])
def test_an_introspection_costs_one_read(till: MeteredStore, *, live: bool) -> None:
    claimed = ContextId.new(ID, b"x" * SECRET_BYTES)
    if live:
        log_in(till.storage, claimed.session_id)
    container = memory_container()
    container.storage.override(providers.Object(till.storage))
    container.clock.override(ManualClock())
    tokens = "orders=0123456789abcdef0123456789ABCDEF"
    before = till.bill.totals
    with in_process(create_app(container.services(), introspection_tokens=tokens)) as send:
        answer = Api(send).post(
            "/api/v1/customer/session/introspect",
            body=f"token={claimed.secret}".encode(),
            bearer=tokens.partition("=")[2],
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )

    assert answer.json["active"] is live
    cost = tuple(after - then for after, then in zip(till.bill.totals, before, strict=True))
    assert cost == BUDGETS["verify"][1]


@pytest.mark.parametrize(
    ("query", "status"), [("", 200), ("?role=admin", 403), ("/a/path?role=", 200)]
)
def test_the_gate_costs_one_strong_read(till: MeteredStore, query: str, status: int) -> None:
    container = make_container(Settings.demo_from_environ({}))
    container.storage.override(till.storage)
    with in_process(create_app(container.services())) as send:
        api = Api(send)
        customer_api.add(api, "zoe")
        context_id = customer_api.log_in(api, "zoe")
        trips, read_units, write_units = till.bill.totals

        answer = api.post(f"{customer_api.BASE}/session/authorize{query}", bearer=context_id)

    assert answer.status == status
    assert till.bill.totals == (trips + 1, read_units + 1, write_units)


def test_a_deletion_costs_the_same_without_a_tombstone(till: MeteredStore) -> None:
    till.storage.customers.delete(CUSTOMER, a_record(ID))

    assert till.bill.totals == (1, 0, 6)


def test_a_tombstone_is_small() -> None:
    assert size(tombstone("x" * 128, START)) <= 200


def size_with_sessions(count: int, *, revoked: int = 0, wiped: int = 0, devices: int = 0) -> int:
    """The size of the sample customer's item with so many sessions, revocations and devices."""
    issued = datetime.fromisoformat("2031-05-17T12:00:00.123456Z")
    expires = issued + timedelta(minutes=30)
    session = Session("", ID, frozenset(), issued, expires, device="abcdef")

    def entries(count: int) -> Item:
        return {f"{index:022}": session_to_value(session) for index in range(count)}

    item = {**customer_to_item(CUSTOMER), "sessions": {"M": entries(count)}}
    if revoked:
        traces = [f"{index:022}~{microseconds(issued)}" for index in range(revoked)]
        item["revoked"] = text_set(traces)
    if wiped:
        item["wiped"] = {"M": entries(wiped)}
        item["wiped_at"], item["wiped_but"] = moment(issued), text("x" * 22)
    if devices:
        used_at = number(int(issued.timestamp()) + 59)
        item["devices"] = {"M": {f"{index:022}": used_at for index in range(devices)}}
    return size(item)


def test_a_customer_with_eight_sessions_costs_one_unit_to_write() -> None:
    assert size_with_sessions(8) <= 1024


def test_a_customer_with_sixteen_sessions_costs_one_unit_to_read() -> None:
    assert size_with_sessions(16) <= 2048


def test_a_customer_with_four_sessions_and_all_revocations_costs_one_unit_to_write() -> None:
    assert size_with_sessions(4, revoked=MAX_REVOCATIONS) <= 1024


@pytest.mark.parametrize(("devices", "sessions"), [(1, 8), (3, 7), (MAX_DEVICES, 5)])
def test_a_customer_with_known_devices_costs_one_unit_to_write(devices: int, sessions: int) -> None:
    assert size_with_sessions(sessions, devices=devices) <= 1024


def test_three_sessions_three_devices_and_seven_revocations_cost_one_unit_to_write() -> None:
    assert size_with_sessions(3, revoked=7, devices=3) <= 1024


def test_what_a_proof_and_both_tokens_add_is_small() -> None:
    plain = size(customer_to_item(CUSTOMER))
    expires, token = START + timedelta(days=1), OneTimeToken.new(ID, b"x" * 32).token_hash
    address = EmailAddress("larry_allen@starlabs.com", "larry_allen@starlabs.com")
    full = replace(
        CUSTOMER,
        email_verified=True,
        expires_at=expires,
        locale="zh-Hant-TW",
        email_verification=StoredToken(token, expires, address),
        password_reset=StoredToken(token, expires),
    )

    assert size(customer_to_item(full)) - plain <= 350


def test_the_fullest_item_of_the_sample_customer_costs_one_unit_to_read() -> None:
    # All sessions ended since the last login, and as many were opened, each with a revocation.
    revoked = MAX_REVOCATIONS + 16

    assert size_with_sessions(16, revoked=revoked, wiped=16, devices=MAX_STORED_DEVICES) <= 4096


def test_the_sample_devices_are_as_large_as_stored_ones(till: MeteredStore) -> None:
    item = till.database.get(customer_key(ID), strong=True)
    assert item is not None

    sample = size_with_sessions(0, devices=2) - size_with_sessions(0)
    without = {name: value for name, value in item.items() if name != "devices"}
    assert size(item) - size(without) <= sample
