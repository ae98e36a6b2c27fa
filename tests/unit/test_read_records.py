"""Reading the audit log."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from support.builders.audit_records import appended
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    AuditPage,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
)
from cybershop_customer.entrypoints.testkit.clock import START

HOUR = timedelta(hours=1)


def read(bench: Workbench, customer_id: str = "ann", **arguments: Any) -> AuditPage:
    return bench.audit.read_records(customer_id, actor=OPERATOR, **arguments)


def test_without_bounds_all_records_are_read(bench: Workbench) -> None:
    records = appended(bench.storage, "ann", datetime(1970, 1, 1, tzinfo=UTC), START)

    assert read(bench) == AuditPage(tuple(records), None)


def test_a_range_includes_its_beginning_but_not_its_end(bench: Workbench) -> None:
    records = appended(bench.storage, "ann", *[START + n * HOUR for n in range(4)])

    page = read(bench, since=START + HOUR, until=START + 3 * HOUR)

    assert page.records == tuple(records[1:3])


def test_a_page_leads_to_the_next_one(bench: Workbench) -> None:
    records = appended(bench.storage, "ann", *[START + n * HOUR for n in range(3)])

    first = read(bench, limit=2)
    second = read(bench, limit=2, cursor=first.next_cursor)

    assert first.records + second.records == tuple(records)
    assert second.next_cursor is None


def test_a_page_has_a_hundred_records_by_default(bench: Workbench) -> None:
    appended(bench.storage, "ann", *[START + n * HOUR for n in range(101)])

    assert len(read(bench).records) == 100


def test_an_unknown_customer_has_an_empty_page(bench: Workbench) -> None:
    assert read(bench, "nobody") == AuditPage((), None)


def test_a_deleted_customers_records_remain(bench: Workbench) -> None:
    bench.add()
    bench.delete()

    operations = [record.operation_name for record in read(bench).records]

    assert operations == ["add_customer", "delete_customer"]
    with pytest.raises(CustomerNotFoundError):
        bench.customers.get_customer("ann", actor=OPERATOR)


def test_logins_that_named_nobody_can_be_read(bench: Workbench) -> None:
    bench.calls.during(lambda: bench.sessions.login(email="nobody@shop.example", password=PASSWORD))

    assert [record.status_code for record in read(bench, "-").records] == [401]


def test_reading_is_one_call_and_leaves_no_trace(bench: Workbench) -> None:
    bench.add()
    before = bench.states()

    assert bench.calls.during(lambda: read(bench)) == ["audit_log.read"]
    assert bench.states() == before


@pytest.mark.parametrize("customer_id", ["ann", "bob", "-"])
def test_customers_may_not_read_their_own_log(bench: Workbench, customer_id: str) -> None:
    bench.add("ann")
    actor = bench.login("ann").session

    with pytest.raises(ForbiddenError):
        bench.audit.read_records(customer_id, actor=actor)

    record = bench.last_record(customer_id)
    assert (record.operation_name, record.status_code, record.actor_id) == (
        "read_records",
        403,
        "ann",
    )


def test_an_admin_may(bench: Workbench) -> None:
    bench.roles.ensure_admin("root", PASSWORD)

    page = bench.audit.read_records("root", actor=bench.login("root").session)

    assert len(page.records) == 2


EAST, WEST = timezone(HOUR), timezone(-HOUR)
GOOD_CURSOR = "2031-05-17T12:00:00.000000Z~00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("arguments", "at_fault"),
    [
        ({"customer_id": "a b"}, ["customer_id"]),
        ({"since": "2031-01-01T00:00:00Z"}, ["since"]),
        ({"since": datetime(2031, 1, 1)}, ["since"]),  # noqa: DTZ001 (naive on purpose)
        ({"until": datetime(2031, 1, 1)}, ["until"]),  # noqa: DTZ001
        ({"since": datetime(1, 1, 1, tzinfo=EAST)}, ["since"]),
        ({"until": datetime(9999, 12, 31, 23, 30, tzinfo=WEST)}, ["until"]),
        ({"limit": 0}, ["limit"]),
        ({"limit": -1}, ["limit"]),
        ({"limit": 1001}, ["limit"]),
        ({"cursor": ""}, ["cursor"]),
        ({"cursor": GOOD_CURSOR.replace("~", "|")}, ["cursor"]),
        ({"cursor": GOOD_CURSOR + "\n"}, ["cursor"]),
        ({"limit": 0, "cursor": "x", "customer_id": ""}, ["customer_id", "limit", "cursor"]),
    ],
)
def test_every_argument_at_fault_is_named_before_anything_is_read(
    bench: Workbench, arguments: dict[str, Any], at_fault: list[str]
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read(bench, **arguments)

    assert [fault.field for fault in refusal.value.faults] == at_fault
    assert bench.calls.names == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"limit": 1},
        {"limit": 1000},
        {"cursor": GOOD_CURSOR},
        {"since": datetime(1, 1, 1, tzinfo=UTC), "until": datetime.max.replace(tzinfo=UTC)},
        {"since": START, "until": START},
        {"since": START, "until": START - HOUR},
    ],
)
def test_arguments_at_their_bounds_are_accepted(
    bench: Workbench, arguments: dict[str, Any]
) -> None:
    assert read(bench, **arguments) == AuditPage((), None)
