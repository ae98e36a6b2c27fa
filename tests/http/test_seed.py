"""The example messages of the shop work unchanged at the shop's paths."""

import pytest
from support.http.api import Api
from support.http.customer_api import is_live

from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.demo import add_samples
from cybershop_customer.entrypoints.settings import Settings

ADD = {
    "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592abe6d21",
    "lname": "Barry",
    "email": "barry_allen@starlabs.com",
    "fname": "Allen",
    "address1": "Earth 1",
    "address2": "Earth-Prime",
    "password": "flash",
}
UPDATE = {
    "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592abe6d",
    "lname": "Larry",
    "email": "larry_allen@starlabs.com",
    "fname": "Allen",
    "address1": "Earth 1",
    "address2": "Earth-Prime",
    "password": "flash",
}
DELETE = {"customer_id": "567dce7f-b7b4-4efd-b75e-2b98592abe6d"}
LOGIN = {
    "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf",
    "password": "abcdefghisdsa8664654646",
}


@pytest.mark.parametrize("slash", ["/", ""])
def test_the_five_operations_take_the_seeds_messages(
    api: Api, container: Container, admin: str, slash: str
) -> None:
    add_samples(container)

    added = api.post(f"/api/v1/customer{slash}", ADD)
    updated = api.put(f"/api/v1/customer{slash}", UPDATE, bearer=admin)
    deleted = api.delete(f"/api/v1/customer{slash}", DELETE, bearer=admin)
    logged_in = api.put(f"/api/v1/customer/login{slash}", LOGIN)
    context_id = logged_in.json["context_id"]
    pair = {"customer_id": LOGIN["customer_id"], "context_id": context_id}
    logged_out = api.put(f"/api/v1/customer/logoff{slash}", pair)

    answers = [added, updated, deleted, logged_in, logged_out]
    assert [answer.status for answer in answers] == [200] * 5
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
    assert [answer.json["customer_id"] for answer in answers] == [
        ADD["customer_id"],
        UPDATE["customer_id"],
        DELETE["customer_id"],
        LOGIN["customer_id"],
        LOGIN["customer_id"],
    ]
    assert [answer.json["message"] for answer in answers] == [
        "Customer added.",
        "Customer updated.",
        "Customer deleted.",
        "Logged in.",
        "Logged out.",
    ]
    assert not is_live(api, context_id)


def test_a_samples_values_come_back_as_they_were_sent(api: Api, admin: str) -> None:
    api.post("/api/v1/customer/", ADD)

    stored = api.get(f"/api/v1/customer/{ADD['customer_id']}", bearer=admin).json

    shown = {name: value for name, value in ADD.items() if name != "password"}
    assert stored | shown == stored
    assert "password" not in stored


def test_answers_are_neither_cached_nor_sniffed(api: Api) -> None:
    answer = api.post("/api/v1/customer/", ADD)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_samples_get_no_mail_since_their_addresses_are_no_ones() -> None:
    settings = Settings.demo_from_environ({"CUSTOMER_EMAIL_VERIFICATION": "required"})
    container = make_container(settings)
    mail = MemoryNotifier()
    container.notifier.override(mail)
    container.background.override(MemoryBackground())

    add_samples(container)

    assert container.sessions().login(**LOGIN).context_id
    container.customers().add_customer(email="zoe@shop.example", password="correct horse")
    assert [sent.address for sent in mail.notifications] == ["zoe@shop.example"]
