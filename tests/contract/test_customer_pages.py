"""What ``read_page`` does in every CustomerRepository."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from support.builders.values import (
    NAMES,
    a_customer,
    a_record,
    a_registration,
    a_session,
    a_token,
    added,
    an_attempt,
    an_opening,
    an_update,
)

from cybershop_customer import Customer, CustomerProfile, Storage
from cybershop_customer.domain.customer_page import StoredCustomerPage, cursor_to, position_of
from cybershop_customer.entrypoints.testkit.clock import START

LATER = START + timedelta(days=8)


def pages(storage: Storage, limit: int, now: datetime = START) -> list[StoredCustomerPage]:
    found = [storage.customers.read_page(now=now, after=None, limit=limit)]
    while (after := found[-1].next_position) is not None:
        found.append(storage.customers.read_page(now=now, after=after, limit=limit))
        assert len(found) < 1000
    return found


def listed(storage: Storage, limit: int = 100, now: datetime = START) -> list[CustomerProfile]:
    return [customer for page in pages(storage, limit, now) for customer in page.customers]


def ids(storage: Storage, limit: int = 100, now: datetime = START) -> list[str]:
    return [customer.customer_id for customer in listed(storage, limit, now)]


def many(storage: Storage, count: int) -> list[str]:
    return sorted(added(storage).customer_id for _ in range(count))


def test_an_empty_store_has_one_empty_page(storage: Storage) -> None:
    assert pages(storage, 10) == [StoredCustomerPage((), None)]


def test_a_customer_is_listed_with_everything_that_an_admin_may_see(storage: Storage) -> None:
    profile = dict(zip(("fname", "lname", "address1", "address2"), NAMES, strict=False))
    customer = added(
        storage,
        **profile,
        locale="de-AT",
        roles=frozenset({"admin", "clerk"}),
        version=7,
        updated_at=LATER,
        email_verified=True,
        email_verification=a_token(address="new@shop.example"),
    )
    bare = added(storage, email=None, email_key=None)

    expected = {each.customer_id: CustomerProfile.of(each) for each in (customer, bare)}
    assert {each.customer_id: each for each in listed(storage)} == expected


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_the_pages_together_have_every_customer_once(storage: Storage, limit: int) -> None:
    expected = many(storage, 7)

    found = pages(storage, limit)

    assert sorted(each.customer_id for page in found for each in page.customers) == expected
    assert all(len(page.customers) <= limit for page in found)


def test_the_order_is_the_same_for_every_limit(storage: Storage) -> None:
    many(storage, 7)

    assert ids(storage, 1) == ids(storage, 2) == ids(storage, 100)


def test_what_else_is_stored_is_no_customer(storage: Storage) -> None:
    customer, other = added(storage), added(storage)
    keyed = a_customer()
    storage.customers.add(keyed, a_record(keyed.customer_id), registration=a_registration(keyed))
    session = a_session(customer.customer_id)
    storage.sessions.open(an_opening(session), a_record(customer.customer_id))
    for _ in range(30):
        storage.login_throttle.charge(an_attempt())
    storage.customers.delete(other, a_record(other.customer_id), id_kept_until=LATER)

    assert sorted(ids(storage, 2)) == sorted([customer.customer_id, keyed.customer_id])


def test_a_customer_that_has_ended_is_left_out(storage: Storage) -> None:
    stays = added(storage)
    ends = added(storage, expires_at=START + timedelta(days=7), email_key=None)

    assert sorted(ids(storage)) == sorted([stays.customer_id, ends.customer_id])
    assert ids(storage, 1, now=LATER) == [stays.customer_id]


def test_a_change_between_two_pages_moves_no_one(storage: Storage) -> None:
    customers: dict[str, Customer] = {}
    for _ in range(60):
        customer = added(storage)
        customers[customer.customer_id] = customer
    first = storage.customers.read_page(now=START, after=None, limit=30)
    last = first.customers[-1].customer_id
    gone = customers.pop(last)

    storage.customers.delete(gone, a_record(last))
    for each in customers.values():
        storage.customers.update(an_update(each, profile={"fname": "New"}), a_record(last))

    rest: list[str] = []
    after = first.next_position
    while after is not None:
        page = storage.customers.read_page(now=START, after=after, limit=30)
        rest += [customer.customer_id for customer in page.customers]
        after = page.next_position
    before = [customer.customer_id for customer in first.customers]
    assert sorted({*before, *rest}) == sorted([*customers, last])
    assert len(before) + len(rest) == len(customers) + 1


def test_every_position_fits_a_cursor_and_tells_no_address(storage: Storage) -> None:
    longest = added(storage, customer_id="~" * 128)
    many(storage, 40)

    positions = [page.next_position for page in pages(storage, 1)][:-1]

    assert [position_of(cursor_to(str(each))) for each in positions] == positions
    assert not any("@" in str(each) for each in positions)
    assert all(one != other for one, other in pairwise(positions))
    assert longest.customer_id in ids(storage)


@pytest.mark.parametrize("after", ["!", "~" * 160, "C#", "E#zoe@shop.example", "'; --", "%_"])
def test_any_text_is_a_place_to_begin_at(storage: Storage, after: str) -> None:
    expected = many(storage, 3)

    page = storage.customers.read_page(now=START, after=after, limit=100)

    assert {customer.customer_id for customer in page.customers} <= set(expected)
