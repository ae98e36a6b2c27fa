"""Listing and finding customers over HTTP."""

from typing import Any
from urllib.parse import urlencode

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, add, faulty_fields, log_in, the_problem

from cybershop_customer import OPERATOR
from cybershop_customer.domain.customer_page import cursor_to
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.settings import Settings

ADDRESS = "zoe+shop@shop.example"
SHARED = Settings.demo_from_environ({"CUSTOMER_UNIQUE_EMAIL": "false"})


def read(api: Api, admin: str, *pairs: tuple[str, str], **query: object) -> Answer:
    return api.get(f"{BASE}/?{urlencode([*pairs, *query.items()])}", bearer=admin)


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [customer["customer_id"] for customer in answer.json["customers"]]


def followed(api: Api, admin: str, **query: object) -> list[str]:
    found, cursor = [], {}
    while True:
        answer = read(api, admin, **query, **cursor)
        found += ids(answer)
        if answer.json["next_cursor"] is None:
            return found
        cursor = {"cursor": answer.json["next_cursor"]}


def test_a_listed_customer_is_the_customer_with_the_version(api: Api, admin: str) -> None:
    add(api, "zoe", fname="Zoë", locale="de")
    one = api.get(f"{BASE}/zoe", bearer=admin)

    listed = api.get(BASE, bearer=admin).json["customers"]

    version = int(one.headers["etag"].strip('"'))
    assert {**one.json, "version": version} in listed
    assert {each["customer_id"] for each in listed} == {"zoe", "admin"}
    assert not any("password" in key or "session" in key for each in listed for key in each)


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_pages_together_have_every_customer_once(api: Api, admin: str, limit: int) -> None:
    names = [f"c{number}" for number in range(5)]
    for name in names:
        add(api, name)

    assert sorted(followed(api, admin, limit=limit)) == ["admin", *names]


def test_an_address_finds_its_customer(api: Api, admin: str) -> None:
    add(api, "zoe", email=ADDRESS)
    add(api, "bob")

    answer = read(api, admin, email=ADDRESS.upper())

    assert (ids(answer), answer.json["next_cursor"]) == (["zoe"], None)
    assert read(api, admin, email="no@shop.example").json == {"customers": [], "next_cursor": None}


@pytest.mark.parametrize(
    "settings", [Settings.demo_from_environ({"CUSTOMER_UNIQUE_EMAIL": "false"})]
)
def test_a_shared_address_finds_all_of_its_customers(api: Api, admin: str) -> None:
    for name in ("ann", "bob", "zoe"):
        add(api, name, email=ADDRESS)
    add(api, "eve")

    assert sorted(followed(api, admin, email=ADDRESS, limit=1)) == ["ann", "bob", "zoe"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        *(({"limit": value}, ["limit"]) for value in ("0", "-1", "101", "", "ten", "9" * 5000)),
        *(({"cursor": value}, ["cursor"]) for value in ("", "x", "\0", "é", "aaaa")),
        ({"cursor": cursor_to("C#zoe")[:-1]}, ["cursor"]),
        ({"cursor": cursor_to("C#zoe"), "email": ADDRESS}, ["cursor"]),
        ({"cursor": cursor_to("C#zoe", ADDRESS)}, ["cursor"]),
        *(({"email": value}, ["email"]) for value in ("", "zoe", "z@", "a" * 300)),
        ({"emial": ADDRESS}, ["emial"]),
        ({"since": "2031-05-17T12:00:00Z", "limit": "0"}, ["since", "limit"]),
    ],
)
def test_a_parameter_at_fault_is_named(
    api: Api, admin: str, query: dict[str, str], fields: list[str]
) -> None:
    assert sorted(faulty_fields(read(api, admin, **query))) == sorted(fields)


@pytest.mark.parametrize("name", ["email", "cursor", "limit"])
def test_a_repeated_parameter_is_refused(api: Api, admin: str, name: str) -> None:
    value = {"email": ADDRESS, "cursor": cursor_to("zoe"), "limit": "1"}[name]

    assert faulty_fields(read(api, admin, (name, value), (name, value))) == [name]


def test_a_body_with_fields_is_refused(api: Api, admin: str) -> None:
    answer = api.request("GET", BASE, {"email": ADDRESS}, bearer=admin)

    assert faulty_fields(answer) == ["email"]


@pytest.mark.parametrize("query", [{}, {"email": ADDRESS}])
def test_others_are_refused_and_the_refusal_is_recorded(
    api: Api, admin: str, container: Container, query: dict[str, Any]
) -> None:
    add(api, "zoe", email=ADDRESS)

    the_problem(read(api, log_in(api, "zoe"), **query), 403, "role-required")
    the_problem(api.get(f"{BASE}/?{urlencode(query)}"), 401, "session-refused")

    (record,) = container.audit().read_records("-", actor=OPERATOR).records
    name = "find_customers" if query else "list_customers"
    assert (record.operation_name, record.status_code, record.actor_id) == (name, 403, "zoe")


def test_a_list_is_recorded(api: Api, admin: str, container: Container) -> None:
    read(api, admin, limit=1)
    read(api, admin, email=ADDRESS)

    (record,) = container.audit().read_records("-", actor=OPERATOR).records
    assert (record.operation_name, record.actor_id) == ("list_customers", "admin")
