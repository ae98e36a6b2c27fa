"""What a client does for the customer of a session."""

import pytest

from cybershop_customer import (
    CustomerNotFoundError,
    InvalidInputError,
    LoginRequiredError,
    RefusalReason,
    SessionNotFoundError,
    SessionRefusedError,
    VersionConflictError,
    WrongPasswordError,
)
from cybershop_customer.entrypoints.client import BearerClient, CustomerClient

from .conftest import PASSWORD, Shop, address_of, logged_in


def test_the_account_is_read(ann: BearerClient, shop: Shop) -> None:
    account = ann.get_account()

    assert account == shop.operator.get_customer("ann")
    assert (account.email, account.fname) == (address_of("ann"), "Allen")


def test_the_account_is_updated(ann: BearerClient) -> None:
    before = ann.get_account()

    version = ann.update_account(lname="Ng", fname=None, if_version=before.version)

    after = ann.get_account()
    assert (after.lname, after.fname, after.version) == ("Ng", "Allen", version)
    assert version == before.version + 1


def test_an_update_of_another_version_is_refused(ann: BearerClient) -> None:
    with pytest.raises(VersionConflictError) as caught:
        ann.update_account(lname="Ng", if_version=1)

    assert caught.value.customer_id == "ann"


def test_an_update_without_a_field_is_refused(ann: BearerClient) -> None:
    with pytest.raises(InvalidInputError):
        ann.update_account()


def test_the_password_is_changed_and_a_session_opened(
    client: CustomerClient, ann: BearerClient
) -> None:
    result = ann.change_password(password=PASSWORD, new_password="another horse")

    assert client.check_session(result.context_id).customer_id == "ann"
    with pytest.raises(SessionRefusedError):
        ann.get_account()
    assert client.login(customer_id="ann", password="another horse").session.customer_id == "ann"


def test_the_present_password_must_be_right(ann: BearerClient) -> None:
    with pytest.raises(WrongPasswordError):
        ann.change_password(password="wrong", new_password="another horse")

    assert ann.get_account().customer_id == "ann"


def test_the_address_is_changed(client: CustomerClient, ann: BearerClient) -> None:
    assert ann.change_email("new@shop.example") is True

    assert client.login(email="new@shop.example", password=PASSWORD).session.customer_id == "ann"


def test_some_operations_need_a_recent_login(ann: BearerClient, shop: Shop) -> None:
    shop.clock.advance(minutes=6)

    for operation in (
        lambda: ann.change_email("new@shop.example"),
        ann.delete_account,
        ann.end_other_sessions,
    ):
        with pytest.raises(LoginRequiredError) as caught:
            operation()
        assert caught.value.within_seconds == 300


def test_the_account_is_deleted(ann: BearerClient, shop: Shop) -> None:
    ann.delete_account(if_version=ann.get_account().version)

    with pytest.raises(CustomerNotFoundError) as caught:
        shop.operator.get_customer("ann")
    assert caught.value.customer_id == "ann"
    with pytest.raises(SessionRefusedError):
        ann.get_account()


def test_sessions_are_listed_and_ended(
    client: CustomerClient, ann: BearerClient, shop: Shop
) -> None:
    shop.clock.advance(seconds=1)
    other = client.login(customer_id="ann", password=PASSWORD)
    shop.clock.advance(seconds=1)
    third = client.login(customer_id="ann", password=PASSWORD)
    listed = ann.list_own_sessions()
    assert [session.session_id for session in listed][1:] == [
        other.session.session_id,
        third.session.session_id,
    ]
    assert [session.expires_at for session in listed][1:] == [
        other.session.expires_at,
        third.session.expires_at,
    ]

    ann.end_session(other.session.session_id)
    with pytest.raises(SessionNotFoundError) as caught:
        ann.end_session(other.session.session_id)
    assert caught.value.session_id == other.session.session_id
    ann.end_other_sessions()

    assert [session.session_id for session in ann.list_own_sessions()] == [listed[0].session_id]


def test_a_bearer_without_a_session_is_refused(client: CustomerClient, ann: BearerClient) -> None:
    result = client.login(customer_id="ann", password=PASSWORD)
    other = client.as_bearer(result.context_id)
    client.logout(result.context_id)

    with pytest.raises(SessionRefusedError) as caught:
        other.get_account()

    assert caught.value.reason is RefusalReason.REVOKED
    assert ann.get_account().customer_id == "ann"


def test_a_bearer_must_have_the_form_of_one(client: CustomerClient) -> None:
    with pytest.raises(SessionRefusedError) as caught:
        client.as_bearer("x")

    assert caught.value.reason is RefusalReason.MALFORMED


def test_nothing_of_the_session_is_shown(client: CustomerClient, ann: BearerClient) -> None:
    secret = client.login(customer_id="ann", password=PASSWORD).context_id

    assert secret not in repr(client.as_bearer(secret))
    assert logged_in(client, "ann").get_account().fname not in repr(ann.get_account())
