"""A customer's own account over HTTP."""

from typing import Any, Final

import falcon

from ...domain.errors import (
    EmailTakenError,
    LoginRequiredError,
    SelfRemovalError,
    ServiceBusyError,
    TooManyAttemptsError,
    VersionConflictError,
    WrongPasswordError,
)
from ...domain.fields import PROFILE
from ..customer_json import CustomerJson, customer_json
from ..services import Services
from ..session_json import LoginJson, login_json
from .answers import ChangeAnswer, EmailChangeAnswer
from .credentials import require_session
from .entity_tag import IF_MATCH, VERSION, entity_tag, parse_if_match
from .media_type import ACCEPT_PATCH, JSON, MERGE_PATCH
from .operation import RequestBody, Tag, operation
from .problem import PRECONDITION_FAILED
from .request_schema import NO_FIELDS, RequestSchema

_PROFILE: Final = RequestSchema(
    tuple(PROFILE),
    elsewhere={
        "email": "is not changed here; send it by PUT to /api/v1/customer/me/email",
        "password": (
            "is not changed here; send it, and new_password, by PUT to /api/v1/customer/me/password"
        ),
        "customer_id": "cannot be changed; leave it out",
    },
    merge_patch=True,
)
_PASSWORDS: Final = RequestSchema(
    ("password", "new_password", "device_token"), required=("password", "new_password")
)
_EMAIL: Final = RequestSchema(("email",), required=("email",))


class AccountResource:
    """``/api/v1/customer/me``, for the customer of the session.

    No request names the customer, so none can name another one.
    """

    def __init__(self, services: Services) -> None:
        self._accounts = services.accounts
        self._session_check = services.session_check

    @operation("get_account", Tag.OWN, CustomerJson, body=NO_FIELDS, headers=VERSION)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Read the own profile."""
        actor = require_session(req, self._session_check)
        customer = self._accounts.get_account(actor=actor, found=NO_FIELDS.read(req).faults)
        resp.media = customer_json(customer)
        resp.set_header("ETag", entity_tag(customer.version))

    @operation(
        "update_account",
        Tag.OWN,
        ChangeAnswer,
        body=RequestBody(schema=_PROFILE, any_of=tuple(PROFILE), media_types=(MERGE_PATCH, JSON)),
        parameters=(IF_MATCH,),
        headers=VERSION,
        problems=(VersionConflictError, PRECONDITION_FAILED),
    )
    def on_patch(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Change the own names and addresses, by a JSON merge patch (RFC 7396)."""
        actor = require_session(req, self._session_check)
        message = _PROFILE.read(req)
        if_version = parse_if_match(req, message.faults)
        changes: dict[str, Any] = message.fields
        version = self._accounts.update_account(
            actor=actor, if_version=if_version, found=message.faults, **changes
        )
        answer: ChangeAnswer = {"customer_id": actor.customer_id, "message": "Account updated."}
        resp.media = answer
        resp.set_header("ETag", entity_tag(version))

    def on_options(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Name the methods, and the types of a patch (RFC 5789, 3.1)."""
        resp.set_header("Allow", "DELETE, GET, HEAD, PATCH")
        resp.set_header("Accept-Patch", ACCEPT_PATCH)

    @operation(
        "delete_account",
        Tag.OWN,
        ChangeAnswer,
        body=NO_FIELDS,
        parameters=(IF_MATCH,),
        problems=(
            LoginRequiredError,
            SelfRemovalError,
            VersionConflictError,
            PRECONDITION_FAILED,
        ),
    )
    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Delete the own account."""
        actor = require_session(req, self._session_check)
        message = NO_FIELDS.read(req)
        if_version = parse_if_match(req, message.faults)
        self._accounts.delete_account(actor=actor, if_version=if_version, found=message.faults)
        answer: ChangeAnswer = {"customer_id": actor.customer_id, "message": "Account deleted."}
        resp.media = answer


class OwnPasswordResource:
    """``PUT /api/v1/customer/me/password``."""

    def __init__(self, services: Services) -> None:
        self._password_change = services.password_change
        self._session_check = services.session_check

    @operation(
        "change_password",
        Tag.OWN,
        LoginJson,
        body=_PASSWORDS,
        problems=(
            WrongPasswordError,
            VersionConflictError,
            TooManyAttemptsError,
            ServiceBusyError,
        ),
    )
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Change the own password, and open a new session."""
        actor = require_session(req, self._session_check)
        message = _PASSWORDS.read(req)
        fields: dict[str, Any] = message.fields
        result = self._password_change.change_password(
            actor=actor,
            source=req.context.source,
            user_agent=req.user_agent,
            found=message.faults,
            **fields,
        )
        resp.media = login_json(result, "Password changed.")


class OwnEmailResource:
    """``PUT /api/v1/customer/me/email``."""

    def __init__(self, services: Services) -> None:
        self._accounts = services.accounts
        self._session_check = services.session_check

    @operation(
        "change_email",
        Tag.OWN,
        EmailChangeAnswer,
        body=_EMAIL,
        problems=(
            LoginRequiredError,
            EmailTakenError,
            VersionConflictError,
            TooManyAttemptsError,
        ),
    )
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Change the own e-mail address, or send a link to the new one."""
        actor = require_session(req, self._session_check)
        message = _EMAIL.read(req)
        changed = self._accounts.change_email(
            actor=actor, email=message.fields["email"], found=message.faults
        )
        text = (
            "E-mail address changed. Log in again."
            if changed
            else "Follow the link in the mail to the new address to change it."
        )
        answer: EmailChangeAnswer = {
            "customer_id": actor.customer_id,
            "changed": changed,
            "message": text,
        }
        resp.media = answer
