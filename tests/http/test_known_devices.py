"""Logging in with the ``device_token`` of an earlier login."""

from dataclasses import replace
from typing import Any

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, add, faulty_fields, the_problem

from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, login_attempts=4, login_window_seconds=60)


def attempt(api: Api, customer_id: str = "zoe", **fields: Any) -> Answer:
    message = {"customer_id": customer_id, "password": PASSWORD, **fields}
    return api.put(f"{BASE}/login", message)


def log_in(api: Api, customer_id: str = "zoe", **fields: Any) -> str:
    """Log in, which must succeed; return the ``device_token``."""
    answer = attempt(api, customer_id, **fields)
    assert answer.status == 200, answer
    device_token: str = answer.json["device_token"]
    return device_token


def use_up(api: Api, **fields: Any) -> None:
    for _ in range(3):
        the_problem(attempt(api, password="wrong", **fields), 401, "login-refused")


def test_a_known_device_keeps_its_token(api: Api) -> None:
    add(api, "zoe")
    token = log_in(api)

    assert log_in(api, device_token=token) == token
    assert log_in(api) != token


def test_an_unknown_or_foreign_token_is_replaced(api: Api) -> None:
    add(api, "zoe")
    add(api, "yan")
    yans = log_in(api, "yan")

    for token in ("x" * 43, yans):
        assert log_in(api, device_token=token) != token
    assert log_in(api, "yan", device_token=yans) == yans


@pytest.mark.parametrize("token", ["", "a b", "ü", "x" * 129, "x\u0000"])
def test_a_malformed_token_is_a_fault(api: Api, token: str) -> None:
    add(api, "zoe")

    assert faulty_fields(attempt(api, device_token=token)) == ["device_token"]


@pytest.mark.parametrize("token", [None, 7, True, ["x"], {}])
def test_a_token_that_is_no_text_is_a_fault(api: Api, token: object) -> None:
    add(api, "zoe")

    assert faulty_fields(attempt(api, device_token=token)) == ["device_token"]


def test_failures_of_others_do_not_stop_a_known_device(api: Api, clock: ManualClock) -> None:
    add(api, "zoe")
    token = log_in(api)
    use_up(api)

    answer = attempt(api, device_token="x" * 43)

    the_problem(answer, 429, "too-many-attempts")
    assert log_in(api, device_token=token) == token
    clock.advance(seconds=int(answer.headers["retry-after"]))
    assert log_in(api)


def test_a_known_device_has_a_limit_of_its_own(api: Api) -> None:
    add(api, "zoe")
    token = log_in(api)
    use_up(api, device_token=token)

    the_problem(attempt(api, device_token=token), 429, "too-many-attempts")
    assert log_in(api)


def test_a_new_password_forgets_the_devices_and_the_end_of_sessions_does_not(
    api: Api, admin: str
) -> None:
    add(api, "zoe")
    token = log_in(api)

    api.delete(f"{BASE}/zoe/sessions", bearer=admin)
    assert log_in(api, device_token=token) == token
    answer = api.put(f"{BASE}/zoe", {"password": "battery staple"}, bearer=admin)
    assert answer.status == 200
    assert log_in(api, password="battery staple", device_token=token) != token


@pytest.mark.parametrize("known", [False, True])
def test_with_a_token_every_refusal_is_the_same_answer(
    api: Api, admin: str, *, known: bool
) -> None:
    add(api, "zoe")
    add(api, "gone")
    token = log_in(api, "gone")
    api.delete(f"{BASE}/gone", bearer=admin)
    if known:
        token = log_in(api)

    answers = [
        api.put(f"{BASE}/login", {**named, "password": "wrong", "device_token": token})
        for named in [
            {"customer_id": "zoe"},
            {"customer_id": "nobody"},
            {"customer_id": "gone"},
            {"email": "zoe@shop.example"},
            {"email": "nobody@shop.example"},
            {"email": "gone@shop.example"},
        ]
    ]

    problems = [the_problem(answer, 401, "login-refused") for answer in answers]
    assert len({problem.pop("request_id") for problem in problems}) == len(problems)
    assert problems == problems[:1] * len(problems)
    assert all(answer.headers.keys() == answers[0].headers.keys() for answer in answers)
