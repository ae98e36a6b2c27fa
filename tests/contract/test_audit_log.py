"""What every AuditLog keeps, and returns for a range of time."""

from datetime import timedelta, timezone

import pytest
from support.builders.audit_records import appended, read
from support.builders.values import NAMES, a_record, unique
from support.stores.stored_state import log_of

from cybershop_customer import AuditPage, Storage
from cybershop_customer.entrypoints.testkit.clock import START

SECOND = timedelta(seconds=1)
A_MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize("text", NAMES)
def test_a_record_comes_back_as_it_was_appended(storage: Storage, text: str) -> None:
    customer_id = unique("customer")
    record = a_record(
        customer_id,
        actor_id="-",
        operation_name="login",
        status_code=401,
        message=text,
        at=START + A_MICROSECOND,
        fields=("password", "address1", "email"),
        service_name="another",
    )

    storage.audit_log.append(record)

    assert read(storage, customer_id) == AuditPage((record,), None)


@pytest.mark.parametrize(
    ("source", "request_id"),
    [("192.0.2.7", "a-request"), ("2001:db8::/64", None), (None, "a-request")],
)
def test_a_record_comes_back_with_where_its_request_came_from(
    storage: Storage, source: str | None, request_id: str | None
) -> None:
    customer_id = unique("customer")
    record = a_record(customer_id, source=source, request_id=request_id)

    storage.audit_log.append(record)

    assert read(storage, customer_id).records == (record,)


def test_a_record_without_fields_comes_back_without_fields(storage: Storage) -> None:
    customer_id = unique("customer")
    (record,) = appended(storage, customer_id, START)

    assert record.fields == ()
    assert log_of(storage, customer_id) == (record,)


def test_records_of_an_unknown_customer_can_be_kept(storage: Storage) -> None:
    records = appended(storage, "-", START, START + SECOND)

    assert log_of(storage, "-") == tuple(records)


def test_each_customer_has_a_log_of_its_own(storage: Storage) -> None:
    one, other = unique("customer"), unique("customer")
    appended(storage, one, START)
    records = appended(storage, other, START)

    assert log_of(storage, other) == tuple(records)


def test_records_come_oldest_first_whatever_order_they_were_appended_in(storage: Storage) -> None:
    customer_id = unique("customer")
    moments = [START + n * SECOND for n in (3, 1, 2)]

    appended(storage, customer_id, *moments)

    assert [record.at for record in log_of(storage, customer_id)] == sorted(moments)


def test_a_whole_second_comes_before_its_first_microsecond(storage: Storage) -> None:
    customer_id = unique("customer")
    whole = START.replace(microsecond=0)

    appended(storage, customer_id, whole + A_MICROSECOND, whole)

    assert [record.at for record in log_of(storage, customer_id)] == [whole, whole + A_MICROSECOND]


def test_records_of_one_moment_are_all_kept(storage: Storage) -> None:
    customer_id = unique("customer")

    records = appended(storage, customer_id, *[START] * 4)

    assert log_of(storage, customer_id) == tuple(sorted(records, key=lambda r: r.position))


def test_a_record_appended_twice_is_kept_once(storage: Storage) -> None:
    customer_id = unique("customer")
    records = appended(storage, customer_id, START, START + SECOND)

    for record in records:
        storage.audit_log.append(record)

    assert log_of(storage, customer_id) == tuple(records)


def test_a_range_includes_its_beginning_but_not_its_end(storage: Storage) -> None:
    customer_id = unique("customer")
    since, until = START, START + SECOND
    _before, first, last, _end = appended(
        storage, customer_id, since - A_MICROSECOND, since, until - A_MICROSECOND, until
    )

    assert read(storage, customer_id, since, until) == AuditPage((first, last), None)


@pytest.mark.parametrize("hours", [-11, 5.5, 14])
def test_a_range_may_have_any_offset_from_utc(storage: Storage, hours: float) -> None:
    customer_id = unique("customer")
    zone = timezone(timedelta(hours=hours))
    _, record, _ = appended(storage, customer_id, START - SECOND, START, START + SECOND)

    page = read(storage, customer_id, START.astimezone(zone), (START + SECOND).astimezone(zone))

    assert page.records == (record,)
