"""Customers change their own e-mail addresses."""

import pytest
from support.services.self_service import (
    mailed_token,
    mails,
    prove,
    proven_customer,
    proving_bench,
    store_token,
)
from support.services.workbench import Workbench

from cybershop_customer import (
    EmailTakenError,
    InvalidInputError,
    LoginRefusedError,
    NotificationKind,
    TokenRefusedError,
    TooManyAttemptsError,
)
from cybershop_customer.domain.email_address import EmailAddress
from cybershop_customer.domain.one_time_token import OneTimeToken

NEW = "new@shop.example"
OLD = "ann@shop.example"


@pytest.fixture
def proving() -> Workbench:
    return proving_bench()


def test_without_proofs_it_changes_at_once_and_the_former_one_is_told(bench: Workbench) -> None:
    bench.add()
    login = bench.login()

    assert bench.accounts.change_email(actor=login.session, email=NEW)

    assert bench.stored().email == NEW
    assert not bench.is_live(login.context_id)
    assert bench.storage.customers.find_id_by_email(OLD) is None
    assert mails(bench) == [(NotificationKind.EMAIL_CHANGED, OLD)]
    record = bench.last_record()
    assert (record.operation_name, record.fields) == ("change_email", ("email",))


def test_without_proofs_a_taken_address_is_refused(bench: Workbench) -> None:
    bench.add()
    bench.add("bob")

    with pytest.raises(EmailTakenError):
        bench.accounts.change_email(actor=bench.login().session, email="BOB@shop.example")


@pytest.mark.parametrize("required", [False, True])
def test_the_present_address_is_refused_and_no_session_ends(*, required: bool) -> None:
    bench = proving_bench() if required else Workbench()
    bench.add()
    if required:
        prove(bench)
    login = bench.login()
    bench.background.run_all()
    bench.mail.clear()

    with pytest.raises(InvalidInputError, match="email is your address already"):
        bench.accounts.change_email(actor=login.session, email=OLD)

    assert bench.is_live(login.context_id)
    assert mails(bench) == []


def test_with_proofs_nothing_changes_until_the_link_is_followed(proving: Workbench) -> None:
    session = proven_customer(proving)
    context_id = proving.login().context_id

    assert not proving.accounts.change_email(actor=session, email=NEW)

    assert proving.stored().email == OLD
    assert proving.is_live(context_id)
    token = mailed_token(proving, NEW)
    proving.email_verification.complete_verification(token=token)
    assert (proving.stored().email, proving.stored().email_verified) == (NEW, True)
    assert not proving.is_live(context_id)
    assert proving.storage.customers.find_id_by_email(OLD) is None
    assert proving.login_by_email("new")
    assert mails(proving) == [
        (NotificationKind.VERIFY_EMAIL, NEW),
        (NotificationKind.EMAIL_CHANGED, OLD),
    ]


def test_a_taken_address_is_answered_like_a_free_one(proving: Workbench) -> None:
    proven_customer(proving, "bob")
    session = proven_customer(proving)

    assert not proving.accounts.change_email(actor=session, email="bob@shop.example")

    assert mails(proving) == [(NotificationKind.EMAIL_IN_USE, "bob@shop.example")]


def test_the_newest_wish_counts_also_for_the_address_of_now(proving: Workbench) -> None:
    session = proven_customer(proving)
    proving.accounts.change_email(actor=session, email="mistyped@shop.example")
    mistyped = mailed_token(proving, "mistyped@shop.example")

    proving.accounts.change_email(actor=session, email=OLD)

    with pytest.raises(TokenRefusedError):
        proving.email_verification.complete_verification(token=mistyped)
    assert proving.stored().email == OLD


def test_an_address_that_was_merely_named_is_not_told_of_another(proving: Workbench) -> None:
    proving.add()
    proving.background.run_all()
    proving.mail.clear()

    proving.accounts.change_email(actor=proving.login().session, email=NEW)
    prove(proving, NEW)

    assert mails(proving) == [(NotificationKind.VERIFY_EMAIL, NEW)]


@pytest.mark.parametrize("required", [False, True])
def test_a_session_can_try_few_addresses(*, required: bool) -> None:
    bench = proving_bench() if required else Workbench()
    bench.add()
    for number in range(3):
        bench.accounts.change_email(actor=bench.login().session, email=f"{number}@shop.example")

    with pytest.raises(TooManyAttemptsError) as refusal:
        bench.accounts.change_email(actor=bench.login().session, email="4@shop.example")
    assert refusal.value.budget == "change"


def test_a_stranger_cannot_use_that_budget_up(proving: Workbench) -> None:
    session = proven_customer(proving)
    for _ in range(3):
        proving.password_reset.request_reset(customer_id="ann")

    proving.accounts.change_email(actor=session, email=NEW)


def test_an_admin_of_the_settings_has_none_and_may_prove_one(proving: Workbench) -> None:
    proving.roles.ensure_admin("boss", "open sesame")

    proving.accounts.change_email(actor=proving.login("boss", "open sesame").session, email=NEW)
    prove(proving)

    assert proving.stored("boss").email_key == NEW


def test_an_address_that_an_admin_sets_is_the_customers_at_once(proving: Workbench) -> None:
    session = proven_customer(proving)
    proven_customer(proving, "bob")
    proving.accounts.change_email(actor=session, email=NEW)
    token = mailed_token(proving, NEW)
    proving.mail.clear()

    proving.update("bob", email=NEW)

    assert proving.stored("bob").email_key == NEW
    assert not proving.stored("bob").email_verified
    assert mails(proving) == [
        (NotificationKind.EMAIL_CHANGED, "bob@shop.example"),
        (NotificationKind.VERIFY_EMAIL, NEW),
    ]
    with pytest.raises(EmailTakenError):
        proving.email_verification.complete_verification(token=token)
    assert proving.stored().email == OLD


def test_an_admin_gives_an_unproven_customer_the_address(proving: Workbench) -> None:
    proving.add()
    proving.background.run_all()
    proving.mail.clear()

    proving.update(email=OLD)

    assert proving.login_by_email("ann")
    assert mails(proving) == [(NotificationKind.VERIFY_EMAIL, OLD)]
    proving.add("eve", email=OLD)
    assert mails(proving) == [(NotificationKind.EMAIL_IN_USE, OLD)]


def test_a_malformed_address_is_refused(bench: Workbench) -> None:
    bench.add()
    with pytest.raises(InvalidInputError):
        bench.accounts.change_email(actor=bench.login().session, email="no address")


def test_a_link_of_before_works_where_no_proof_is_needed_any_more(proving: Workbench) -> None:
    proving.add()
    token = mailed_token(proving)
    off = Workbench()
    off.storage.customers.add(proving.stored(), proving.last_record())
    with pytest.raises(LoginRefusedError):
        off.login_by_email("ann")

    off.email_verification.complete_verification(token=token)

    assert off.login_by_email("ann")


def test_where_no_proof_is_needed_any_more_an_unproven_customer_takes_the_address(
    proving: Workbench,
) -> None:
    proving.add()
    session = proving.login().session
    off = Workbench()
    off.storage.customers.add(proving.stored(), proving.last_record())

    assert off.accounts.change_email(actor=session, email=OLD)

    assert off.login_by_email("ann")


def test_a_thief_cannot_follow_a_link_after_the_customer_has_ended_the_sessions(
    proving: Workbench,
) -> None:
    thief = proven_customer(proving)
    proving.accounts.change_email(actor=thief, email=NEW)
    token = mailed_token(proving, NEW)
    session = proving.login().session

    proving.sessions.end_other_sessions(session)

    with pytest.raises(TokenRefusedError):
        proving.email_verification.complete_verification(token=token)
    assert proving.stored().email == OLD


def test_the_present_address_voids_a_change_that_was_asked_for_while_proofs_were_on() -> None:
    bench = Workbench()
    bench.add("ann")
    session = bench.login().session
    store_token(bench, OneTimeToken.new("ann", b"x" * 32), EmailAddress("new@x.example", "new"))

    assert bench.accounts.change_email(actor=session, email="ann@shop.example")

    assert bench.stored().email_verification is None
    assert mails(bench) == []
