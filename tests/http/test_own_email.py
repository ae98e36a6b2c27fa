"""Customers change their own e-mail addresses."""

from dataclasses import replace

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
from support.http.own_account import ME, VERIFICATION, kinds, last_token, requires_login

from cybershop_customer import NotificationKind
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

OLD = "zoe@shop.example"
NEW = "new@shop.example"


def change_email(api: Api, bearer: str, email: str = NEW) -> Answer:
    return api.put(f"{ME}/email", {"email": email}, bearer=bearer)


def login(api: Api, email: str) -> int:
    return api.put(f"{BASE}/login", {"email": email, "password": PASSWORD}).status


class TestWithoutProof:
    @pytest.fixture
    def zoe(self, api: Api) -> str:
        add(api, "zoe")
        return log_in(api, "zoe")

    def test_the_address_changes_at_once_and_the_sessions_end(
        self, api: Api, zoe: str, mail: MemoryNotifier
    ) -> None:
        answer = change_email(api, zoe)

        assert answer.json == {
            "customer_id": "zoe",
            "changed": True,
            "message": "E-mail address changed. Log in again.",
        }
        assert not is_live(api, zoe)
        assert (login(api, OLD), login(api, NEW)) == (401, 200)
        assert kinds(mail, OLD) == ["email_changed"]

    def test_it_needs_a_recent_login(self, api: Api, zoe: str, clock: ManualClock) -> None:
        """OWASP ASVS 5.0, 7.5.1."""
        clock.advance(minutes=5, seconds=1)

        assert requires_login(change_email(api, zoe))
        assert login(api, OLD) == 200

    def test_another_customers_address_is_refused(self, api: Api, zoe: str) -> None:
        add(api, "yan")

        the_problem(change_email(api, zoe, "YAN@shop.example"), 409, "email-taken")
        assert is_live(api, zoe)

    @pytest.mark.parametrize("message", [{}, {"email": "no address"}, {"email": None}])
    def test_faults(self, api: Api, zoe: str, message: object) -> None:
        assert faulty_fields(api.put(f"{ME}/email", message, bearer=zoe)) == ["email"]

    def test_the_present_address_is_no_change(self, api: Api, zoe: str) -> None:
        assert faulty_fields(change_email(api, zoe, OLD)) == ["email"]
        assert is_live(api, zoe)


class TestWithProof:
    """``CUSTOMER_EMAIL_VERIFICATION=required``."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, email_verification="required")

    @pytest.fixture
    def zoe(self, api: Api, mail: MemoryNotifier) -> str:
        for customer_id in ("yan", "zoe"):
            add(api, customer_id)
            token = last_token(mail, f"{customer_id}@shop.example", NotificationKind.VERIFY_EMAIL)
            assert api.post(f"{VERIFICATION}/complete", {"token": token}).status == 200
        mail.clear()
        return log_in(api, "zoe")

    def test_nothing_changes_until_the_link_is_followed(
        self, api: Api, zoe: str, mail: MemoryNotifier
    ) -> None:
        answer = change_email(api, zoe)

        assert (answer.status, answer.json["changed"]) == (200, False)
        assert api.get(ME, bearer=zoe).json["email"] == OLD
        assert (login(api, OLD), login(api, NEW)) == (200, 401)
        token = last_token(mail, NEW, NotificationKind.VERIFY_EMAIL)

        assert api.post(f"{VERIFICATION}/complete", {"token": token}).status == 200

        assert not is_live(api, zoe)
        assert (login(api, OLD), login(api, NEW)) == (401, 200)
        own = api.get(ME, bearer=log_in(api, "zoe")).json
        assert (own["email"], own["email_verified"]) == (NEW, True)
        assert kinds(mail, OLD) == ["email_changed"]

    def test_a_taken_address_answers_like_a_free_one(
        self, api: Api, zoe: str, mail: MemoryNotifier
    ) -> None:
        free, taken = change_email(api, zoe), change_email(api, zoe, "yan@shop.example")

        assert (taken.status, taken.body) == (free.status, free.body)
        assert kinds(mail, "yan@shop.example") == ["email_in_use"]
