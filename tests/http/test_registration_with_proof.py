"""With ``CUSTOMER_EMAIL_VERIFICATION=required`` a registration holds no address."""

import logging
from dataclasses import replace

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, PASSWORD, a_message, add, log_in, the_problem
from support.http.own_account import ME, VERIFICATION, kinds, last_token

from cybershop_customer import NotificationKind
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

ADDRESS = "zoe@shop.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, email_verification="required")


@pytest.fixture
def owner(api: Api, mail: MemoryNotifier) -> None:
    """A customer who has proven ``ADDRESS``."""
    add(api, "zoe")
    token = last_token(mail, ADDRESS, NotificationKind.VERIFY_EMAIL)
    assert api.post(f"{VERIFICATION}/complete", {"token": token}).status == 200
    mail.clear()


def test_the_answer_says_that_a_link_is_to_be_followed(api: Api, mail: MemoryNotifier) -> None:
    answer = add(api, "zoe")

    assert answer.json == {
        "customer_id": "zoe",
        "message": "Customer added. Follow the link in the mail to prove the e-mail address.",
    }
    assert kinds(mail, ADDRESS) == ["verify_email"]


@pytest.mark.usefixtures("owner")
def test_a_taken_address_answers_like_a_free_one(api: Api, mail: MemoryNotifier) -> None:
    """Each of several, since the owner is told at the first one only."""
    names = [f"{kind}-{number}" for number in range(3) for kind in ("yan", "xia")]
    answers = [
        add(api, name, **({"email": "ZOE@shop.example"} if name.startswith("yan") else {}))
        for name in names
    ]

    first = answers[0]
    for name, answer in zip(names, answers, strict=True):
        assert answer.status == first.status
        assert answer.json == {**first.json, "customer_id": name}
        assert answer.headers.keys() == first.headers.keys()
        assert answer.headers["content-length"] == first.headers["content-length"]
    accounts = [api.get(ME, bearer=log_in(api, name)).json for name in names]
    assert not any(account["email_verified"] for account in accounts)
    assert kinds(mail, ADDRESS) == ["email_in_use"]
    assert kinds(mail, "ZOE@shop.example") == []


@pytest.mark.usefixtures("owner")
def test_the_owner_is_told_once_a_day(api: Api, mail: MemoryNotifier, clock: ManualClock) -> None:
    for number in range(3):
        add(api, f"yan-{number}", email=ADDRESS)
    assert kinds(mail, ADDRESS) == ["email_in_use"]

    clock.advance(minutes=24 * 60, seconds=1)
    add(api, "yan-3", email=ADDRESS)

    assert kinds(mail, ADDRESS) == ["email_in_use"] * 2


def test_customers_who_prove_nothing_and_never_log_in_end_after_a_week(
    api: Api, clock: ManualClock
) -> None:
    for customer_id in ("zoe", "yan"):
        add(api, customer_id)
    log_in(api, "yan")
    clock.advance(minutes=7 * 24 * 60)

    refused = api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD})

    the_problem(refused, 401, "login-refused")
    assert log_in(api, "yan")
    assert add(api, "zoe").status == 200


def test_a_session_of_an_admin_changes_nothing_at_registration(api: Api, admin: str) -> None:
    """Registration reads no credentials, so that a leaked one gives no address away."""
    answer = api.post(BASE, a_message("zoe"), bearer=admin)

    assert answer.status == 200
    assert api.get(f"{BASE}/zoe", bearer=admin).json["email_verified"] is False


def test_no_line_of_the_log_has_the_address_or_the_token(
    api: Api, mail: MemoryNotifier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "cybershop_customer")
    add(api, "zoe")
    token = last_token(mail, ADDRESS, NotificationKind.VERIFY_EMAIL)
    api.post(f"{VERIFICATION}/complete", {"token": token})

    told = repr([vars(record) for record in caplog.records])
    assert ADDRESS not in told
    assert token.partition(".")[0] not in told
