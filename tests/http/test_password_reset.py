"""A forgotten password is replaced with a link that is mailed (OWASP ASVS 5.0, 6.4.3)."""

import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

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
from support.http.own_account import NEW_PASSWORD, RESET, VERIFICATION, kinds, last_token

from cybershop_customer import NotificationKind
from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

ADDRESS = "zoe@shop.example"


@pytest.fixture
def zoe(api: Api) -> str:
    add(api, "zoe")
    return log_in(api, "zoe")


def token_for(api: Api, mail: MemoryNotifier, **name: str) -> str:
    """Ask for a link, and read its token."""
    assert api.post(RESET, name or {"customer_id": "zoe"}).status == 200
    return last_token(mail, ADDRESS, NotificationKind.RESET_PASSWORD)


def complete(api: Api, token: str, password: str = NEW_PASSWORD) -> Answer:
    return api.post(f"{RESET}/complete", {"token": token, "password": password})


def login(api: Api, password: str) -> int:
    return api.put(f"{BASE}/login", {"customer_id": "zoe", "password": password}).status


class TestAsk:
    def test_the_answer_is_the_same_whatever_exists(
        self, api: Api, zoe: str, mail: MemoryNotifier
    ) -> None:
        names: list[dict[str, Any]] = [
            {"customer_id": "zoe"},
            {"customer_id": "nobody"},
            {"email": "ZOE@shop.example"},
            {"email": "nobody@shop.example"},
        ]

        answers = [api.post(RESET, name) for name in names]

        assert {(answer.status, answer.body) for answer in answers} == {
            (200, b'{"message": "If there is such a customer, a link is on its way by e-mail."}')
        }
        assert kinds(mail, ADDRESS) == ["reset_password"] * 2
        assert len(mail.notifications) == 2

    def test_nothing_is_looked_up_before_the_answer(
        self, api: Api, zoe: str, background: MemoryBackground, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waiting: list[str] = []
        monkeypatch.setattr(background, "submit", lambda name, _work: waiting.append(name))

        assert api.post(RESET, {"customer_id": "nobody"}).status == 200
        assert waiting == ["mail reset_password"]

    @pytest.mark.parametrize(
        ("message", "fields"),
        [
            ({}, ["customer_id"]),
            ({"customer_id": "zoe", "email": ADDRESS}, ["customer_id"]),
            ({"email": "no address"}, ["email"]),
            ({"customer_id": "a b"}, ["customer_id"]),
            ({"customer_id": "zoe", "password": "x"}, ["password"]),
        ],
    )
    def test_faults(
        self, api: Api, mail: MemoryNotifier, message: dict[str, str], fields: list[str]
    ) -> None:
        assert faulty_fields(api.post(RESET, message)) == fields
        assert not mail.notifications

    def test_it_is_limited_by_name_whether_it_exists_or_not(
        self, api: Api, zoe: str, mail: MemoryNotifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        """OWASP ASVS 5.0, 2.4.1."""
        for customer_id in ("zoe", "nobody"):
            answers = [api.post(RESET, {"customer_id": customer_id}) for _ in range(6)]

            assert answers[0].status == 200
            the_problem(answers[-1], 429, "too-many-attempts")
            assert int(answers[-1].headers["retry-after"]) > 0
        assert 1 <= len(mail.notifications) <= 5
        assert "too many mails asked for under one name" in caplog.text


class TestLimitsOfOneSource:
    """OWASP ASVS 5.0, 2.4.1. They are in the process, so the store does not matter."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings.demo_from_environ({"CUSTOMER_SOURCE_MAILS": "100"})

    @pytest.fixture
    def new_container(self) -> Callable[[Settings], Container]:
        return make_container

    def test_mails(self, api: Api, caplog: pytest.LogCaptureFixture) -> None:
        names = [{"customer_id": f"name-{number}"} for number in range(100)]

        answers = [api.post(RESET, name) for name in names]

        assert {answer.status for answer in answers} == {200, 429}
        assert "too many mails asked for from one source" in caplog.text

    def test_guesses(self, api: Api) -> None:
        add(api, "zoe")

        answers = [complete(api, f"{number:043}.zoe") for number in range(100)]

        assert {answer.status for answer in answers} == {400, 429}
        the_problem(answers[-1], 429, "too-many-attempts")


class TestComplete:
    def test_the_password_is_replaced(self, api: Api, zoe: str, mail: MemoryNotifier) -> None:
        token = token_for(api, mail, email=ADDRESS)

        answer = complete(api, token)

        assert answer.json == {
            "customer_id": "zoe",
            "message": "Password changed. Log in with it.",
        }
        assert (login(api, PASSWORD), login(api, NEW_PASSWORD)) == (401, 200)
        assert not is_live(api, zoe)
        assert kinds(mail, ADDRESS) == ["reset_password", "password_changed"]

    def test_the_customer_is_unlocked(self, api: Api, zoe: str, mail: MemoryNotifier) -> None:
        statuses = [login(api, f"wrong {number}") for number in range(20)]
        assert statuses[-1] == 429

        assert complete(api, token_for(api, mail)).status == 200

        assert login(api, NEW_PASSWORD) == 200

    def test_a_token_has_256_random_bits(self, api: Api, zoe: str, mail: MemoryNotifier) -> None:
        """OWASP ASVS 5.0, 6.4.1 and 11.5.1."""
        secrets = {token_for(api, mail).removesuffix(".zoe") for _ in range(3)}

        assert len(secrets) == 3
        assert {len(urlsafe_b64decode(f"{secret}=")) for secret in secrets} == {32}

    def test_a_token_works_once(self, api: Api, zoe: str, mail: MemoryNotifier) -> None:
        token = token_for(api, mail)
        assert complete(api, token).status == 200

        problem = the_problem(complete(api, token, "a third horse"), 400, "token-refused")

        assert problem["detail"] == "The link is unknown, used or expired; ask for a new one."
        assert login(api, NEW_PASSWORD) == 200

    def test_only_the_newest_token_works(self, api: Api, zoe: str, mail: MemoryNotifier) -> None:
        older, newest = token_for(api, mail), token_for(api, mail)

        the_problem(complete(api, older), 400, "token-refused")
        assert complete(api, newest).status == 200

    def test_it_works_for_half_an_hour(
        self, api: Api, zoe: str, mail: MemoryNotifier, clock: ManualClock
    ) -> None:
        token = token_for(api, mail)
        clock.advance(minutes=30)

        the_problem(complete(api, token), 400, "token-refused")
        assert login(api, PASSWORD) == 200

    def test_a_refused_password_leaves_the_token(
        self, api: Api, zoe: str, mail: MemoryNotifier
    ) -> None:
        token = token_for(api, mail)

        assert faulty_fields(complete(api, token, "x")) == ["password"]
        assert complete(api, token).status == 200

    def test_a_token_of_the_other_kind_is_refused(
        self, api: Api, zoe: str, mail: MemoryNotifier
    ) -> None:
        """OWASP ASVS 5.0, 2.3.1."""
        answer = api.post(f"{VERIFICATION}/complete", {"token": token_for(api, mail)})

        the_problem(answer, 400, "token-refused")

    @pytest.mark.parametrize("token", ["", "x", "a" * 43, f"{'a' * 43}.zoe", f"{'ä' * 43}.zoe"])
    def test_a_guess_is_refused(self, api: Api, zoe: str, token: str) -> None:
        the_problem(complete(api, token), 400, "token-refused")
        assert login(api, PASSWORD) == 200

    @pytest.mark.parametrize(
        ("message", "fields"),
        [
            ({}, ["password", "token"]),
            ({"token": 1, "password": NEW_PASSWORD}, ["token"]),
            ({"token": "x", "password": NEW_PASSWORD, "customer_id": "zoe"}, ["customer_id"]),
        ],
    )
    def test_faults(self, api: Api, message: object, fields: list[str]) -> None:
        assert sorted(faulty_fields(api.post(f"{RESET}/complete", message))) == fields


def test_no_log_or_record_has_a_token_an_address_or_a_password(
    api: Api,
    zoe: str,
    admin: str,
    mail: MemoryNotifier,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "cybershop_customer")
    token = token_for(api, mail, email=ADDRESS)
    complete(api, f"{'a' * 43}.zoe")
    complete(api, token)
    lines = [vars(record) for record in caplog.records if record.getMessage() == "request"]

    ask, guess, completion = lines[-3:]
    assert [line["customer_id"] for line in (ask, guess, completion)] == [None, None, "zoe"]
    assert [line["problem"] for line in (ask, guess, completion)] == [None, "token-refused", None]
    assert completion["route"] == f"{RESET}/complete"
    told = repr(lines) + caplog.text + api.get(f"{BASE}/zoe/log", bearer=admin).body.decode()
    for secret in (token.partition(".")[0], ADDRESS, NEW_PASSWORD, PASSWORD):
        assert secret not in told


def test_without_a_mail_server_there_is_no_such_operation(container: Container, serve: Any) -> None:
    container.notifier.reset_override()
    container.notifier.override(None)
    api: Api = serve()
    add(api, "zoe")

    for path in (RESET, VERIFICATION):
        problem = the_problem(api.post(path, {"customer_id": "zoe"}), 404, "mail-off")
        assert problem["detail"] == "This service sends no such mail; ask the shop's support."
