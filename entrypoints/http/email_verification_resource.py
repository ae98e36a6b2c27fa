"""The proof of an e-mail address over HTTP."""

from typing import Any, Final

import falcon

from ...domain.errors import (
    EmailTakenError,
    MailOffError,
    TokenRefusedError,
    TooManyAttemptsError,
    VersionConflictError,
)
from ..services import Services
from .answers import ChangeAnswer, MessageAnswer
from .operation import Credentials, RequestBody, Tag, operation
from .request_schema import RequestSchema

_NAME: Final = RequestSchema(("customer_id", "email"))
_COMPLETION: Final = RequestSchema(("token",), required=("token",))


class EmailVerificationResource:
    """``POST /api/v1/customer/email-verification``."""

    def __init__(self, services: Services) -> None:
        self._email_verification = services.email_verification

    @operation(
        "request_email_verification",
        Tag.LINKS,
        MessageAnswer,
        body=RequestBody(schema=_NAME, one_of=("customer_id", "email")),
        credentials=Credentials.NONE,
        problems=(MailOffError, TooManyAttemptsError),
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Mail the link again, if an address is to be proven. The answer is always the same."""
        message = _NAME.read(req)
        fields: dict[str, Any] = message.fields
        self._email_verification.request_verification(
            source=req.context.source, found=message.faults, **fields
        )
        answer: MessageAnswer = {
            "message": "If an address is to be proven, a link is on its way to it."
        }
        resp.media = answer


class EmailVerificationCompletionResource:
    """``POST /api/v1/customer/email-verification/complete``."""

    def __init__(self, services: Services) -> None:
        self._email_verification = services.email_verification

    @operation(
        "complete_email_verification",
        Tag.LINKS,
        ChangeAnswer,
        body=_COMPLETION,
        credentials=Credentials.NONE,
        problems=(
            TokenRefusedError,
            EmailTakenError,
            VersionConflictError,
            TooManyAttemptsError,
        ),
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Prove the address with the token of the link."""
        message = _COMPLETION.read(req)
        fields: dict[str, Any] = message.fields
        customer = self._email_verification.complete_verification(
            source=req.context.source, found=message.faults, **fields
        )
        req.context.customer_id = customer.customer_id
        text = "E-mail address proven. It can be used to log in."
        answer: ChangeAnswer = {"customer_id": customer.customer_id, "message": text}
        resp.media = answer
