"""A workbench where addresses have to be proven, and what a customer does with its mail."""

from typing import Any

from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    AccountPolicy,
    Notification,
    NotificationKind,
    OneTimeToken,
    Session,
    StoredToken,
    TokenIssue,
    TokenPurpose,
)
from cybershop_customer.domain.email_address import EmailAddress

REQUIRED = AccountPolicy(email_verification=True)
NEW_PASSWORD = "battery staple"
"""Another password than ``PASSWORD``."""


def proving_bench(**options: Any) -> Workbench:
    """A workbench with ``CUSTOMER_EMAIL_VERIFICATION=required``."""
    return Workbench(account_policy=REQUIRED, **options)


def mails(bench: Workbench) -> list[tuple[NotificationKind, str]]:
    """What is sent when the waiting work is done, by kind and address; it is then forgotten."""
    bench.background.run_all()
    sent = [(mail.kind, mail.address) for mail in bench.mail.notifications]
    bench.mail.clear()
    return sent


def mailed_token(bench: Workbench, address: str | None = None) -> str:
    """The token of the newest link, after the waiting work is done."""
    bench.background.run_all()
    mail: Notification | None = bench.mail.last(address)
    assert mail is not None
    assert isinstance(mail.token, OneTimeToken)
    return mail.token.secret


def prove(bench: Workbench, address: str | None = None) -> None:
    """Follow the newest link."""
    bench.email_verification.complete_verification(token=mailed_token(bench, address))


def proven_customer(bench: Workbench, customer_id: str = "ann") -> Session:
    """Add a customer who proves the address, forget the mail, and log in."""
    bench.add(customer_id)
    prove(bench, f"{customer_id}@shop.example")
    bench.mail.clear()
    return bench.login(customer_id, PASSWORD).session


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
