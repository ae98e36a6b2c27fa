import re
from uuid import UUID

import pytest
from support.builders.values import NAMES
from support.http.api import Api
from support.http.customer_api import (
    BASE,
    PASSWORD,
    a_message,
    add,
    faulty_fields,
    log_in,
    the_problem,
)


def test_anyone_adds_a_customer_who_can_then_log_in(api: Api) -> None:
    answer = api.post(f"{BASE}/", a_message("zoe"))

    assert answer.status == 200
    assert answer.json == {"customer_id": "zoe", "message": "Customer added."}
    assert re.fullmatch(r'"\d+"', answer.headers["etag"])
    assert log_in(api, "zoe")


def test_a_customer_without_an_id_gets_one(api: Api) -> None:
    answer = api.post(f"{BASE}/", {"email": "zoe@shop.example", "password": PASSWORD})

    assert answer.status == 200
    assert UUID(answer.json["customer_id"]).version == 4
    assert log_in(api, answer.json["customer_id"])


def test_a_customer_id_is_taken_once(api: Api) -> None:
    add(api, "zoe")

    answer = api.post(f"{BASE}/", a_message("zoe", email="other@shop.example"))

    assert "'zoe'" in the_problem(answer, 409, "customer-exists")["detail"]


@pytest.mark.parametrize("spelling", ["zoe@shop.example", "ZOE@SHOP.example"])
def test_an_email_address_is_taken_once_however_it_is_spelt(api: Api, spelling: str) -> None:
    add(api, "zoe")

    answer = api.post(f"{BASE}/", a_message("other", email=spelling))

    assert spelling not in answer.body.decode()
    the_problem(answer, 409, "email-taken")


@pytest.mark.parametrize("name", ["-", ".", "..", "login", "logoff", "operator", "session"])
def test_reserved_ids_are_refused(api: Api, name: str) -> None:
    answer = api.post(f"{BASE}/", a_message(name, email="zoe@shop.example"))

    assert faulty_fields(answer) == ["customer_id"]


@pytest.mark.parametrize("customer_id", ["a" * 128, "-._~", "567dce7f-b7b4-m-s", "LOGINS", "1"])
def test_an_id_is_any_word_of_url_safe_characters(api: Api, admin: str, customer_id: str) -> None:
    add(api, customer_id, email="zoe@shop.example")

    stored = api.get(f"{BASE}/{customer_id}", bearer=admin)

    assert stored.json["customer_id"] == customer_id


@pytest.mark.parametrize("customer_id", ["", "a" * 129, "a b", "a/b", "zoë", "a\n", "a\0", "٣"])
def test_any_other_id_is_refused(api: Api, customer_id: str) -> None:
    answer = api.post(f"{BASE}/", a_message(customer_id, email="zoe@shop.example"))

    assert faulty_fields(answer) == ["customer_id"]


@pytest.mark.parametrize("name", NAMES)
def test_international_names_and_addresses_come_back_as_written(
    api: Api, admin: str, name: str
) -> None:
    written = {"fname": name, "lname": name[::-1], "address1": f"{name} 1", "address2": name * 2}
    add(api, "zoe", email="zoë@bücher.example", **written)

    stored = api.get(f"{BASE}/zoe", bearer=admin).json

    assert {field: stored[field] for field in written} == written
    assert stored["email"] == "zoë@bücher.example"


def test_every_field_at_fault_is_named_at_once(api: Api) -> None:
    message = a_message(
        "a b",
        email="nobody",
        password="1234",
        fname="\0",
        lname=" ",
        address1="x" * 201,
        address2="\ud800",
    )

    answer = api.post(f"{BASE}/", message)

    assert sorted(faulty_fields(answer)) == sorted(message)
    assert "1234" not in answer.body.decode()


@pytest.mark.parametrize("field", ["email", "password"])
def test_email_and_password_are_required(api: Api, field: str) -> None:
    message = a_message("zoe")
    del message[field]

    assert faulty_fields(api.post(f"{BASE}/", message)) == [field]


def test_a_customer_cannot_register_as_an_admin(api: Api) -> None:
    assert faulty_fields(api.post(f"{BASE}/", a_message("zoe", roles="admin"))) == ["roles"]
