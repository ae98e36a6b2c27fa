import re
from dataclasses import replace
from typing import ClassVar

import pytest
from support.http.api import Api
from support.http.customer_api import (
    BASE,
    PASSWORD,
    add,
    faulty_fields,
    is_live,
    log_in,
    the_problem,
)

from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock
from cybershop_customer.entrypoints.testkit.email_proof import set_email_verified


def test_the_answer_has_the_session(api: Api) -> None:
    add(api, "zoe")

    answer = api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD})

    assert answer.status == 200
    context_id = answer.json.pop("context_id")
    device_token = answer.json["device_token"]
    assert answer.json == {
        "customer_id": "zoe",
        "roles": [],
        "email_verified": False,
        "issued_at": "2031-05-17T12:00:00.123456Z",
        "expires_at": "2031-05-17T12:30:00.123456Z",
        "message": "Logged in.",
        "context_id": context_id,
        "device_token": device_token,
    }
    assert context_id.endswith(".zoe")
    assert is_live(api, context_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", device_token)


@pytest.mark.parametrize("email", ["zoe@shop.example", "Zoe@SHOP.EXAMPLE"])
def test_the_email_address_can_replace_the_id(api: Api, email: str) -> None:
    add(api, "zoe")

    answer = api.put(f"{BASE}/login", {"email": email, "password": PASSWORD})

    assert (answer.status, answer.json["customer_id"]) == (200, "zoe")


@pytest.mark.parametrize("named", [{}, {"customer_id": "zoe", "email": "zoe@shop.example"}])
def test_a_login_names_the_customer_by_id_or_by_address(api: Api, named: dict[str, str]) -> None:
    add(api, "zoe")

    answer = api.put(f"{BASE}/login", {**named, "password": PASSWORD})

    assert faulty_fields(answer) == ["customer_id"]
    sentence = "customer_id must be given, or email, and only one of them."
    assert answer.json["detail"] == sentence


def test_the_password_is_required(api: Api) -> None:
    add(api, "zoe")

    assert faulty_fields(api.put(f"{BASE}/login", {"customer_id": "zoe"})) == ["password"]


def test_every_refusal_is_the_same_answer(api: Api, admin: str) -> None:
    add(api, "zoe")
    add(api, "gone")
    api.delete(f"{BASE}/gone", bearer=admin)

    answers = [
        api.put(f"{BASE}/login", {**named, "password": password})
        for named, password in [
            ({"customer_id": "zoe"}, "wrong"),
            ({"customer_id": "zoe"}, ""),
            ({"customer_id": "zoe"}, PASSWORD.upper()),
            ({"customer_id": "zoe"}, f"{PASSWORD} "),
            ({"email": "zoe@shop.example"}, "wrong"),
            ({"customer_id": "nobody"}, PASSWORD),
            ({"customer_id": "operator"}, PASSWORD),
            ({"email": "nobody@shop.example"}, PASSWORD),
            ({"customer_id": "gone"}, PASSWORD),
            ({"email": "gone@shop.example"}, PASSWORD),
        ]
    ]

    problems = [the_problem(answer, 401, "login-refused") for answer in answers]
    assert len({problem.pop("request_id") for problem in problems}) == len(problems)
    assert problems == problems[:1] * len(problems)
    for answer in answers:
        assert answer.headers["www-authenticate"] == 'Bearer realm="customer"'
        assert answer.headers.keys() == answers[0].headers.keys()


def test_a_password_may_have_any_characters(api: Api) -> None:
    password = 'ünï"cödé \\ $$ 密码 \t🦊' * 20
    add(api, "zoe", password=password)

    assert log_in(api, "zoe", password)
    shorter = {"customer_id": "zoe", "password": password[:-1]}
    the_problem(api.put(f"{BASE}/login", shorter), 401, "login-refused")


def test_each_login_opens_its_own_session(api: Api) -> None:
    add(api, "zoe")

    sessions = {log_in(api, "zoe") for _ in range(3)}

    assert len(sessions) == 3
    assert all(is_live(api, context_id) for context_id in sessions)


def test_the_answer_says_whether_the_address_is_proven(api: Api, container: Container) -> None:
    add(api, "zoe")
    set_email_verified(container, "zoe", email_verified=True)

    answer = api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD})

    assert answer.json["email_verified"] is True


class TestPresentedSession:
    """A login ends the session that it presents (OWASP ASVS 5.0, 7.2.4)."""

    LOGIN: ClassVar = {"customer_id": "zoe", "password": PASSWORD}

    @pytest.fixture
    def former(self, api: Api) -> str:
        add(api, "zoe")
        return log_in(api, "zoe")

    @pytest.mark.parametrize("place", ["message", "header"])
    def test_the_session_ends_and_no_other(self, api: Api, former: str, place: str) -> None:
        other = log_in(api, "zoe")

        answer = (
            api.put(f"{BASE}/login", {**self.LOGIN, "context_id": former})
            if place == "message"
            else api.put(f"{BASE}/login", self.LOGIN, bearer=former)
        )

        assert is_live(api, answer.json["context_id"])
        assert is_live(api, other)
        refused = api.get(f"{BASE}/session", bearer=former)
        assert the_problem(refused, 401, "session-refused")["reason"] == "revoked"

    def test_the_message_wins_over_the_header(self, api: Api, former: str) -> None:
        other = log_in(api, "zoe")

        api.put(f"{BASE}/login", {**self.LOGIN, "context_id": former}, bearer=other)

        assert [is_live(api, context_id) for context_id in (former, other)] == [False, True]

    def test_a_session_of_another_customer_stays(self, api: Api, former: str) -> None:
        add(api, "yan")
        login = {"customer_id": "yan", "password": PASSWORD}

        answers = [
            api.put(f"{BASE}/login", login, bearer=former),
            api.put(f"{BASE}/login", {**login, "context_id": former}),
        ]

        assert [answer.status for answer in answers] == [200, 200]
        assert is_live(api, former)

    def test_a_session_that_has_ended_changes_nothing(self, api: Api, former: str) -> None:
        api.put(f"{BASE}/logoff", bearer=former)

        assert api.put(f"{BASE}/login", self.LOGIN, bearer=former).status == 200
        assert api.put(f"{BASE}/login", {**self.LOGIN, "context_id": former}).status == 200

    def test_a_refused_login_ends_nothing(self, api: Api, former: str) -> None:
        wrong = {**self.LOGIN, "password": "wrong"}

        the_problem(api.put(f"{BASE}/login", wrong, bearer=former), 401, "login-refused")

        assert is_live(api, former)

    @pytest.mark.parametrize("header", ["Basic em9lOnBhc3N3b3Jk", "Bearer", "Bearer x", "\xe9", ""])
    def test_a_malformed_header_is_ignored(self, api: Api, former: str, header: str) -> None:
        answer = api.put(f"{BASE}/login", self.LOGIN, headers={"Authorization": header})

        assert answer.status == 200
        assert is_live(api, former)

    @pytest.mark.parametrize("context_id", ["", "x", "x.zoe", 7])
    def test_a_malformed_field_is_a_fault(self, api: Api, former: str, context_id: object) -> None:
        answer = api.put(f"{BASE}/login", {**self.LOGIN, "context_id": context_id}, bearer=former)

        assert faulty_fields(answer) == ["context_id"]
        assert is_live(api, former)


class TestThrottle:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, login_attempts=3, login_window_seconds=60)

    def test_too_many_attempts_get_429_with_retry_after(self, api: Api, clock: ManualClock) -> None:
        add(api, "zoe")
        wrong = {"customer_id": "zoe", "password": "wrong"}
        for _ in range(2):
            the_problem(api.put(f"{BASE}/login", wrong), 401, "login-refused")

        answer = api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD})

        the_problem(answer, 429, "too-many-attempts")
        seconds = int(answer.headers["retry-after"])
        assert seconds == 30
        clock.advance(seconds=seconds)
        assert log_in(api, "zoe")

    def test_attempts_are_counted_for_each_customer(self, api: Api) -> None:
        add(api, "zoe")
        add(api, "yan")
        for _ in range(3):
            api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong"})

        assert log_in(api, "yan")


class TestSharedAddresses:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, unique_email=False)

    def test_a_shared_address_opens_no_session(self, api: Api) -> None:
        add(api, "zoe", email="family@shop.example")
        add(api, "yan", email="family@shop.example")

        answer = api.put(f"{BASE}/login", {"email": "family@shop.example", "password": PASSWORD})

        assert faulty_fields(answer) == ["email"]
        assert log_in(api, "yan")
