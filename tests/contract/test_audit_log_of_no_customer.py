"""How every AuditLog keeps the records under ``-``, which may be many on many days."""

from datetime import timedelta

import pytest
from support.builders.audit_records import appended, read
from support.builders.values import a_record
from support.stores.stored_state import BEGINNING, END

from cybershop_customer import AuditPage, AuditRecord, Storage
from cybershop_customer.entrypoints.testkit.clock import START

DAY = timedelta(days=1)
A_MICROSECOND = timedelta(microseconds=1)
MIDNIGHT = START.replace(hour=0, minute=0, second=0, microsecond=0)


def everything(storage: Storage, limit: int, **bounds: object) -> list[AuditRecord]:
    """Every record under ``-``, page by page."""
    found: list[AuditRecord] = []
    cursor: str | None = None
    for _ in range(100):
        page = read(storage, "-", after=cursor, limit=limit, **bounds)  # type: ignore[arg-type]
        found += page.records
        assert len(page.records) <= limit
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the pages do not end")


def test_a_record_comes_back_as_it_was_appended(storage: Storage) -> None:
    record = a_record("-", source="2001:db8::/64", request_id="a-request")

    storage.audit_log.append(record)

    assert read(storage, "-") == AuditPage((record,), None)


def test_a_record_appended_twice_is_kept_once(storage: Storage) -> None:
    (record,) = appended(storage, "-", START)

    storage.audit_log.append(record)

    assert read(storage, "-").records == (record,)


def test_an_empty_log_has_an_empty_page(storage: Storage) -> None:
    assert read(storage, "-") == AuditPage((), None)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_the_pages_have_the_records_of_all_days_once_oldest_first(
    storage: Storage, limit: int
) -> None:
    moments = [MIDNIGHT + days * DAY for days in (0, 0, 1, 5, 40)]
    moments += [moment + DAY - A_MICROSECOND for moment in moments]
    records = appended(storage, "-", *reversed(moments))
    records.sort(key=lambda record: record.position)

    assert everything(storage, limit) == records


def test_more_days_than_one_page_reads(storage: Storage) -> None:
    records = appended(storage, "-", *[START + days * DAY for days in range(70)])

    assert everything(storage, 100) == records


def test_a_range_includes_its_beginning_but_not_its_end(storage: Storage) -> None:
    since, until = MIDNIGHT, MIDNIGHT + 2 * DAY
    _before, first, middle, last, _end = appended(
        storage,
        "-",
        since - A_MICROSECOND,
        since,
        since + DAY,
        until - A_MICROSECOND,
        until,
    )

    assert read(storage, "-", since, until) == AuditPage((first, middle, last), None)
    assert everything(storage, 1, since=since, until=until) == [first, middle, last]


def test_a_range_within_a_day(storage: Storage) -> None:
    _, record, _ = appended(storage, "-", START - A_MICROSECOND, START, START + A_MICROSECOND)

    assert read(storage, "-", START, START + A_MICROSECOND) == AuditPage((record,), None)


@pytest.mark.parametrize("length", [timedelta(), -DAY])
def test_an_empty_or_inverted_range_has_an_empty_page(storage: Storage, length: timedelta) -> None:
    appended(storage, "-", START)

    assert read(storage, "-", START, START + length) == AuditPage((), None)


def test_a_record_appended_between_two_pages_is_on_a_later_page(storage: Storage) -> None:
    appended(storage, "-", START, START + DAY)
    first = read(storage, "-", limit=1)

    (late,) = appended(storage, "-", START + 2 * DAY)

    assert late in read(storage, "-", after=first.next_cursor).records


def test_a_customer_whose_id_looks_alike_has_a_log_of_its_own(storage: Storage) -> None:
    (record,) = appended(storage, "-2031-05-17", START)
    appended(storage, "-", START)

    assert read(storage, "-2031-05-17").records == (record,)
    assert record not in read(storage, "-", BEGINNING, END).records
