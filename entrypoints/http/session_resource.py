"""Sessions over HTTP: login, logout, session check, and the sessions of a customer."""

from typing import Any

import falcon

from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.fields import Faults
from ...domain.session import ContextId
from ..services import Services
from ..session_json import details_json, login_json, session_json, times_json
from .bearer import parse_bearer
from .credentials import read_credentials, require_session
from .problem import NamedSessionRefusedError
from .query import read_query
from .request_schema import RequestSchema
from .target_customer import read_id_message

_LOGIN = RequestSchema(
    ("customer_id", "email", "password", "device_token", "context_id"), required=("password",)
)
_CREDENTIALS = RequestSchema(("customer_id", "context_id"))
_REASONS_WITHOUT_ID = (RefusalReason.MISSING, RefusalReason.MALFORMED)


class LoginResource:
    """``PUT /api/v1/customer/login``."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions

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

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End the session of the credentials."""
        customer_id = self._sessions.logout(**read_credentials(req, _CREDENTIALS.read(req)))
        req.context.customer_id = customer_id
        resp.media = {"customer_id": customer_id, "message": "Logged out."}


class SessionResource:
    """``/api/v1/customer/session``: the session check.

    The credentials come in the header Authorization or in the body. Some clients cannot send a
    body with GET, so POST does the same.
    """

    def __init__(self, services: Services) -> None:
        self._session_check = services.session_check

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Check a session.

        The reply names the session, so a client can detect the reply to another request.
        """
        credentials = read_credentials(req, _CREDENTIALS.read(req))
        try:
            session = self._session_check.check_session(**credentials)
        except SessionRefusedError as error:
            if error.reason in _REASONS_WITHOUT_ID:
                raise
            session_id = ContextId.parse(credentials["context_id"]).session_id
            raise NamedSessionRefusedError(error.reason, session_id) from error
        req.context.customer_id = session.customer_id
        resp.media = {"session_id": session.session_id, **session_json(session)}

    on_post = on_get


class CustomerSessionsResource:
    """``/api/v1/customer/{customer_id}/sessions``, for the customer and for admins."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions
        self._session_check = services.session_check

    def on_get(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """List the live sessions, oldest first; with ``?details=true`` also where they are from.

        The details cost one read more.
        """
        actor = require_session(req, self._session_check)
        faults = read_id_message(req, customer_id).faults
        listed: list[dict[str, Any]]
        if _wants_details(req, faults):
            described = self._sessions.describe_sessions(customer_id, actor=actor, found=faults)
            listed = [details_json(details) for details in described]
        else:
            sessions = self._sessions.list_sessions(customer_id, actor=actor, found=faults)
            listed = [
                {"session_id": session.session_id, **times_json(session)} for session in sessions
            ]
        req.context.target = customer_id
        resp.media = {"customer_id": customer_id, "sessions": listed}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """End all sessions."""
        actor = require_session(req, self._session_check)
        faults = read_id_message(req, customer_id).faults
        self._sessions.end_sessions(customer_id, actor=actor, found=faults)
        req.context.target = customer_id
        resp.media = {"customer_id": customer_id, "message": "All sessions ended."}


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
