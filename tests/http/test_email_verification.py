"""An address is a customer's only after the link to it was followed."""

import logging
from dataclasses import replace

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, add, faulty_fields, log_in, the_problem
from support.http.own_account import ME, NEW_PASSWORD, RESET, VERIFICATION, kinds, last_token

from cybershop_customer import NotificationKind
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

ADDRESS = "zoe@shop.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, email_verification="required")


def sent(mail: MemoryNotifier, address: str = ADDRESS) -> str:
    return last_token(mail, address, NotificationKind.VERIFY_EMAIL)


def complete(api: Api, token: str) -> Answer:
    return api.post(f"{VERIFICATION}/complete", {"token": token})


def login_by_email(api: Api) -> int:
    return api.put(f"{BASE}/login", {"email": ADDRESS, "password": PASSWORD}).status


class TestComplete:
    def test_the_address_is_proven_and_opens_the_account(
        self, api: Api, mail: MemoryNotifier
    ) -> None:
        """OWASP ASVS 5.0, 2.3.1."""
        add(api, "zoe")
        assert login_by_email(api) == 401

        answer = complete(api, sent(mail))

        assert answer.json == {
            "customer_id": "zoe",
            "message": "E-mail address proven. It can be used to log in.",
        }
        assert login_by_email(api) == 200
        assert api.get(ME, bearer=log_in(api, "zoe")).json["email_verified"] is True

    def test_the_request_log_names_the_customer(
        self, api: Api, mail: MemoryNotifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        add(api, "zoe")
        token = sent(mail)
        caplog.set_level(logging.INFO, "cybershop_customer.http")
        caplog.clear()

        complete(api, token)

        (line,) = (vars(record) for record in caplog.records if record.getMessage() == "request")
        assert line["customer_id"] == "zoe"

    def test_a_token_works_once(self, api: Api, mail: MemoryNotifier) -> None:
        add(api, "zoe")
        assert complete(api, sent(mail)).status == 200

        the_problem(complete(api, sent(mail)), 400, "token-refused")

    def test_it_works_for_a_day(self, api: Api, mail: MemoryNotifier, clock: ManualClock) -> None:
        add(api, "zoe")
        clock.advance(minutes=24 * 60)

        the_problem(complete(api, sent(mail)), 400, "token-refused")
        assert login_by_email(api) == 401

    def test_it_sets_no_password(self, api: Api, mail: MemoryNotifier) -> None:
        """A token of one kind is none of the other (OWASP ASVS 5.0, 2.3.1)."""
        add(api, "zoe")
        message = {"token": sent(mail), "password": NEW_PASSWORD}

        the_problem(api.post(f"{RESET}/complete", message), 400, "token-refused")
        assert complete(api, sent(mail)).status == 200

    def test_of_two_customers_the_first_to_prove_it_has_it(
        self, api: Api, mail: MemoryNotifier
    ) -> None:
        tokens: list[str] = []
        for customer_id in ("zoe", "yan"):
            add(api, customer_id, email=ADDRESS)
            tokens.append(sent(mail))

        assert complete(api, tokens[1]).status == 200
        the_problem(complete(api, tokens[0]), 409, "email-taken")

    @pytest.mark.parametrize("message", [{}, {"token": None}, {"token": ["x"]}])
    def test_faults(self, api: Api, message: object) -> None:
        assert faulty_fields(api.post(f"{VERIFICATION}/complete", message)) == ["token"]


class TestAskAgain:
    def test_only_the_newest_link_works(self, api: Api, mail: MemoryNotifier) -> None:
        add(api, "zoe")
        older = sent(mail)

        assert api.post(VERIFICATION, {"customer_id": "zoe"}).status == 200

        the_problem(complete(api, older), 400, "token-refused")
        assert complete(api, sent(mail)).status == 200

    def test_the_answer_is_the_same_whatever_exists(self, api: Api, mail: MemoryNotifier) -> None:
        for customer_id in ("zoe", "yan"):
            add(api, customer_id)
        complete(api, sent(mail))
        mail.clear()

        answers = [
            api.post(VERIFICATION, name)
            for name in (
                {"customer_id": "zoe"},
                {"customer_id": "yan"},
                {"customer_id": "nobody"},
                {"email": ADDRESS},
                {"email": "nobody@shop.example"},
            )
        ]

        assert {(answer.status, answer.body) for answer in answers} == {
            (200, b'{"message": "If an address is to be proven, a link is on its way to it."}')
        }
        assert kinds(mail, "yan@shop.example") == ["verify_email"]
        assert len(mail.notifications) == 1

    def test_it_is_limited_by_name(self, api: Api, mail: MemoryNotifier) -> None:
        """OWASP ASVS 5.0, 2.4.1."""
        add(api, "zoe")

        answers = [api.post(VERIFICATION, {"customer_id": "zoe"}) for _ in range(6)]

        the_problem(answers[-1], 429, "too-many-attempts")


def test_a_reset_goes_to_a_proven_address_only(api: Api, mail: MemoryNotifier) -> None:
    add(api, "zoe")
    api.post(RESET, {"customer_id": "zoe"})
    assert kinds(mail, ADDRESS) == ["verify_email"]
    complete(api, sent(mail))

    api.post(RESET, {"customer_id": "zoe"})

    assert kinds(mail, ADDRESS) == ["verify_email", "reset_password"]
