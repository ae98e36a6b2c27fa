"""How every AuditLog is read page by page."""

from datetime import timedelta

import pytest
from support.builders.audit_records import appended, read
from support.builders.values import unique
from support.stores.stored_state import END

from cybershop_customer import AuditPage, AuditRecord, Storage
from cybershop_customer.entrypoints.testkit.clock import START

SECOND = timedelta(seconds=1)
A_MICROSECOND = timedelta(microseconds=1)


def pages(storage: Storage, customer_id: str, limit: int) -> list[tuple[AuditRecord, ...]]:
    """Every page, from the first to the one without a cursor."""
    found: list[tuple[AuditRecord, ...]] = []
    cursor: str | None = None
    while not found or cursor:
        page = read(storage, customer_id, after=cursor, limit=limit)
        found.append(page.records)
        cursor = page.next_cursor
        assert len(found) < 100
    return found


def test_an_unknown_customer_has_an_empty_page(storage: Storage) -> None:
    assert read(storage, unique("nobody")) == AuditPage((), None)


@pytest.mark.parametrize("length", [timedelta(), -A_MICROSECOND, timedelta(days=-999)])
def test_an_empty_or_inverted_range_has_an_empty_page(storage: Storage, length: timedelta) -> None:
    customer_id = unique("customer")
    (record,) = appended(storage, customer_id, START)

    assert read(storage, customer_id, START, START + length) == AuditPage((), None)
    inside = read(storage, customer_id, START, START + length, after=record.position)
    assert inside == AuditPage((), None)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7])
def test_each_record_is_on_one_page_and_only_the_last_page_is_not_full(
    storage: Storage, limit: int
) -> None:
    customer_id = unique("customer")
    records = appended(storage, customer_id, *[START + n // 2 * SECOND for n in range(6)])
    records.sort(key=lambda record: record.position)

    found = pages(storage, customer_id, limit)

    assert [record for page in found for record in page] == records
    assert all(len(page) == limit for page in found[:-1])
    assert 1 <= len(found[-1]) <= limit


def test_the_page_that_ends_a_range_has_no_cursor_though_the_log_goes_on(storage: Storage) -> None:
    customer_id = unique("customer")
    records = appended(storage, customer_id, *[START + n * SECOND for n in range(4)])

    page = read(storage, customer_id, START, START + 2 * SECOND, limit=2)

    assert page == AuditPage(tuple(records[:2]), None)


def test_a_full_page_has_its_last_record_as_cursor(storage: Storage) -> None:
    customer_id = unique("customer")
    records = appended(storage, customer_id, *[START + n * SECOND for n in range(3)])

    page = read(storage, customer_id, limit=2)

    assert page == AuditPage(tuple(records[:2]), records[1].position)


def test_a_page_follows_its_cursor_within_the_range(storage: Storage) -> None:
    customer_id = unique("customer")
    records = appended(storage, customer_id, *[START + n * SECOND for n in range(6)])
    since, until = records[1].at, records[5].at

    page = read(storage, customer_id, since, until, after=records[2].position)

    assert page == AuditPage(tuple(records[3:5]), None)


def test_a_cursor_between_records_of_one_moment_skips_none(storage: Storage) -> None:
    customer_id = unique("customer")
    records = appended(storage, customer_id, *[START] * 3)
    records.sort(key=lambda record: record.position)

    page = read(storage, customer_id, START, START + SECOND, after=records[0].position)

    assert page.records == tuple(records[1:])


def test_a_cursor_before_the_range_skips_nothing(storage: Storage) -> None:
    customer_id = unique("customer")
    records = appended(storage, customer_id, *[START + n * SECOND for n in range(3)])

    page = read(storage, customer_id, records[1].at, END, after=records[0].position)

    assert page.records == tuple(records[1:])


def test_a_cursor_at_or_after_the_end_has_an_empty_page(storage: Storage) -> None:
    customer_id = unique("customer")
    records = appended(storage, customer_id, *[START + n * SECOND for n in range(3)])

    at_the_end = read(storage, customer_id, until=records[1].at, after=records[0].position)
    beyond = read(storage, customer_id, until=records[1].at, after=records[2].position)

    assert at_the_end == AuditPage((), None)
    assert beyond == AuditPage((), None)


def test_a_record_appended_between_two_pages_is_on_a_later_page(storage: Storage) -> None:
    customer_id = unique("customer")
    appended(storage, customer_id, START, START + SECOND)
    first = read(storage, customer_id, limit=1)

    (late,) = appended(storage, customer_id, START + 2 * SECOND)

    assert late in read(storage, customer_id, after=first.next_cursor).records
