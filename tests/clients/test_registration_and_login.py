"""What a client does for someone without a login: registration, login, check, logout."""

import pytest

from cybershop_customer import (
    CustomerExistsError,
    EmailTakenError,
    ForbiddenError,
    InvalidInputError,
    LoginRefusedError,
    RefusalReason,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.client import CustomerClient

from .conftest import PASSWORD, Shop, add, address_of, lock


def test_a_customer_is_added_with_every_field(client: CustomerClient, shop: Shop) -> None:
    added = client.add_customer(
        customer_id="zoe",
        email="Zoé@shop.example",
        password=PASSWORD,
        fname="Zoé",
        lname="O'Neil",
        address1="1 Main Street",
        address2="東京",
        locale="de-CH",
    )

    profile = shop.operator.get_customer("zoe")
    assert (added.customer_id, added.version) == ("zoe", profile.version)
    assert (profile.email, profile.fname, profile.lname) == ("Zoé@shop.example", "Zoé", "O'Neil")
    assert (profile.address1, profile.address2, profile.locale) == (
        "1 Main Street",
        "東京",
        "de-CH",
    )
    assert (profile.roles, profile.email_verified) == (frozenset(), False)
    assert profile.created_at == profile.updated_at == shop.clock.now()


def test_an_id_is_made_for_a_customer_without_one(client: CustomerClient, shop: Shop) -> None:
    added = client.add_customer(email="zoe@shop.example", password=PASSWORD)

    assert shop.operator.get_customer(added.customer_id).email == "zoe@shop.example"


def test_every_wrong_field_is_named(client: CustomerClient) -> None:
    with pytest.raises(InvalidInputError) as caught:
        client.add_customer(customer_id="a b", email="no address", password="x" * 2000, fname="\0")

    named = [fault.field for fault in caught.value.faults]
    assert sorted(named) == ["customer_id", "email", "fname", "password"]
    assert all(fault.detail for fault in caught.value.faults)


def test_an_id_that_is_taken_is_named(client: CustomerClient) -> None:
    add(client, "zoe")

    with pytest.raises(CustomerExistsError) as caught:
        client.add_customer(customer_id="zoe", email="new@shop.example", password=PASSWORD)

    assert caught.value.customer_id == "zoe"


def test_an_address_that_is_taken_is_refused(client: CustomerClient) -> None:
    add(client, "zoe")

    with pytest.raises(EmailTakenError):
        client.add_customer(email=address_of("zoe"), password=PASSWORD)


def test_texts_below_their_limits_are_kept_whatever_their_characters(
    client: CustomerClient, shop: Shop
) -> None:
    password = '"correct" \\ 🐎 ünï %00 \u00a0'
    client.add_customer(
        customer_id="~.-_",
        email="żółć@shop.example",
        password=password,
        fname="O'\"\\/<>&{}%41",
        address1="👨‍👩‍👧 1",
    )

    profile = shop.operator.get_customer("~.-_")
    assert (profile.fname, profile.address1) == ("O'\"\\/<>&{}%41", "👨‍👩‍👧 1")
    result = client.login(email="żółć@shop.example", password=password)
    assert client.as_bearer(result.context_id).get_account() == profile


def test_a_long_user_agent_is_cut(client: CustomerClient, shop: Shop) -> None:
    add(client, "zoe")

    client.login(customer_id="zoe", password=PASSWORD, user_agent="é" * 100_000)

    (session,) = shop.operator.list_sessions("zoe")
    assert session.user_agent == "é" * 100


@pytest.mark.parametrize("name", [{"customer_id": "zoe"}, {"email": "zoe@shop.example"}])
def test_a_login_opens_a_session_that_a_check_accepts(
    client: CustomerClient, shop: Shop, name: dict[str, str]
) -> None:
    add(client, "zoe")

    result = client.login(**name, password=PASSWORD)  # type: ignore[arg-type]

    assert client.check_session(result.context_id, customer_id="zoe") == result.session
    assert result.session.customer_id == "zoe"
    assert result.session.issued_at == shop.clock.now()
    assert result.device_token


def test_a_login_with_the_wrong_password_is_refused(client: CustomerClient) -> None:
    add(client, "zoe")

    with pytest.raises(LoginRefusedError) as caught:
        client.login(customer_id="zoe", password="wrong")

    assert type(caught.value) is LoginRefusedError


def test_too_many_failures_say_when_to_try_again(client: CustomerClient) -> None:
    add(client, "zoe")

    assert lock(client, "zoe").retry_after > 0


def test_a_login_ends_the_session_that_it_presents(client: CustomerClient) -> None:
    add(client, "zoe")
    first = client.login(customer_id="zoe", password=PASSWORD)

    client.login(customer_id="zoe", password=PASSWORD, context_id=first.context_id)

    with pytest.raises(SessionRefusedError):
        client.check_session(first.context_id)


def test_a_login_on_a_known_device_keeps_the_device(client: CustomerClient) -> None:
    add(client, "zoe")
    first = client.login(customer_id="zoe", password=PASSWORD)

    again = client.login(customer_id="zoe", password=PASSWORD, device_token=first.device_token)

    assert again.device_token == first.device_token


def test_where_a_login_came_from_is_kept(client: CustomerClient, shop: Shop) -> None:
    add(client, "zoe")

    client.login(customer_id="zoe", password=PASSWORD, source="203.0.113.7", user_agent="Shop/1.0")

    (session,) = shop.operator.list_sessions("zoe")
    assert (session.source, session.user_agent) == ("203.0.113.7", "Shop/1.0")


def test_an_ipv6_source_is_kept_as_its_network(client: CustomerClient, shop: Shop) -> None:
    add(client, "zoe")

    client.login(customer_id="zoe", password=PASSWORD, source="2001:db8::7")

    (session,) = shop.operator.list_sessions("zoe")
    assert session.source == "2001:db8::/64"


def test_a_logout_ends_the_session(client: CustomerClient) -> None:
    add(client, "zoe")
    context_id = client.login(customer_id="zoe", password=PASSWORD).context_id

    assert client.logout(context_id, customer_id="zoe") == "zoe"

    with pytest.raises(SessionRefusedError) as caught:
        client.check_session(context_id)
    assert caught.value.reason is RefusalReason.REVOKED
    with pytest.raises(SessionRefusedError) as caught:
        client.logout(context_id)
    assert caught.value.reason is RefusalReason.UNKNOWN


@pytest.mark.parametrize("text", [None, "", "x", "a\r\nHost: b"])
def test_a_malformed_context_id_is_refused(client: CustomerClient, text: str | None) -> None:
    for operation in (client.check_session, client.logout):
        with pytest.raises(SessionRefusedError) as caught:
            operation(text)
        expected = RefusalReason.MALFORMED if text else RefusalReason.MISSING
        assert caught.value.reason is expected


def test_a_session_expires(client: CustomerClient, shop: Shop) -> None:
    add(client, "zoe")
    context_id = client.login(customer_id="zoe", password=PASSWORD).context_id

    shop.clock.advance(minutes=24 * 60)

    with pytest.raises(SessionRefusedError) as caught:
        client.check_session(context_id)
    assert caught.value.reason is RefusalReason.EXPIRED


def test_a_check_demands_the_role(client: CustomerClient, shop: Shop) -> None:
    add(client, "zoe")
    context_id = client.login(customer_id="zoe", password=PASSWORD).context_id

    with pytest.raises(ForbiddenError) as caught:
        client.check_session(context_id, role="clerk")
    assert caught.value.role == "clerk"
    shop.operator.grant_role("zoe", "clerk")

    assert client.check_session(context_id, role="clerk").roles == {"clerk"}
