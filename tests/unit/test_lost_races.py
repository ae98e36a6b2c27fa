"""What a use case does if the customer changes, or is gone, after it was read."""

import pytest
from support.services.self_service import REQUIRED, mails, proven_customer, proving_bench
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    CustomerNotFoundError,
    NotificationKind,
    StoredToken,
    TokenIssue,
    TokenPurpose,
    TokenRefusedError,
    VersionConflictError,
)
from cybershop_customer.domain.email_address import EmailAddress
from cybershop_customer.domain.one_time_token import OneTimeToken
from cybershop_customer.domain.services.mailer import Mailer


def store_token(bench: Workbench, token: OneTimeToken, address: EmailAddress | None) -> None:
    """Store a token for a proof with ``ann``."""
    customer = bench.stored()
    issue = TokenIssue(
        customer_id="ann",
        purpose=TokenPurpose.VERIFY_EMAIL,
        token=StoredToken(token.token_hash, bench.clock.now().replace(year=2099), address),
        if_email=customer.email,
        if_password_version=customer.password_version,
    )
    bench.storage.customers.issue_token(issue, bench.last_record())


def test_no_link_is_sent_if_the_customer_has_changed_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = proving_bench()
    bench.add("ann")
    assert mails(bench) == [(NotificationKind.VERIFY_EMAIL, "ann@shop.example")]

    def conflict(*_: object) -> None:
        raise VersionConflictError("ann")

    monkeypatch.setattr(bench.storage.customers, "issue_token", conflict)
    bench.email_verification.request_verification(customer_id="ann")

    assert mails(bench) == []


def test_an_owner_who_is_gone_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = proving_bench()
    proven_customer(bench)
    monkeypatch.setattr(bench.storage.customers, "find_id_by_email", lambda _: "gone")

    bench.add("bob", email="ann@shop.example")

    assert mails(bench) == []


def test_an_owner_who_has_another_address_by_then_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = proving_bench()
    proven_customer(bench)
    monkeypatch.setattr(bench.storage.customers, "find_id_by_email", lambda _: "ann")

    bench.add("bob", email="another@shop.example")

    assert mails(bench) == []


def test_a_token_without_an_address_proves_nothing() -> None:
    bench = proving_bench()
    bench.add("ann")
    token = OneTimeToken.new("ann", b"x" * 32)
    store_token(bench, token, None)

    with pytest.raises(TokenRefusedError):
        bench.email_verification.complete_verification(token=token.secret)


def test_the_present_address_voids_a_change_that_was_asked_for_while_proofs_were_on() -> None:
    bench = Workbench()
    bench.add("ann")
    session = bench.login().session
    store_token(bench, OneTimeToken.new("ann", b"x" * 32), EmailAddress("new@x.example", "new"))

    assert bench.accounts.change_email(actor=session, email="ann@shop.example")

    assert bench.stored().email_verification is None
    assert mails(bench) == []


def test_a_deleted_customer_changes_no_password() -> None:
    bench = Workbench()
    bench.add("ann")
    session = bench.login().session
    bench.delete()

    with pytest.raises(CustomerNotFoundError):
        bench.password_change.change_password(
            actor=session, password=PASSWORD, new_password="battery staple"
        )


def test_a_session_whose_record_is_not_kept_has_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Workbench()
    bench.add("ann")
    session = bench.login().session
    monkeypatch.setattr(bench.storage.audit_log, "find", lambda *_: {})

    (details,) = bench.sessions.describe_sessions("ann", actor=session)

    assert (details.session, details.source, details.user_agent) == (session, None, None)


def test_without_a_notifier_nothing_is_sent_and_nothing_waits() -> None:
    bench = proving_bench(sends_mail=False)
    customer = bench.add("ann")

    assert bench.background.waiting == ()
    mailer = Mailer(None, bench.background, REQUIRED)
    mailer.tell(NotificationKind.PASSWORD_CHANGED, customer, "ann@shop.example")
