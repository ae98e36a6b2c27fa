"""The calls that need no session."""

from typing import Unpack

from ...domain.customer_profile import AddedCustomer
from ...domain.errors import (
    CustomerExistsError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    LoginRefusedError,
    MailOffError,
    TokenRefusedError,
)
from ...domain.fields import Faults, Profile, complete_profile
from ...domain.idempotency_key import idempotency_key_fault
from ...domain.one_time_token import OneTimeToken
from ...domain.session import ContextId, LoginResult
from .api_call import BASE, ApiCall, bearer, on_behalf, path
from .results import read_accepted, read_added, read_customer_id, read_login


def add_customer(
    *,
    email: str,
    password: str,
    customer_id: str | None,
    source: str | None,
    idempotency_key: str | None,
    **profile: Unpack[Profile[str]],
) -> ApiCall[AddedCustomer]:
    """``POST /api/v1/customer``. With a key it may be sent again (Idempotency-Key, IETF draft).

    Raises:
        InvalidInputError: the key has a fault.
    """
    # A profile field that is None is a fault, as it is in process, and not a field left out.
    texts = {name: text if isinstance(text, str) else False for name, text in profile.items()}
    complete_profile(profile)
    key: dict[str, str] = {}
    if idempotency_key is not None:
        faults = Faults()
        # A header cannot carry every text.
        faults.note("idempotency_key", idempotency_key_fault(idempotency_key))
        faults.raise_if_any()
        key["Idempotency-Key"] = f'"{idempotency_key}"'
    return ApiCall(
        method="POST",
        target=BASE,
        fields={"customer_id": customer_id, "email": email, "password": password, **texts},
        headers={**on_behalf(source), **key},
        parse=read_added,
        repeatable=idempotency_key is not None,
        customer_id=customer_id,
        errors={CustomerExistsError, EmailTakenError, IdempotencyKeyReusedError},
    )


def login(
    *,
    password: str,
    customer_id: str | None,
    email: str | None,
    device_token: str | None,
    context_id: str | None,
    source: str | None,
    user_agent: str | None,
) -> ApiCall[LoginResult]:
    """``PUT /api/v1/customer/login``."""
    fields = {
        "customer_id": customer_id,
        "email": email,
        "password": password,
        "device_token": device_token,
        "context_id": context_id,
    }
    return ApiCall(
        method="PUT",
        target=path("login"),
        fields=fields,
        headers=on_behalf(source, user_agent),
        parse=read_login,
        customer_id=customer_id,
        errors={LoginRefusedError},
    )


def logout(claimed: ContextId) -> ApiCall[str]:
    """``PUT /api/v1/customer/logoff``."""
    return ApiCall(
        method="PUT",
        target=path("logoff"),
        fields={},
        headers=bearer(claimed.secret),
        parse=read_customer_id,
        customer_id=claimed.customer_id,
    )


def request_password_reset(
    *, customer_id: str | None, email: str | None, source: str | None
) -> ApiCall[bool]:
    """``POST /api/v1/customer/password-reset``."""
    return ApiCall(
        method="POST",
        target=path("password-reset"),
        fields={"customer_id": customer_id, "email": email},
        headers=on_behalf(source),
        parse=read_accepted,
        errors={MailOffError},
    )


def complete_password_reset(*, token: str, password: str, source: str | None) -> ApiCall[str]:
    """``POST /api/v1/customer/password-reset/complete``."""
    return ApiCall(
        method="POST",
        target=path("password-reset", "complete"),
        fields={"token": token, "password": password},
        headers=on_behalf(source),
        parse=read_customer_id,
        customer_id=_customer_of(token),
        errors={TokenRefusedError},
    )


def request_email_verification(
    *, customer_id: str | None, email: str | None, source: str | None
) -> ApiCall[bool]:
    """``POST /api/v1/customer/email-verification``."""
    return ApiCall(
        method="POST",
        target=path("email-verification"),
        fields={"customer_id": customer_id, "email": email},
        headers=on_behalf(source),
        parse=read_accepted,
        errors={MailOffError},
    )


def complete_email_verification(*, token: str, source: str | None) -> ApiCall[str]:
    """``POST /api/v1/customer/email-verification/complete``."""
    return ApiCall(
        method="POST",
        target=path("email-verification", "complete"),
        fields={"token": token},
        headers=on_behalf(source),
        parse=read_customer_id,
        customer_id=_customer_of(token),
        errors={EmailTakenError, TokenRefusedError},
    )


def _customer_of(token: object) -> str | None:
    """The customer to whom a token of a link was sent; None if it has not the form of one."""
    try:
        return OneTimeToken.parse(token).customer_id
    except TokenRefusedError:
        return None
