from typing import Any
from urllib.parse import urlencode

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, add, faulty_fields, log_in, the_problem

from cybershop_customer import OPERATOR, ContextId
from cybershop_customer.domain.request_context import request_context
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.testkit.clock import ManualClock

LOG = f"{BASE}/zoe/log"


def read(api: Api, admin: str, **query: object) -> Answer:
    return api.get(f"{LOG}?{urlencode(query)}", bearer=admin)


def times(answer: Answer) -> list[str]:
    return [record["time"] for record in answer.json["records"]]


@pytest.fixture
def history(api: Api, admin: str, clock: ManualClock) -> None:
    """Five audit records about zoe, one second apart."""
    add(api, "zoe", fname="Zoe")
    clock.advance(seconds=1)
    context_id = log_in(api, "zoe")
    clock.advance(seconds=1)
    api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong"})
    clock.advance(seconds=1)
    api.put(f"{BASE}/zoe", {"lname": "New", "password": "another horse"}, bearer=admin)
    clock.advance(seconds=1)
    api.delete(f"{BASE}/zoe", bearer=admin)
    assert api.get(f"{BASE}/session", bearer=context_id).status == 401


@pytest.mark.usefixtures("history")
def test_a_record_has_the_actor_the_operation_and_the_outcome(api: Api, admin: str) -> None:
    answer = api.get(LOG, bearer=admin)

    assert answer.status == 200
    assert answer.json["next_cursor"] is None
    records: list[dict[str, Any]] = answer.json["records"]
    assert len({record.pop("record_id") for record in records}) == 5
    assert {record.pop("customer_id") for record in records} == {"zoe"}
    assert {record.pop("service_name") for record in records} == {"customer"}
    for name in ("source", "request_id", "session_id", "user_agent"):
        for record in records:
            del record[name]
    keys = ("time", "actor_id", "operation_name", "status_code", "message", "fields")
    assert [tuple(record[name] for name in keys) for record in records] == [
        (
            "2031-05-17T12:00:00.123456Z",
            "-",
            "add_customer",
            200,
            "Customer added.",
            ["email", "fname", "password"],
        ),
        ("2031-05-17T12:00:01.123456Z", "zoe", "login", 200, "Logged in.", []),
        ("2031-05-17T12:00:02.123456Z", "-", "login", 401, "Login refused.", []),
        (
            "2031-05-17T12:00:03.123456Z",
            "admin",
            "update_customer",
            200,
            "Customer updated; another person set the password.",
            ["lname", "password"],
        ),
        ("2031-05-17T12:00:04.123456Z", "admin", "delete_customer", 200, "Customer deleted.", []),
    ]
    assert {key for record in records for key in record} == set(keys)
    for secret in (PASSWORD, "another horse", "New", "zoe@shop.example"):
        assert secret not in answer.body.decode()


def test_a_record_has_its_source_and_request_id_or_null(
    api: Api, admin: str, container: Container
) -> None:
    customers = container.customers()
    with request_context(source="192.0.2.7", request_id="a-request"):
        customers.add_customer(customer_id="zoe", email="zoe@shop.example", password=PASSWORD)
    customers.update_customer("zoe", actor=OPERATOR, fname="Zoe")

    records = api.get(LOG, bearer=admin).json["records"]

    assert {(record["source"], record["request_id"]) for record in records} == {
        ("192.0.2.7", "a-request"),
        (None, None),
    }


def test_a_record_of_a_session_names_it_and_a_login_the_user_agent(
    api: Api, admin: str, clock: ManualClock
) -> None:
    add(api, "zoe")
    clock.advance(seconds=1)
    login = {"customer_id": "zoe", "password": PASSWORD}
    agent = "Shop/1.0 (é) " + "x" * 300
    answer = api.put(f"{BASE}/login", login, headers={"User-Agent": agent})
    context_id = answer.json["context_id"]
    clock.advance(seconds=1)
    api.put(f"{BASE}/logoff", bearer=context_id)

    records = api.get(LOG, bearer=admin).json["records"]

    session_id = ContextId.parse(context_id).session_id
    assert [record["session_id"] for record in records] == [None, session_id, session_id]
    assert [record["user_agent"] for record in records] == [None, agent[:199], None]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_the_pages_together_have_every_record_once(api: Api, admin: str, limit: int) -> None:
    whole = api.get(LOG, bearer=admin).json["records"]

    pages = [read(api, admin, limit=limit).json]
    while pages[-1]["next_cursor"]:
        pages.append(read(api, admin, limit=limit, cursor=pages[-1]["next_cursor"]).json)

    assert [record for page in pages for record in page["records"]] == whole
    assert len(pages) == -(-len(whole) // limit)


@pytest.mark.usefixtures("history")
def test_a_range_begins_at_since_and_ends_before_until(api: Api, admin: str) -> None:
    seconds = [f"2031-05-17T12:00:0{second}.123456Z" for second in range(5)]

    assert times(read(api, admin, since=seconds[3])) == seconds[3:]
    assert times(read(api, admin, until=seconds[3])) == seconds[:3]
    assert times(read(api, admin, since=seconds[1], until=seconds[3])) == seconds[1:3]
    assert times(read(api, admin, since=seconds[3], until=seconds[1])) == []
    assert times(read(api, admin, since="2031-05-17T14:00:03+02:00")) == seconds[3:]
    assert times(read(api, admin, since="2031-05-17t12:00:03.1234569z")) == seconds[3:]


@pytest.mark.usefixtures("history")
def test_a_page_of_a_range_ends_with_the_range(api: Api, admin: str) -> None:
    query = {"since": "2031-05-17T12:00:01Z", "until": "2031-05-17T12:00:03Z", "limit": 1}
    first = read(api, admin, **query)
    second = read(api, admin, **query, cursor=first.json["next_cursor"])

    assert times(first) + times(second) == [
        "2031-05-17T12:00:01.123456Z",
        "2031-05-17T12:00:02.123456Z",
    ]
    assert second.json["next_cursor"] is None


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2031-05-17",
        "2031-05-17T12:00:00",
        "2031-05-17T12:00:00 02:00",
        "2031-13-01T00:00:00Z",
        "2031-05-17T12:00:00Z\0",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "1" * 5000,
    ],
)
def test_a_malformed_time_is_refused(api: Api, admin: str, name: str, text: str) -> None:
    assert faulty_fields(read(api, admin, **{name: text})) == [name]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "", "ten", "1.5", "1e3", "9" * 5000])
def test_a_limit_out_of_range_is_refused(api: Api, admin: str, limit: str) -> None:
    assert faulty_fields(read(api, admin, limit=limit)) == ["limit"]


@pytest.mark.parametrize("cursor", ["", "x", "2031-05-17T12:00:00Z", "\0", "é"])
def test_a_malformed_cursor_is_refused(api: Api, admin: str, cursor: str) -> None:
    assert faulty_fields(read(api, admin, cursor=cursor)) == ["cursor"]


def test_an_unknown_customer_has_an_empty_log(api: Api, admin: str) -> None:
    assert api.get(LOG, bearer=admin).json == {"records": [], "next_cursor": None}


def test_logins_without_a_known_customer_are_logged_under_a_dash(api: Api, admin: str) -> None:
    api.put(f"{BASE}/login", {"email": "nobody@shop.example", "password": PASSWORD})

    (record,) = api.get(f"{BASE}/-/log", bearer=admin).json["records"]

    assert (record["operation_name"], record["status_code"]) == ("login", 401)


def test_only_admins_read_it_and_a_refusal_is_logged(
    api: Api, admin: str, clock: ManualClock
) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    clock.advance(seconds=1)

    answer = api.get(LOG, bearer=context_id)

    the_problem(answer, 403, "role-required")
    the_problem(api.get(LOG), 401, "session-refused")
    last = api.get(LOG, bearer=admin).json["records"][-1]
    assert (last["operation_name"], last["status_code"], last["actor_id"]) == (
        "read_records",
        403,
        "zoe",
    )
