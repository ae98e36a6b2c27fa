"""The forgotten password over HTTP."""

from typing import Any, Final

import falcon

from ...domain.errors import (
    MailOffError,
    ServiceBusyError,
    TokenRefusedError,
    TooManyAttemptsError,
    VersionConflictError,
)
from ..services import Services
from .answers import ChangeAnswer, MessageAnswer
from .operation import Credentials, RequestBody, Tag, operation
from .request_schema import RequestSchema

_NAME: Final = RequestSchema(("customer_id", "email"))
_COMPLETION: Final = RequestSchema(("token", "password"), required=("token", "password"))


class PasswordResetResource:
    """``POST /api/v1/customer/password-reset``."""

    def __init__(self, services: Services) -> None:
        self._password_reset = services.password_reset

    @operation(
        "request_password_reset",
        Tag.LINKS,
        MessageAnswer,
        body=RequestBody(schema=_NAME, one_of=("customer_id", "email")),
        credentials=Credentials.NONE,
        problems=(MailOffError, TooManyAttemptsError),
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Mail a link to the customer, if there is one. The answer is always the same."""
        message = _NAME.read(req)
        fields: dict[str, Any] = message.fields
        self._password_reset.request_reset(
            source=req.context.source, found=message.faults, **fields
        )
        answer: MessageAnswer = {
            "message": "If there is such a customer, a link is on its way by e-mail."
        }
        resp.media = answer


class PasswordResetCompletionResource:
    """``POST /api/v1/customer/password-reset/complete``."""

    def __init__(self, services: Services) -> None:
        self._password_reset = services.password_reset

    @operation(
        "complete_password_reset",
        Tag.LINKS,
        ChangeAnswer,
        body=_COMPLETION,
        credentials=Credentials.NONE,
        problems=(
            TokenRefusedError,
            ServiceBusyError,
            VersionConflictError,
            TooManyAttemptsError,
        ),
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Set a new password with the token of the link."""
        message = _COMPLETION.read(req)
        fields: dict[str, Any] = message.fields
        customer = self._password_reset.complete_reset(
            source=req.context.source, found=message.faults, **fields
        )
        req.context.customer_id = customer.customer_id
        answer: ChangeAnswer = {
            "customer_id": customer.customer_id,
            "message": "Password changed. Log in with it.",
        }
        resp.media = answer
