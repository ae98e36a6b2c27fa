"""Secrets never occur in what a value or an error says of itself."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.builders.values import a_change_of_email, a_customer, a_session, an_update
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    Attempt,
    ContextId,
    CustomerServiceError,
    CustomerWithSessions,
    Device,
    DeviceUse,
    EmailAddress,
    LoginResult,
    Notification,
    NotificationKind,
    RateLimit,
)
from cybershop_customer.domain.device import DeviceToken
from cybershop_customer.domain.one_time_token import (
    OneTimeToken,
    StoredToken,
    TokenIssue,
    TokenPurpose,
)
from cybershop_customer.domain.session_details import SessionDetails
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START

# Long enough not to occur in a text by chance, and of letters that repr() leaves as they are.
# Hypothesis also tries texts from the code, such as names of settings; none begins with ä.
SECRETS = st.text("abcdefghijklmnopqrstuvwxyzäöü李小龍🦊", min_size=12, max_size=60).map(
    lambda text: f"ä{text[1:]}"
)


def says(value: Any) -> str:
    """All that ``value`` tells when it is printed, logged or formatted."""
    texts = [repr(value), str(value), f"{value}", repr([value]), repr({"value": value})]
    if isinstance(value, BaseException):
        texts += [repr(value.args), repr(vars(value)), repr(value.__cause__)]
    return "\n".join(texts)


@given(secret=SECRETS)
def test_a_customer_and_its_update(secret: str) -> None:
    personal = dict.fromkeys(
        ("email", "email_key", "fname", "lname", "address1", "address2", "password_hash"), secret
    )
    customer = a_customer(**personal)
    update = an_update(
        customer,
        profile={"fname": secret, "address1": secret},
        email=a_change_of_email(customer, secret, secret),
        password_hash=secret,
    )

    for value in (customer, update, CustomerWithSessions(customer, ())):
        assert secret not in says(value)


@given(random=st.binary(min_size=32, max_size=32))
def test_a_context_id_and_the_result_of_a_login(random: bytes) -> None:
    context_id = ContextId.new("ann", random)
    secret = context_id.secret.removesuffix(".ann")
    session = a_session("ann", session_id=context_id.session_id)

    token = DeviceToken.new(random)
    device = Device(token.device_id, START)
    for value in (context_id, session, LoginResult(context_id.secret, session, token.secret)):
        assert secret not in says(value)
    for value in (token, device, DeviceUse(device), LoginResult("", session, token.secret)):
        assert token.secret not in says(value)
    assert context_id.secret not in says(context_id)


@given(secret=SECRETS)
def test_an_attempt_to_log_in(secret: str) -> None:
    attempt = Attempt.of(secret, at=START, rate_limit=RateLimit(1, timedelta(seconds=1)))

    assert secret not in says(attempt)


@given(secret=SECRETS, random=st.binary(min_size=32, max_size=32))
def test_a_link_and_its_mail(secret: str, random: bytes) -> None:
    token = OneTimeToken.new("ann", random)
    address = EmailAddress(secret, secret)
    stored = StoredToken(token.token_hash, START, address)
    issue = TokenIssue(
        customer_id="ann",
        purpose=TokenPurpose.VERIFY_EMAIL,
        token=stored,
        if_email=secret,
        if_password_version=1,
    )
    notification = Notification(
        kind=NotificationKind.VERIFY_EMAIL, customer_id="ann", address=secret, token=token
    )
    customer = a_customer(email_verification=stored, password_reset=stored)

    for value in (token, stored, issue, notification, customer):
        for hidden in (secret, token.secret, token.token_hash):
            assert hidden not in says(value)


@given(secret=SECRETS)
def test_where_a_session_is_from(secret: str) -> None:
    details = SessionDetails(a_session("ann"), source=secret, user_agent=secret)

    assert secret not in says(details)


@given(secret=SECRETS)
def test_settings(secret: str) -> None:
    environ = {
        "CUSTOMER_ADMIN_ID": "root",
        "CUSTOMER_ADMIN_PASSWORD": secret,
        "CUSTOMER_PASSWORD_BLOCKLIST": "false",
    }

    assert secret not in says(Settings.from_environ(environ))


@given(
    secret=SECRETS,
    suffix=st.sampled_from(["", "\n", "\x00", "\ud800", "x" * 1024]),
    customer_id=st.sampled_from(["ann", "nobody", "a b", "-"]),
    email=st.sampled_from([None, "ann@shop.example", "nobody"]),
)
def test_errors_about_passwords(secret: str, suffix: str, customer_id: str, email: Any) -> None:
    bench = Workbench()
    bench.add("ann")
    password = secret + suffix
    errors: list[CustomerServiceError] = []
    for action in (
        lambda: bench.sessions.login(customer_id=customer_id, email=email, password=password),
        lambda: bench.sessions.login(customer_id=customer_id, password=password),
        lambda: bench.sessions.login(
            customer_id=customer_id, password="not the password", device_token=password
        ),
        lambda: bench.add(customer_id, password=password, email=email),
        lambda: bench.update(customer_id, password=password, if_version=7),
        lambda: bench.customers.update_customer(
            customer_id, actor=bench.login("ann").session, password=password
        ),
        lambda: bench.sessions.check_session(f"{password}.ann"),
        lambda: bench.sessions.logout(password, customer_id=customer_id),
        lambda: bench.roles.grant_role(customer_id, password, actor=OPERATOR),
        lambda: bench.password_change.change_password(
            actor=bench.login("ann").session, password=password, new_password=password + "2"
        ),
        lambda: bench.accounts.change_email(actor=bench.login("ann").session, email=password),
        lambda: bench.sessions.end_session("ann", password, actor=bench.login("ann").session),
        lambda: bench.password_reset.request_reset(email=password),
        lambda: bench.password_reset.complete_reset(token=password, password=password),
        lambda: bench.email_verification.complete_verification(token=password),
    ):
        try:
            action()
        except CustomerServiceError as error:
            errors.append(error)

    assert len(errors) >= 12
    assert secret not in "\n".join(map(says, errors))


@given(secret=SECRETS)
def test_the_audit_log(secret: str) -> None:
    bench = Workbench()
    # A password must not be a word about the customer, nor a repetition.
    bench.add("ann", password=f"my {secret} 1", fname=secret, address1=secret)
    # A local part has 64 bytes at most, and no character takes more than four.
    name = secret[:12]
    bench.update("ann", password=f"my {secret} 2", lname=secret, email=f"{name}@shop.example")
    bench.calls.during(lambda: bench.login("ann", secret))
    bench.calls.during(lambda: bench.sessions.login(email=f"{name}2@shop.example", password=secret))

    actor = bench.login("ann", f"my {secret} 2").session
    for action in (
        lambda: bench.accounts.update_account(actor=actor, lname=f"{secret}2"),
        lambda: bench.password_reset.request_reset(email=f"{name}@shop.example"),
        lambda: bench.password_reset.complete_reset(token=secret, password=f"my {secret} 3"),
        lambda: bench.password_change.change_password(
            actor=actor, password=f"my {secret} 2", new_password=f"my {secret} 3"
        ),
        lambda: bench.password_change.change_password(
            actor=actor, password=f"my {secret} 2", new_password=f"my {secret} 4"
        ),
    ):
        with suppress(CustomerServiceError):
            action()
        bench.background.run_all()

    for customer_id in ("ann", "-"):
        assert bench.log(customer_id)
        assert name not in says(bench.log(customer_id))
