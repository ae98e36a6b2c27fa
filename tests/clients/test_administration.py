"""What a client does for an admin."""

import pytest

from cybershop_customer import (
    CustomerNotFoundError,
    CustomerPage,
    EmailTakenError,
    ForbiddenError,
    InvalidInputError,
    SelfRemovalError,
    SessionRefusedError,
    VersionConflictError,
)
from cybershop_customer.entrypoints.client import BearerClient, CustomerClient

from .conftest import PASSWORD, Shop, add, address_of, lock


def test_any_customer_is_read(admin: BearerClient, ann: BearerClient) -> None:
    assert admin.get_customer("ann") == ann.get_account()


@pytest.mark.parametrize("customer_id", ["nobody", "me", "login", ".", "..", "~"])
def test_an_unknown_customer_is_not_found(admin: BearerClient, customer_id: str) -> None:
    for operation in (
        lambda: admin.get_customer(customer_id),
        lambda: admin.update_customer(customer_id, fname="Eve"),
        lambda: admin.delete_customer(customer_id),
        lambda: admin.list_sessions(customer_id),
        lambda: admin.end_sessions(customer_id),
    ):
        with pytest.raises(CustomerNotFoundError) as caught:
            operation()
        assert caught.value.customer_id == customer_id


@pytest.mark.parametrize("customer_id", ["", "a/b", "a b", "é", "a" * 129])
def test_a_malformed_id_is_refused(admin: BearerClient, customer_id: str) -> None:
    for operation in (
        lambda: admin.get_customer(customer_id),
        lambda: admin.update_customer(customer_id, fname="Eve"),
        lambda: admin.delete_customer(customer_id),
        lambda: admin.list_sessions(customer_id),
        lambda: admin.end_sessions(customer_id),
        lambda: admin.unlock(customer_id),
    ):
        with pytest.raises(InvalidInputError) as caught:
            operation()
        assert [fault.field for fault in caught.value.faults] == ["customer_id"]


def test_a_customer_is_updated(client: CustomerClient, admin: BearerClient) -> None:
    add(client, "zoe")
    before = admin.get_customer("zoe")

    version = admin.update_customer(
        "zoe",
        if_version=before.version,
        email="new@shop.example",
        password="another horse",
        fname="Zoe",
    )

    after = admin.get_customer("zoe")
    assert (after.email, after.fname, after.version) == ("new@shop.example", "Zoe", version)
    client.login(email="new@shop.example", password="another horse")
    with pytest.raises(VersionConflictError):
        admin.update_customer("zoe", if_version=before.version, fname="Late")


def test_an_update_to_a_taken_address_is_refused(
    client: CustomerClient, admin: BearerClient
) -> None:
    add(client, "zoe")

    with pytest.raises(EmailTakenError):
        admin.update_customer("zoe", email=address_of("bob"))


def test_a_customer_is_deleted(client: CustomerClient, admin: BearerClient) -> None:
    add(client, "zoe")
    context_id = client.login(customer_id="zoe", password=PASSWORD).context_id

    admin.delete_customer("zoe", if_version=admin.get_customer("zoe").version)

    with pytest.raises(CustomerNotFoundError):
        admin.get_customer("zoe")
    with pytest.raises(SessionRefusedError):
        client.check_session(context_id)


def test_an_admin_cannot_delete_themselves(admin: BearerClient) -> None:
    with pytest.raises(SelfRemovalError):
        admin.delete_customer("bob")


def test_all_sessions_of_a_customer_end(client: CustomerClient, admin: BearerClient) -> None:
    add(client, "zoe")
    first, second = (client.login(customer_id="zoe", password=PASSWORD) for _ in range(2))
    assert {session.session_id for session in admin.list_sessions("zoe")} == {
        first.session.session_id,
        second.session.session_id,
    }

    admin.end_sessions("zoe")

    assert admin.list_sessions("zoe") == ()


def test_others_are_refused(ann: BearerClient, admin: BearerClient) -> None:
    assert admin.get_customer("bob").roles == {"admin"}

    for operation in (
        lambda: ann.get_customer("bob"),
        ann.list_customers,
        lambda: ann.find_customers(address_of("ann")),
        lambda: ann.update_customer("bob", fname="Eve"),
        lambda: ann.delete_customer("bob"),
        lambda: ann.list_sessions("bob"),
        lambda: ann.end_sessions("bob"),
        lambda: ann.read_records("bob"),
        lambda: ann.unlock("bob"),
    ):
        with pytest.raises(ForbiddenError) as caught:
            operation()
        assert caught.value.role == "admin"


def test_the_audit_log_is_read_in_pages(
    client: CustomerClient, admin: BearerClient, shop: Shop
) -> None:
    since = shop.clock.now()
    add(client, "zoe")
    for name in ("Ng", "Li", "Xu"):
        shop.clock.advance(seconds=1)
        admin.update_customer("zoe", lname=name)
    until = shop.clock.now()

    first = admin.read_records("zoe", since=since, until=until, limit=2)
    rest = admin.read_records("zoe", since=since, until=until, cursor=first.next_cursor)

    everything = shop.operator.read_records("zoe").records
    assert [record.operation_name for record in everything] == [
        "add_customer",
        *["update_customer"] * 3,
    ]
    assert first.records + rest.records == everything[:3]
    assert (len(first.records), rest.next_cursor) == (2, None)


def test_a_locked_customer_is_unlocked(client: CustomerClient, admin: BearerClient) -> None:
    add(client, "zoe")
    lock(client, "zoe")

    admin.unlock("zoe")

    assert client.login(customer_id="zoe", password=PASSWORD).session.customer_id == "zoe"


def test_customers_are_listed_in_pages(client: CustomerClient, admin: BearerClient) -> None:
    add(client, "ann")
    add(client, "zoe")

    listed, page = [], admin.list_customers(limit=2)
    listed += page.customers
    while page.next_cursor is not None:
        page = admin.list_customers(limit=2, cursor=page.next_cursor)
        listed += page.customers

    assert sorted(listed, key=lambda each: each.customer_id) == [
        admin.get_customer(customer_id) for customer_id in ("ann", "bob", "zoe")
    ]


def test_a_customer_is_found_by_address(
    client: CustomerClient, admin: BearerClient, shop: Shop
) -> None:
    add(client, "zoe")

    for actor in (admin, shop.operator):
        assert actor.find_customers("ZOE@shop.example") == CustomerPage(
            (admin.get_customer("zoe"),), None
        )
        assert actor.find_customers("no+one@shop.example") == CustomerPage((), None)
