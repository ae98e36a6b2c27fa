"""What ``find`` returns in every audit log, and the fields of a login's record."""

from dataclasses import replace
from datetime import timedelta

from support.builders.audit_records import appended
from support.builders.values import a_record, a_session, added, an_opening, unique
from support.stores.stored_state import log_of

from cybershop_customer import Storage
from cybershop_customer.domain.audit import opening_record_id
from cybershop_customer.domain.session_details import opening_position
from cybershop_customer.entrypoints.testkit.clock import START

MOMENTS = [START + timedelta(microseconds=number) for number in range(3)]


def test_records_are_found_by_their_positions(storage: Storage) -> None:
    customer_id = unique("customer")
    first, second, third = appended(storage, customer_id, *MOMENTS)
    appended(storage, unique("another"), *MOMENTS)

    found = storage.audit_log.find(customer_id, [third.position, first.position, first.position])

    assert found == {first.position: first, third.position: third}
    assert storage.audit_log.find(customer_id, {second.position}) == {second.position: second}


def test_a_position_without_a_record_is_left_out(storage: Storage) -> None:
    customer_id, stranger = unique("customer"), unique("another")
    (record,) = appended(storage, customer_id, START)
    unused = a_record(customer_id, at=START).position

    found = storage.audit_log.find(customer_id, [unused, record.position])
    assert found == {record.position: record}
    assert storage.audit_log.find(stranger, [record.position]) == {}
    assert storage.audit_log.find(customer_id, []) == {}


def test_more_records_than_one_read_takes_are_found(storage: Storage) -> None:
    customer_id = unique("customer")
    moments = [START + timedelta(microseconds=number) for number in range(101)]
    records = appended(storage, customer_id, *moments)

    found = storage.audit_log.find(customer_id, [record.position for record in records])

    assert found == {record.position: record for record in records}


def test_the_record_of_a_login_is_found_by_its_session(storage: Storage) -> None:
    customer = added(storage)
    issued_at = START + timedelta(microseconds=7)
    session = a_session(
        customer.customer_id, session_id="Ew7RhHYyT0CUkD7vRzSlxQ", issued_at=issued_at
    )
    record = replace(
        a_record(customer.customer_id, record_id=opening_record_id(session.session_id)),
        at=issued_at,
        session_id=session.session_id,
        user_agent="Mozilla/5.0 (🦊)",
        source="192.0.2.1",
    )
    storage.sessions.open(an_opening(session), record)

    position = opening_position(session)
    assert storage.audit_log.find(customer.customer_id, [position]) == {position: record}
    assert record in log_of(storage, customer.customer_id)
