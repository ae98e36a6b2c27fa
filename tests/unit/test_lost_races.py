"""What a use case does if the customer changes, or is gone, after it was read."""

import pytest
from support.services.self_service import mailed_token, mails, proven_customer, proving_bench
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    CustomerNotFoundError,
    NotificationKind,
    TokenRefusedError,
    VersionConflictError,
)


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


def test_a_link_of_a_customer_who_is_deleted_meanwhile_is_refused() -> None:
    bench = proving_bench()
    bench.add("ann")
    proof = mailed_token(bench)
    bench.calls.before("customers.update", bench.delete)
    with pytest.raises(TokenRefusedError):
        bench.email_verification.complete_verification(token=proof)

    proven_customer(bench)
    bench.password_reset.request_reset(customer_id="ann")
    reset = mailed_token(bench)
    bench.calls.before("customers.update", bench.delete)
    with pytest.raises(TokenRefusedError):
        bench.password_reset.complete_reset(token=reset, password="battery staple")


def test_a_deleted_customer_changes_no_password() -> None:
    bench = Workbench()
    bench.add("ann")
    session = bench.login().session
    bench.delete()

    with pytest.raises(CustomerNotFoundError):
        bench.password_change.change_password(
            actor=session, password=PASSWORD, new_password="battery staple"
        )
