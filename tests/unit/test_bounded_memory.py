"""What lives as long as the process keeps its bound, however much a stranger sends."""

import pytest
from support.builders.values import a_record

from cybershop_customer.adapters.http_api.outage_log import MAX_CAUSES, OutageLog
from cybershop_customer.adapters.memory.aging_items import AgingItems
from cybershop_customer.adapters.memory.tables import Tables


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
    assert len(items) == 0


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
