"""One answer reports all faults of a request: those of its form and those of the domain's rules."""

from typing import Any

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, add, faulty_fields, log_in


@pytest.mark.parametrize(
    ("method", "path", "message", "fields"),
    [
        (
            "POST",
            "/",
            {"email": "bad", "password": "a", "customer_id": "a b", "phone": "1"},
            ["phone", "customer_id", "email", "password"],
        ),
        (
            "POST",
            "/",
            {"phone": "1", "email": 5, "customer_id": "login", "fname": "\n", "lname": None},
            ["phone", "email", "password", "lname", "customer_id", "fname"],
        ),
        ("POST", "/", {"email": "bad"}, ["password", "email"]),
        (
            "PUT",
            "/a%20b",
            {"email": "bad", "password": "a", "phone": "1", "lname": 1},
            ["phone", "lname", "customer_id", "email", "password"],
        ),
        ("PUT", "/zoe", {"customer_id": "ann", "phone": "1"}, ["phone", "customer_id"]),
        ("PUT", "/", {"phone": "1", "email": "bad"}, ["phone", "customer_id", "email"]),
        ("PUT", "/zoe", {"phone": "1"}, ["phone"]),
        ("PUT", "/zoe", {"email": None}, ["email"]),
        ("DELETE", "/a%20b", {"phone": "1"}, ["phone", "customer_id"]),
        ("DELETE", "/", {"phone": "1"}, ["phone", "customer_id"]),
        (
            "PUT",
            "/login",
            {"customer_id": "a b", "password": "\ud800", "phone": "1"},
            ["phone", "customer_id", "password"],
        ),
        ("PUT", "/login", {"phone": "1"}, ["phone", "password", "customer_id"]),
        ("PUT", "/login", {"email": 1, "password": 2}, ["email", "password"]),
        ("PUT", "/login", {"email": "bad", "phone": "1"}, ["phone", "password", "email"]),
        (
            "PUT",
            "/logoff?context_id=x&customer_id=a&customer_id=b",
            {"phone": "1", "customer_id": 1},
            ["phone", "customer_id", "context_id"],
        ),
        (
            "GET",
            "/session?customer_id=ann",
            {"customer_id": "zoe", "context_id": "x", "phone": "1"},
            ["phone", "context_id", "customer_id"],
        ),
        (
            "GET",
            "/a%20b/log?since=x&until=y&limit=z&cursor=c",
            {"phone": "1"},
            ["phone", "since", "until", "limit", "customer_id", "cursor"],
        ),
        ("GET", "/zoe/log?since=2026-01-31T12:00:00Z&limit=0&cursor=c", {}, ["limit", "cursor"]),
        ("GET", "/a%20b/sessions", {"phone": "1"}, ["phone", "customer_id"]),
        ("DELETE", "/a%20b/sessions", {"phone": "1"}, ["phone", "customer_id"]),
        ("GET", "/a%20b", {"phone": "1"}, ["phone", "customer_id"]),
    ],
)
def test_every_fault_is_reported_at_once(
    api: Api, admin: str, *, method: str, path: str, message: dict[str, Any], fields: list[str]
) -> None:
    for _ in range(2):
        answer = api.request(method, f"{BASE}{path}", message, bearer=admin)
        assert faulty_fields(answer) == fields


def test_a_wrong_version_is_reported_with_the_rest(api: Api, admin: str) -> None:
    for method, path in (("PUT", "/a%20b"), ("DELETE", "/a%20b")):
        answer = api.request(
            method, f"{BASE}{path}", {"phone": "1"}, bearer=admin, headers={"If-Match": '"1", "2"'}
        )
        assert faulty_fields(answer) == ["phone", "If-Match", "customer_id"]


def test_a_faulty_message_changes_nothing(api: Api, admin: str) -> None:
    add(api, "zoe")
    zoe = log_in(api, "zoe")
    for method, path, message in (
        ("PUT", "/zoe", {"lname": "New"}),
        ("DELETE", "/zoe", {}),
        ("DELETE", "/zoe/sessions", {}),
    ):
        answer = api.request(method, f"{BASE}{path}", {**message, "phone": "1"}, bearer=admin)
        assert faulty_fields(answer) == ["phone"]
    answer = api.put(f"{BASE}/logoff", {"phone": "1"}, bearer=zoe)

    assert faulty_fields(answer) == ["phone"]
    assert api.get(f"{BASE}/zoe", bearer=zoe).json["lname"] == ""


def test_an_update_that_names_no_field_is_refused(api: Api, admin: str) -> None:
    for path, message in (("/admin", {}), ("/", {"customer_id": "admin"})):
        answer = api.put(f"{BASE}{path}", message, bearer=admin)
        assert faulty_fields(answer) == ["email"]
        assert "password, fname, lname, address1, address2" in answer.json["errors"][0]["detail"]
    assert faulty_fields(api.put(f"{BASE}/admin", bearer=admin)) == ["email"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin"),
        ("DELETE", "/admin"),
        ("GET", "/admin/sessions"),
        ("DELETE", "/admin/sessions"),
        ("GET", "/admin/log"),
    ],
)
def test_a_message_that_names_another_customer_than_the_path_is_refused(
    api: Api, admin: str, method: str, path: str
) -> None:
    answer = api.request(method, f"{BASE}{path}", {"customer_id": "zoe"}, bearer=admin)

    assert faulty_fields(answer) == ["customer_id"]
    assert api.get(f"{BASE}/admin", bearer=admin).status == 200


@pytest.mark.parametrize("values", [("admin", "zoe"), ("admin", "admin")])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/session", "customer_id"),
        ("/admin/log", "since"),
        ("/admin/log", "until"),
        ("/admin/log", "limit"),
        ("/admin/log", "cursor"),
    ],
)
def test_a_query_parameter_that_is_given_twice_is_refused(
    api: Api, admin: str, path: str, name: str, values: tuple[str, str]
) -> None:
    query = "&".join(f"{name}={value}" for value in values)

    answer = api.get(f"{BASE}{path}?{query}", bearer=admin)

    assert faulty_fields(answer) == [name]
    assert "more than once" in answer.json["errors"][0]["detail"]
