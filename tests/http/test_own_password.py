"""Customers change their own passwords (OWASP ASVS 5.0, 6.2.2, 6.2.3 and 7.4.3)."""

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import (
    BASE,
    PASSWORD,
    add,
    faulty_fields,
    is_live,
    log_in,
    the_problem,
)
from support.http.own_account import ME, NEW_PASSWORD, change_password, kinds

from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.testkit.clock import ManualClock


@pytest.fixture
def zoe(api: Api) -> str:
    add(api, "zoe")
    return log_in(api, "zoe")


def login(api: Api, password: str, **more: str) -> Answer:
    return api.put(f"{BASE}/login", {"customer_id": "zoe", "password": password, **more})


def test_the_new_password_replaces_the_present_one(
    api: Api, zoe: str, mail: MemoryNotifier
) -> None:
    answer = change_password(api, zoe)

    assert answer.status == 200, answer
    assert answer.json["message"] == "Password changed."
    the_problem(login(api, PASSWORD), 401, "login-refused")
    assert login(api, NEW_PASSWORD).status == 200
    assert kinds(mail, "zoe@shop.example") == ["password_changed"]


def test_every_session_ends_and_the_answer_has_a_new_one(api: Api, zoe: str) -> None:
    """OWASP ASVS 5.0, 7.2.4 and 7.4.3."""
    other = log_in(api, "zoe")

    answer = change_password(api, zoe)

    context_id = answer.json["context_id"]
    assert [is_live(api, each) for each in (zoe, other, context_id)] == [False, False, True]
    login_fields = login(api, NEW_PASSWORD).json.keys()
    assert answer.json.keys() == login_fields


def test_only_the_device_of_the_change_stays_known(api: Api, zoe: str) -> None:
    here, there = (login(api, PASSWORD).json["device_token"] for _ in range(2))

    assert change_password(api, zoe, device_token=here).json["device_token"] == here

    assert login(api, NEW_PASSWORD, device_token=here).json["device_token"] == here
    assert login(api, NEW_PASSWORD, device_token=there).json["device_token"] != there


def test_it_needs_no_recent_login(api: Api, zoe: str, clock: ManualClock) -> None:
    """The present password is the proof."""
    clock.advance(minutes=20)

    assert change_password(api, zoe).status == 200


def test_a_wrong_present_password_is_refused(api: Api, zoe: str, admin: str) -> None:
    answer = change_password(api, zoe, "not the password")

    problem = the_problem(answer, 403, "wrong-password")
    assert problem["detail"] == "The present password is wrong."
    assert "www-authenticate" not in answer.headers
    assert is_live(api, zoe)
    assert login(api, PASSWORD).status == 200
    records = api.get(f"{BASE}/zoe/log", bearer=admin).json["records"]
    outcomes = [(record["operation_name"], record["status_code"]) for record in records]
    assert ("change_password", 403) in outcomes


def test_guessing_it_is_charged_like_a_login(api: Api, zoe: str) -> None:
    """OWASP ASVS 5.0, 6.3.1: a stolen session guesses no faster than a stranger."""
    answers = [change_password(api, zoe, f"guess number {number}") for number in range(20)]

    assert {answer.status for answer in answers} == {403, 429}
    refused = change_password(api, zoe)
    the_problem(refused, 429, "too-many-attempts")
    assert int(refused.headers["retry-after"]) > 0
    the_problem(login(api, PASSWORD), 429, "too-many-attempts")


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ({}, ["new_password", "password"]),
        ({"new_password": NEW_PASSWORD}, ["password"]),
        ({"password": PASSWORD}, ["new_password"]),
        ({"password": PASSWORD, "new_password": PASSWORD}, ["new_password"]),
        ({"password": PASSWORD, "new_password": "x"}, ["new_password"]),
        ({"password": PASSWORD, "new_password": NEW_PASSWORD, "email": "x"}, ["email"]),
        (
            {"password": PASSWORD, "new_password": NEW_PASSWORD, "device_token": "!"},
            ["device_token"],
        ),
    ],
)
def test_faults(api: Api, zoe: str, message: dict[str, str], fields: list[str]) -> None:
    answer = api.put(f"{ME}/password", message, bearer=zoe)

    assert sorted(faulty_fields(answer)) == fields
    assert is_live(api, zoe)
