"""Sessions over HTTP: login, logout, session check, and the sessions of a customer."""

from typing import Any, Final, cast

import falcon

from ...domain.errors import (
    CustomerNotFoundError,
    ForbiddenError,
    LoginRefusedError,
    LoginRequiredError,
    RefusalReason,
    ServiceBusyError,
    SessionRefusedError,
    TooManyAttemptsError,
    VersionConflictError,
)
from ...domain.fields import CUSTOMER_ID, Faults
from ...domain.session import ContextId, Session
from ..json_members import whole_pattern
from ..services import Services
from ..session_json import LoginJson, details_json, login_json, session_json, times_json
from .answers import ChangeAnswer, CheckAnswer, ListedSessionJson, SessionsAnswer
from .bearer import parse_bearer
from .credentials import read_credentials, require_session
from .operation import Credentials, Parameter, RequestBody, Tag, operation
from .problem import NamedSessionRefusedError
from .query import read_query
from .request_schema import RequestSchema
from .target_customer import ID_MESSAGE, read_id_message

_LOGIN = RequestSchema(
    ("customer_id", "email", "password", "device_token", "context_id"), required=("password",)
)
_CREDENTIALS = RequestSchema(("customer_id", "context_id"))
_OF_CUSTOMER: Final = Parameter(
    "customer_id",
    "Require that the session belongs to this customer.",
    {"type": "string", **whole_pattern(CUSTOMER_ID)},
)
_DETAILS: Final = Parameter(
    "details",
    "Whether the answer also says where each session was opened. This costs one read more.",
    {"type": "string", "enum": ["true", "false"]},
)
_REASONS_WITHOUT_ID = (RefusalReason.MISSING, RefusalReason.MALFORMED)


def named_refusal(error: SessionRefusedError, context_id: str | None) -> SessionRefusedError:
    """``error`` with the id of the session that ``context_id`` names, if it names one."""
    if error.reason in _REASONS_WITHOUT_ID:
        return error
    return NamedSessionRefusedError(error.reason, ContextId.parse(context_id).session_id)


class LoginResource:
    """``PUT /api/v1/customer/login``."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions

    @operation(
        "login",
        Tag.SHOP,
        LoginJson,
        body=RequestBody(schema=_LOGIN, one_of=("customer_id", "email")),
        credentials=Credentials.SESSION_OR_NONE,
        problems=(
            LoginRefusedError,
            VersionConflictError,
            TooManyAttemptsError,
            ServiceBusyError,
        ),
    )
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Open a session, and end the one that the request presents."""
        message = _LOGIN.read(req)
        fields: dict[str, Any] = message.fields
        if "context_id" not in fields:
            fields = {**fields, "context_id": _presented_session(req)}
        req.context.login_name = message.fields.get("customer_id") or message.fields.get("email")
        result = self._sessions.login(
            **fields,
            source=req.context.source,
            user_agent=req.user_agent,
            found=message.faults,
        )
        req.context.customer_id = result.session.customer_id
        resp.media = login_json(result, "Logged in.")


class LogoffResource:
    """``PUT /api/v1/customer/logoff``."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions

    @operation(
        "logout",
        Tag.SHOP,
        ChangeAnswer,
        body=_CREDENTIALS,
        credentials=Credentials.SESSION_OR_NONE,
        parameters=(_OF_CUSTOMER,),
    )
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End the session of the credentials."""
        customer_id = self._sessions.logout(**read_credentials(req, _CREDENTIALS.read(req)))
        req.context.customer_id = customer_id
        answer: ChangeAnswer = {"customer_id": customer_id, "message": "Logged out."}
        resp.media = answer


class SessionResource:
    """``/api/v1/customer/session``: the session check.

    The credentials come in the header Authorization or in the body. Some clients cannot send a
    body with GET, so POST does the same.
    """

    def __init__(self, services: Services) -> None:
        self._session_check = services.session_check

    @operation(
        "check_session",
        Tag.CHECK,
        CheckAnswer,
        body=_CREDENTIALS,
        credentials=Credentials.SESSION_OR_NONE,
        parameters=(_OF_CUSTOMER,),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Check a session.

        The answer names the session, so a client can detect the answer to another request.
        """
        credentials = read_credentials(req, _CREDENTIALS.read(req))
        try:
            session = self._session_check.check_session(**credentials)
        except SessionRefusedError as error:
            raise named_refusal(error, credentials["context_id"]) from error
        req.context.customer_id = session.customer_id
        answer: CheckAnswer = {"session_id": session.session_id, **session_json(session)}
        resp.media = answer

    on_post = on_get


class CustomerSessionsResource:
    """``/api/v1/customer/{customer_id}/sessions``, for the customer and for admins."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions
        self._session_check = services.session_check

    @operation(
        "list_sessions",
        Tag.ADMIN,
        SessionsAnswer,
        body=ID_MESSAGE,
        parameters=(_DETAILS,),
        problems=(ForbiddenError, CustomerNotFoundError),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """List the live sessions, oldest first; with ``?details=true`` also where they are from.

        The details cost one read more.
        """
        actor = require_session(req, self._session_check)
        faults = read_id_message(req, customer_id).faults
        listed: list[ListedSessionJson]
        if _wants_details(req, faults):
            described = self._sessions.describe_sessions(customer_id, actor=actor, found=faults)
            listed = [cast("ListedSessionJson", details_json(details)) for details in described]
        else:
            sessions = self._sessions.list_sessions(customer_id, actor=actor, found=faults)
            listed = [_listed_json(session) for session in sessions]
        req.context.target = customer_id
        answer: SessionsAnswer = {"customer_id": customer_id, "sessions": listed}
        resp.media = answer

    @operation(
        "end_sessions",
        Tag.ADMIN,
        ChangeAnswer,
        body=ID_MESSAGE,
        problems=(
            ForbiddenError,
            LoginRequiredError,
            CustomerNotFoundError,
            VersionConflictError,
        ),
    )
    def on_delete(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """End all sessions."""
        actor = require_session(req, self._session_check)
        faults = read_id_message(req, customer_id).faults
        self._sessions.end_sessions(customer_id, actor=actor, found=faults)
        req.context.target = customer_id
        answer: ChangeAnswer = {"customer_id": customer_id, "message": "All sessions ended."}
        resp.media = answer


def _listed_json(session: Session) -> ListedSessionJson:
    times = times_json(session)
    return {
        "session_id": session.session_id,
        "issued_at": times["issued_at"],
        "expires_at": times["expires_at"],
    }


def _wants_details(req: falcon.Request, faults: Faults) -> bool:
    details = read_query(req, ("details",), faults).get("details", "false")
    if details not in ("true", "false"):
        faults.note("details", "must be true or false")
    return details == "true"


def _presented_session(req: falcon.Request) -> str | None:
    """The ``context_id`` in the header Authorization; None without it, or if it has another form.

    A client may send that header with every request, and its session may have ended long ago. A
    login must not fail for that.
    """
    try:
        return ContextId.parse(parse_bearer(req.get_header("Authorization"))).secret
    except SessionRefusedError:
        return None
