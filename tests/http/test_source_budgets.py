"""Failed logins and registrations are limited for each source, and a line says what goes on."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import (
    BASE,
    PASSWORD,
    a_message,
    add,
    is_live,
    log_in,
    the_problem,
)
from support.http.own_account import ME, NEW_PASSWORD

from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

ATTACKER: Final = "203.0.113.9"
OWNER: Final = "192.0.2.7"


@pytest.fixture
def new_container() -> Callable[[Settings], Container]:
    """These budgets are in the process, so the store does not matter."""
    return make_container


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The requests come from a trusted proxy, so that a test can choose their sources."""
    return replace(settings, trusted_proxies="127.0.0.0/8, unix")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING, "cybershop_customer.http")
    return caplog


def try_login(api: Api, source: str, customer_id: str, password: str = "wrong") -> Answer:
    message = {"customer_id": customer_id, "password": password}
    return api.put(f"{BASE}/login", message, headers={"X-Forwarded-For": source})


def register(api: Api, source: str, customer_id: str) -> Answer:
    headers = {"Content-Type": "application/json", "X-Forwarded-For": source}
    return api.post(f"{BASE}/", a_message(customer_id), headers=headers)


def lines_about(log: pytest.LogCaptureFixture, text: str) -> list[str]:
    return [line for line in log.messages if text in line]


def test_three_hundred_names_from_one_source_are_refused_after_the_limit(
    api: Api, log: pytest.LogCaptureFixture, clock: ManualClock
) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    answers = [try_login(api, ATTACKER, f"name-{number}") for number in range(300)]

    # The clock stands still. A full budget of 100 in a window admits 75 at once.
    assert Counter(answer.status for answer in answers) == {401: 75, 429: 225}
    problem = the_problem(answers[-1], 429, "too-many-attempts")
    assert problem["title"] == "There were too many attempts"
    seconds = int(answers[-1].headers["retry-after"])
    assert problem["detail"] == f"Too many attempts; try again in {seconds} seconds."
    assert 0 < seconds <= 60
    # The right password does not help either, from there alone.
    assert try_login(api, ATTACKER, "zoe", PASSWORD).status == 429
    assert try_login(api, OWNER, "zoe", PASSWORD).status == 200
    assert is_live(api, context_id)
    (line,) = lines_about(log, "too many failed logins from one source")
    assert line.endswith(f"the last one: {ATTACKER}")
    assert "name-" not in log.text

    clock.advance(seconds=seconds)
    assert try_login(api, ATTACKER, "name-1").status == 401


def test_no_window_admits_more_than_the_limit(api: Api, clock: ManualClock) -> None:
    admitted = 0
    for number in range(450):
        admitted += try_login(api, ATTACKER, f"name-{number}").status == 401
        clock.advance(seconds=2)

    # 900 seconds have passed.
    assert 90 <= admitted <= 100


def test_three_hundred_sources_leave_the_service_up_and_get_a_line(
    api: Api, log: pytest.LogCaptureFixture
) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    answers = [
        try_login(api, f"203.0.{number // 200}.{number % 200}", f"name-{number}")
        for number in range(300)
    ]

    assert {answer.status for answer in answers} == {401}
    assert is_live(api, context_id)
    assert try_login(api, OWNER, "zoe", PASSWORD).status == 200
    (line,) = lines_about(log, "failed logins:")
    assert line.endswith("of all names and sources; names: 100; sources: 100")
    assert "name-" not in log.text


def test_logins_that_succeed_are_not_counted(api: Api) -> None:
    add(api, "zoe")

    assert {try_login(api, OWNER, "zoe", PASSWORD).status for _ in range(100)} == {200}


def test_a_network_of_ipv6_is_one_source(api: Api) -> None:
    statuses = [try_login(api, f"2001:db8::{n + 1:x}", f"name-{n}").status for n in range(80)]

    assert statuses == [401] * 75 + [429] * 5
    assert try_login(api, "2001:db8:0:1::1", "name-1").status == 401


def test_a_line_about_one_name_does_not_name_it(api: Api, log: pytest.LogCaptureFixture) -> None:
    add(api, "zoe")
    for number in range(30):
        try_login(api, f"203.0.113.{number}", "zoe")

    assert len(lines_about(log, "too many failed logins of one customer_id")) == 1
    assert "zoe" not in log.text


class TestRegistrations:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, source_registrations=4, source_registrations_window_seconds=60)

    def test_they_are_limited_for_each_source(
        self, api: Api, clock: ManualClock, log: pytest.LogCaptureFixture
    ) -> None:
        answers = [register(api, ATTACKER, f"name-{number}") for number in range(5)]

        assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
        problem = the_problem(answers[-1], 429, "too-many-attempts")
        assert "login" not in f"{problem['title']} {problem['detail']}"
        seconds = int(answers[-1].headers["retry-after"])
        assert 0 < seconds <= 60
        assert register(api, OWNER, "zoe").status == 200
        assert len(lines_about(log, "too many registrations from one source")) == 1

        clock.advance(seconds=seconds)
        assert register(api, ATTACKER, "name-5").status == 200

    def test_logins_have_a_budget_of_their_own(self, api: Api) -> None:
        for number in range(5):
            register(api, ATTACKER, f"name-{number}")

        assert try_login(api, ATTACKER, "name-1", PASSWORD).status == 200


def test_the_demo_has_no_limit_of_registrations(api: Api) -> None:
    """The production default would admit 750 at once."""
    assert Settings.demo_from_environ({}).source_policy.registrations is None
    assert {register(api, OWNER, f"name-{number}").status for number in range(20)} == {200}


class TestNoLimit:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, source_failures=0)

    def test_zero_switches_the_limit_off(self, api: Api) -> None:
        statuses = {try_login(api, ATTACKER, f"name-{number}").status for number in range(110)}

        assert statuses == {401}


class TestUntrustedPeer:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, trusted_proxies=None)

    def test_a_client_cannot_evade_the_limit_by_a_header(self, api: Api) -> None:
        statuses = [
            try_login(api, f"203.0.113.{number}", f"name-{number}").status for number in range(80)
        ]

        assert statuses == [401] * 75 + [429] * 5


def test_a_change_of_the_own_password_counts_for_its_source(api: Api) -> None:
    add(api, "zoe")
    bearer = log_in(api, "zoe")
    message = {"password": "wrong", "new_password": NEW_PASSWORD}

    def change(source: str) -> Answer:
        headers = {"X-Forwarded-For": source, "Content-Type": "application/json"}
        return api.put(f"{ME}/password", message, bearer=bearer, headers=headers)

    for number in range(75):
        try_login(api, ATTACKER, f"name-{number}")

    the_problem(change(ATTACKER), 429, "too-many-attempts")
    the_problem(change(OWNER), 403, "wrong-password")
