"""Every entry survives a copy from SQLite to DynamoDB and back."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.builders.values import a_record, a_session, a_token, an_opening
from support.copying.life import PASSWORD, Life, live_through, services_on
from support.copying.stores import CopyStore, copy_all, dynamodb_store, sqlite_store
from support.dynamodb.emulated_database import EMULATORS
from support.stores.stored_state import BEGINNING, END, read_state

from cybershop_customer import (
    OPERATOR,
    AuditRecord,
    Customer,
    CustomerExistsError,
    Device,
    Revocation,
    SessionRefusedError,
)
from cybershop_customer.domain.audit import ANYONE
from cybershop_customer.domain.device import DeviceUse
from cybershop_customer.domain.store_entry import EntryKind
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

WHOLE_SECOND = START.replace(microsecond=0)

FULL = Customer(
    customer_id="full",
    email="Full@shop.example",
    email_key="full@shop.example",
    fname="🦊",
    lname="e\u0301",
    address1="1",
    address2="2",
    locale="de-AT",
    roles=frozenset({"admin", "clerk"}),
    password_hash="the hash",
    password_version=7,
    version=2**40,
    created_at=START - timedelta(days=1, microseconds=1),
    updated_at=START - timedelta(microseconds=1),
    email_verified=True,
    expires_at=START + timedelta(days=7, microseconds=1),
    email_verification=a_token("proof", address="full@shop.example"),
    password_reset=a_token("reset"),
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CopyStore]:
    with sqlite_store(tmp_path / "shop.db") as store:
        yield store


@pytest.fixture
def again(tmp_path: Path) -> Iterator[CopyStore]:
    with sqlite_store(tmp_path / "again.db") as store:
        yield store


@pytest.fixture(params=EMULATORS)
def cloud(request: pytest.FixtureRequest) -> Iterator[CopyStore]:
    with dynamodb_store(request.param) as store:
        yield store


def ids_in(store: CopyStore) -> list[str]:
    with store.administration.bulk_source() as source:
        cursor, ids = None, []
        while True:
            page = source.read_page(cursor, limit=7)
            ids += [entry.customer_id for entry in page.entries if entry.kind == EntryKind.CUSTOMER]
            cursor = page.next_cursor
            if cursor is None:
                return ids


def test_a_store_that_lived_long_is_the_same_after_both_ways(
    shop: CopyStore, cloud: CopyStore, again: CopyStore, clock: ManualClock
) -> None:
    live_through(shop.storage, clock)

    there = copy_all(shop, cloud, clock)
    back = copy_all(cloud, again, clock)

    assert there.is_equal
    assert back.is_equal
    assert there.source == back.target
    assert all(there.source[kind].count > 0 for kind in EntryKind)
    # Not only by our own checksum:
    ids = [customer_id for customer_id in ids_in(shop) if customer_id != "ended"]
    assert len(ids) > 10
    for customer_id in (*ids, "gone"):
        states = [
            read_state(store.storage, customer_id, f"{customer_id}@shop.example")
            for store in (shop, cloud, again)
        ]
        assert states[0] == states[1] == states[2]
    assert "ended" not in ids_in(cloud)


def test_a_store_that_lived_on_dynamodb_moves_to_one_machine(
    cloud: CopyStore, again: CopyStore, clock: ManualClock
) -> None:
    life = live_through(cloud.storage, clock, operations=20)

    assert copy_all(cloud, again, clock).is_equal
    assert_usable(again, clock, life)


def test_customers_go_on_where_they_were(
    shop: CopyStore, cloud: CopyStore, clock: ManualClock
) -> None:
    life = live_through(shop.storage, clock, operations=0)

    assert copy_all(shop, cloud, clock).is_equal

    assert_usable(cloud, clock, life)


def assert_usable(store: CopyStore, clock: ManualClock, life: Life) -> None:
    """Zoe is still logged in, the ended sessions are revoked, and her secrets work."""
    services = services_on(store.storage, clock)
    assert services.sessions.check_session(life.context_id).roles == {"admin"}
    for ended in life.ended:
        with pytest.raises(SessionRefusedError, match="revoked"):
            services.sessions.check_session(ended)
    login = services.sessions.login(
        email="zoe@shop.example", password=PASSWORD, device_token=life.device_token
    )
    assert login.device_token == life.device_token
    services.sessions.logout(login.context_id)
    services.password_reset.complete_reset(token=life.reset_token, password="another horse")
    services.sessions.login(customer_id="zoe", password="another horse")
    with pytest.raises(CustomerExistsError):
        services.customers.add_customer(
            customer_id="gone", email="g@shop.example", password=PASSWORD
        )
    page = services.audit.read_records(
        ANYONE, actor=OPERATOR, since=BEGINNING, until=END, limit=100
    )
    assert len({record.at.date() for record in page.records}) == 3


def test_every_field_of_a_customer_survives(
    shop: CopyStore, cloud: CopyStore, again: CopyStore, clock: ManualClock
) -> None:
    names = [field.name for field in fields(Customer)]
    assert all(getattr(FULL, name) not in (None, "", False, frozenset()) for name in names)
    shop.storage.customers.add(FULL, a_record("full"))
    session = a_session(
        "full", roles=FULL.roles, email_verified=True, device="abcdef", issued_at=START
    )
    opening = an_opening(
        session,
        password_version=7,
        revocations=(Revocation("ended", START - timedelta(microseconds=3)),),
        device_use=DeviceUse(Device("the-device", WHOLE_SECOND), first=True),
    )
    shop.storage.sessions.open(opening, full_record())

    assert copy_all(shop, cloud, clock).is_equal
    assert copy_all(cloud, again, clock).is_equal

    for store in (cloud, again):
        account = store.storage.sessions.get_with_sessions("full", now=START)
        assert account is not None
        assert account.customer == FULL
        assert account.sessions == (session,)
        assert [each.device for each in account.sessions] == ["abcdef"]
        assert account.revocations == opening.revocations
        assert account.devices == (Device("the-device", WHOLE_SECOND),)
        state = read_state(store.storage, "full", FULL.email_key)
        assert full_record() in state.log
        assert state.email_owners == ("full",)


def full_record() -> AuditRecord:
    """A record in which no field has its default."""
    texts: dict[str, Any] = {
        name: f"the {name}"
        for name in ("service_name", "source", "request_id", "session_id", "user_agent")
    }
    return a_record(
        "full",
        record_id="the-record",
        fields=("fname", "email"),
        at=START + timedelta(microseconds=5),
        **texts,
    )
