"""An argument that no use case accepts is an error before anything happens, on every way."""

from collections.abc import Callable
from typing import Any

import pytest

from cybershop_customer import CustomerNotFoundError, InvalidInputError
from cybershop_customer.entrypoints.client import BearerClient, CustomerClient

from .conftest import PASSWORD, Shop, add, address_of, places

OTHER_TYPES: list[Any] = [7, True, 2.5, float("nan"), b"zoe", ["zoe"], {}, object()]
UNUSUAL = ["\ud800", "a\0b", "a\r\nX: y", "a\u202eb"]
INJECTIONS: list[Any] = ["203.0.113.7\r\nX: y", "203.0.113.7\0", "\ud800", "東京", b"x", 7]
NEW = {"customer_id": "zoe", "email": "zoe@shop.example", "password": PASSWORD, "fname": "Zoe"}
TOKEN = f"{'a' * 43}.zoe"


@pytest.fixture(params=places(["memory"]))
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """One store: none of these calls reaches it."""
    place: tuple[str, str] = request.param
    return place


def faults_of(operation: Callable[[], object]) -> list[str]:
    """The names of the fields at fault."""
    with pytest.raises(InvalidInputError) as caught:
        operation()
    assert all(fault.detail for fault in caught.value.faults)
    return sorted(fault.field for fault in caught.value.faults)


def test_a_value_of_another_type_is_named(client: CustomerClient, ann: BearerClient) -> None:
    anyone: Any = client
    account: Any = ann
    for value in OTHER_TYPES:
        for field in NEW:
            assert faults_of(lambda f=field, v=value: anyone.add_customer(**{**NEW, f: v})) == [
                field
            ]
        for field in ("customer_id", "password", "device_token"):
            login = {"customer_id": "zoe", "password": PASSWORD, field: value}
            assert faults_of(lambda login=login: anyone.login(**login)) == [field]
        assert faults_of(lambda v=value: account.update_account(fname=v, lname=v)) == [
            "fname",
            "lname",
        ]
        assert faults_of(lambda v=value: account.change_email(v)) == ["email"]


def test_nothing_for_a_field_is_another_type_too(client: CustomerClient) -> None:
    anyone: Any = client

    for field in ("email", "password", "fname"):
        assert faults_of(lambda f=field: anyone.add_customer(**{**NEW, f: None})) == [field]


@pytest.mark.parametrize("text", UNUSUAL, ids=["surrogate", "nul", "line", "direction"])
def test_a_character_that_no_text_may_have_is_named(
    client: CustomerClient, ann: BearerClient, text: str
) -> None:
    assert faults_of(
        lambda: client.add_customer(customer_id=text, email=text, password=PASSWORD, lname=text)
    ) == ["customer_id", "email", "lname"]
    assert faults_of(lambda: ann.update_account(address1=text)) == ["address1"]


def test_a_text_of_a_megabyte_is_named(client: CustomerClient, ann: BearerClient) -> None:
    text = "x" * 1_000_000

    assert faults_of(lambda: client.login(customer_id="zoe", password=text)) == ["password"]
    assert faults_of(lambda: ann.update_account(fname=text, lname=text)) == ["fname", "lname"]
    # Each of these has a third of the characters that the service reads, and more than half of
    # the bytes, once it is escaped.
    emoji = "\U0001f600" * 4000
    assert faults_of(lambda: ann.update_account(fname=emoji, lname=emoji)) == ["fname", "lname"]


@pytest.mark.parametrize("customer_id", ["me", "login", "ME", "..", "-"])
def test_a_reserved_word_is_no_id(client: CustomerClient, customer_id: str) -> None:
    assert faults_of(
        lambda: client.add_customer(customer_id=customer_id, email="a@b.example", password=PASSWORD)
    ) == ["customer_id"]


def test_an_unknown_field_is_an_error_of_the_program(
    client: CustomerClient, ann: BearerClient
) -> None:
    anyone: Any = client
    account: Any = ann

    with pytest.raises(TypeError, match="nickname"):
        anyone.add_customer(**NEW, nickname="Zo")
    with pytest.raises(TypeError, match="nickname"):
        account.update_account(nickname="Zo")


@pytest.mark.parametrize("if_version", [0, -1, "1", 1.0, True, 10**30, '1", "2', b"1"])
def test_what_is_no_version_is_refused(
    ann: BearerClient, admin: BearerClient, if_version: Any
) -> None:
    for operation in (
        lambda: ann.update_account(fname="Eve", if_version=if_version),
        lambda: ann.delete_account(if_version=if_version),
        lambda: admin.update_customer("ann", fname="Eve", if_version=if_version),
        lambda: admin.delete_customer("ann", if_version=if_version),
    ):
        assert faults_of(operation) == ["if_version"]
    assert ann.get_account().fname == "Allen"


@pytest.mark.parametrize("source", ["", "shop.example", "unix", "1.2.3", *INJECTIONS])
def test_a_source_is_an_address(client: CustomerClient, ann: BearerClient, source: Any) -> None:
    for operation in (
        lambda: client.add_customer(email="a@b.example", password=PASSWORD, source=source),
        lambda: client.login(customer_id="ann", password=PASSWORD, source=source),
        lambda: client.request_password_reset(customer_id="ann", source=source),
        lambda: client.complete_password_reset(token=TOKEN, password=PASSWORD, source=source),
        lambda: client.request_email_verification(customer_id="ann", source=source),
        lambda: client.complete_email_verification(token=TOKEN, source=source),
        lambda: ann.change_password(password=PASSWORD, new_password="another", source=source),
    ):
        assert faults_of(operation) == ["source"]


@pytest.mark.parametrize("user_agent", INJECTIONS)
def test_a_user_agent_is_the_text_of_a_header(
    client: CustomerClient, ann: BearerClient, user_agent: Any
) -> None:
    for operation in (
        lambda: client.login(customer_id="ann", password=PASSWORD, user_agent=user_agent),
        lambda: ann.change_password(
            password=PASSWORD, new_password="another horse", user_agent=user_agent
        ),
    ):
        assert faults_of(operation) == ["user_agent"]


@pytest.mark.parametrize("source", ["192.0.2.7:443", "::ffff:192.0.2.7", "[::ffff:192.0.2.7]:1"])
def test_a_source_may_have_a_port(client: CustomerClient, shop: Shop, source: str) -> None:
    add(client, "zoe")

    client.login(customer_id="zoe", password=PASSWORD, source=source)

    assert [session.source for session in shop.operator.list_sessions("zoe")] == ["192.0.2.7"]


def test_a_source_may_be_a_network_as_the_service_says_it(
    client: CustomerClient, shop: Shop
) -> None:
    add(client, "zoe")

    client.login(customer_id="zoe", password=PASSWORD, source="2001:db8:0:1::/64")

    assert [s.source for s in shop.operator.list_sessions("zoe")] == ["2001:db8:0:1::/64"]


@pytest.mark.parametrize("key", ["", "short", "x" * 129, 'a"' * 12, "a\r\nX: y" * 5, "é" * 20, 7])
def test_an_idempotency_key_has_its_form(client: CustomerClient, key: Any) -> None:
    assert faults_of(
        lambda: client.add_customer(email=address_of("zoe"), password=PASSWORD, idempotency_key=key)
    ) == ["idempotency_key"]


@pytest.mark.parametrize("session_id", ["", ".", "..", "a/b", "\ud800", "x" * 23, None, 7])
def test_what_is_no_session_id_ends_nothing(
    client: CustomerClient, ann: BearerClient, session_id: Any
) -> None:
    client.login(customer_id="ann", password=PASSWORD)

    assert faults_of(lambda: ann.end_session(session_id)) == ["session_id"]

    assert len(ann.list_own_sessions()) == 2


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("limit", value) for value in (0, 1001, -1, "5", 2.5, True, None)),
        *(("cursor", value) for value in ("", "x", "\ud800", "a&limit=1", 7)),
        *((name, value) for name in ("since", "until") for value in ("2031-05-17", 7)),
    ],
)
def test_a_range_of_records_has_its_form(admin: BearerClient, argument: str, value: Any) -> None:
    anyone: Any = admin

    assert faults_of(lambda: anyone.read_records("ann", **{argument: value})) == [argument]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("limit", value) for value in (0, 101, -1, "5", 2.5, True, None)),
        *(("cursor", value) for value in ("", "x", "\ud800", "a&limit=1", 7)),
        *(("email", value) for value in ("", "x", "\ud800@x.example", "a@x.example&limit=1", 7)),
    ],
)
def test_a_page_of_customers_has_its_form(admin: BearerClient, argument: str, value: Any) -> None:
    anyone: Any = admin
    arguments = {"email": address_of("ann"), argument: value}

    assert faults_of(lambda: anyone.find_customers(**arguments)) == [argument]
    if argument != "email":
        assert faults_of(lambda: anyone.list_customers(**{argument: value})) == [argument]


def test_a_time_without_an_offset_is_refused(admin: BearerClient, shop: Shop) -> None:
    moment = shop.clock.now().replace(tzinfo=None)

    assert faults_of(lambda: admin.read_records("ann", since=moment)) == ["since"]


@pytest.mark.parametrize("customer_id", ["me", "..", "Session"])
def test_a_word_of_a_path_has_no_records_and_no_throttle(
    admin: BearerClient, customer_id: str
) -> None:
    for operation in (admin.read_records, admin.unlock):
        with pytest.raises(CustomerNotFoundError):
            operation(customer_id)


def test_the_records_of_unknown_names_are_read(client: CustomerClient, admin: BearerClient) -> None:
    assert admin.read_records("-").records == ()
