"""What a client does with the links that the service mails."""

import pytest

from cybershop_customer import InvalidInputError, TokenRefusedError
from cybershop_customer.entrypoints.client import CustomerClient

from .conftest import PASSWORD, Shop, address_of


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CUSTOMER_EMAIL_VERIFICATION": "required"}


def register(client: CustomerClient, customer_id: str = "ann") -> None:
    client.add_customer(customer_id=customer_id, email=address_of(customer_id), password=PASSWORD)


def test_an_address_is_proven(client: CustomerClient, shop: Shop) -> None:
    register(client)

    assert client.complete_email_verification(token=shop.token()) == "ann"

    result = client.login(email=address_of("ann"), password=PASSWORD)
    assert result.session.email_verified
    account = client.as_bearer(result.context_id).get_account()
    assert account.email_verified


def test_a_link_is_mailed_again(client: CustomerClient, shop: Shop) -> None:
    register(client)
    first = shop.token()

    client.request_email_verification(customer_id="ann")

    assert shop.token() != first
    with pytest.raises(TokenRefusedError):
        client.complete_email_verification(token=first)
    assert client.complete_email_verification(token=shop.token()) == "ann"


def test_a_forgotten_password_is_replaced(client: CustomerClient, shop: Shop) -> None:
    register(client)
    client.complete_email_verification(token=shop.token())

    client.request_password_reset(email=address_of("ann"))
    token = shop.token()
    assert client.complete_password_reset(token=token, password="another horse") == "ann"

    client.login(customer_id="ann", password="another horse")
    with pytest.raises(TokenRefusedError):
        client.complete_password_reset(token=token, password="another horse")


def test_a_new_address_is_proven_first(client: CustomerClient, shop: Shop) -> None:
    register(client)
    client.complete_email_verification(token=shop.token())
    bearer = client.as_bearer(client.login(customer_id="ann", password=PASSWORD).context_id)

    assert bearer.change_email("new@shop.example") is False

    assert bearer.get_account().email == address_of("ann")
    client.complete_email_verification(token=shop.token())
    assert shop.operator.get_customer("ann").email == "new@shop.example"


def test_a_request_that_names_no_one_is_refused(client: CustomerClient) -> None:
    for operation in (client.request_password_reset, client.request_email_verification):
        with pytest.raises(InvalidInputError):
            operation()


def test_a_token_of_another_form_is_refused(client: CustomerClient) -> None:
    with pytest.raises(TokenRefusedError):
        client.complete_email_verification(token="x")
    with pytest.raises(TokenRefusedError):
        client.complete_password_reset(token="x", password="another horse")
