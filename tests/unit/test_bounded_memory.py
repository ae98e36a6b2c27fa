"""What lives as long as the process keeps its bound, however much a stranger sends."""

import tracemalloc
from datetime import timedelta

import pytest
from support.builders.values import a_record

from cybershop_customer.adapters.http_api.outage_log import MAX_CAUSES, OutageLog
from cybershop_customer.adapters.memory.aging_items import AgingItems
from cybershop_customer.adapters.memory.tables import Row, Tables
from cybershop_customer.domain.device import MAX_STORED_DEVICES
from cybershop_customer.domain.session_opening import MAX_REVOCATIONS
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.client_source import ClientSource
from cybershop_customer.entrypoints.http.trusted_proxies import TrustedProxies
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

PASSWORD = "correct horse battery staple"


def test_an_outage_with_ever_new_causes_logs_the_first_ones(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = OutageLog("the check")
    for number in range(10 * MAX_CAUSES):
        log.failed(f"status {number}")
    assert len(caplog.records) == len(log._logged) == MAX_CAUSES

    log.worked()
    log.failed("status 500")

    assert [record.getMessage() for record in caplog.records[MAX_CAUSES:]] == [
        "the check works again",
        "the check failed: status 500",
    ]


def test_old_items_are_taken_out_in_their_order_and_never_too_early() -> None:
    items: AgingItems[str] = AgingItems()
    for name, now in (("a", 0.2), ("b", 0.9), ("c", 1.0), ("d", 1.1)):
        items.add(name, now)

    assert items.take_older(1.0, limit=10) == []
    assert items.take_older(1.5, limit=2) == ["a", "b"]
    assert items.take_older(2.5, limit=10) == ["c", "d"]
    assert items.take_older(9.0, limit=10) == []


def test_items_of_one_second_share_its_time() -> None:
    items: AgingItems[int] = AgingItems()
    for number in range(100):
        items.add(number, 1000 + number / 200)

    assert len(set(map(id, items._times))) == 2


def test_equal_texts_of_records_are_kept_once() -> None:
    tables = Tables()
    for number in range(3):
        # Texts made at run time, as those of requests are.
        source, user_agent = (text.decode() for text in (b"192.0.2.1", b"Firefox"))
        record = a_record("zoe", source=source, user_agent=user_agent, record_id=f"r{number}")
        tables.log(record)

    kept = list(tables.logs["zoe"])
    assert len(kept) == 3
    assert len({id(record.source) for record in kept}) == 1
    assert len({id(record.user_agent) for record in kept}) == 1


def test_customers_share_the_names_of_their_programs() -> None:
    tables = Tables()
    for number in range(3):
        tables.log(a_record(f"customer-{number}", user_agent=b"Firefox".decode()))

    assert len({id(record.user_agent) for log in tables.logs.values() for record in log}) == 1


def test_dropped_records_leave_no_texts() -> None:
    clock, retention = ManualClock(), timedelta(days=1)
    tables = Tables(clock.monotonic, retention)
    tracemalloc.start()
    try:
        for number in range(5000):
            user_agent, source = f"{number:0500}", f"{number:0500} "
            tables.log(a_record(f"c{number}", user_agent=user_agent, source=source))
        kept, _ = tracemalloc.get_traced_memory()
        clock.advance(seconds=2 * retention.total_seconds())
        for number in range(60):
            tables.log(a_record("zoe", record_id=f"r{number}"))
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert tables.logs.keys() == {"zoe"}
    assert left < kept / 3


def sizes_after(*, logins: int, logs_out: bool) -> Row:
    """What a store keeps of one customer after so many logins on new devices."""
    container = memory_container()
    services = container.services()
    services.customers.add_customer(customer_id="zoe", email="zoe@shop.example", password=PASSWORD)
    for _ in range(logins):
        opened = services.sessions.login(customer_id="zoe", password=PASSWORD)
        if logs_out:
            services.sessions.logout(opened.context_id)
    return container.customer_repository()._tables.rows["zoe"]


@pytest.mark.parametrize("logs_out", [False, True], ids=["stays", "logs out"])
def test_a_customer_who_logs_in_for_ever_takes_bounded_memory(*, logs_out: bool) -> None:
    row = sizes_after(logins=60, logs_out=logs_out)

    assert len(row.sessions) == (0 if logs_out else Settings().max_sessions)
    assert 0 < len(row.revocations) <= Settings().max_sessions + MAX_REVOCATIONS
    assert 0 < len(row.devices) <= MAX_STORED_DEVICES


def test_invented_addresses_take_bounded_memory() -> None:
    source = ClientSource(TrustedProxies.parse("10.0.0.0/8"))
    for number in range(5000):
        address = f"192.0.{number >> 8}.{number & 255}"
        assert source.find({"REMOTE_ADDR": address}) == address
        forwarded = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": address}
        assert source.find(forwarded) == address

    for found in (source._find_peer, source._find_client):
        assert found.cache_info().currsize == found.cache_info().maxsize == 2048
