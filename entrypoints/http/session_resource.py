"""Sessions over HTTP: login, logoff, session check, and a customer's list of them."""

from typing import Any

import falcon

from ...domain.audit import rfc3339
from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.session import ContextId, Session
from ..services import Services
from .credentials import read_credentials, session_of
from .named_customer import read_named
from .problem import NamedSessionRefusedError
from .request_schema import RequestSchema

_LOGIN = RequestSchema(("customer_id", "email", "password", "device_token"), required=("password",))
_PAIR = RequestSchema(("customer_id", "context_id"))
_NO_SESSION_ID = (RefusalReason.MISSING, RefusalReason.MALFORMED)


class LoginResource:
    """``PUT /api/v1/customer/login``."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Open a session."""
        message = _LOGIN.read(req)
        fields: dict[str, Any] = message.fields
        result = self._sessions.login(**fields, found=message.faults)
        resp.media = {
            **_answer(result.session),
            "context_id": result.context_id,
            "device_token": result.device_token,
            "message": "Logged in.",
        }


class LogoffResource:
    """``PUT /api/v1/customer/logoff``."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End the session that is presented."""
        customer_id = self._sessions.logout(**read_credentials(req, _PAIR.read(req)))
        resp.media = {"customer_id": customer_id, "message": "Logged out."}


class SessionResource:
    """``/api/v1/customer/session``: whose session is this, and what may they do?

    GET with the bearer; the pair of the shop's messages may come as the body of GET or, since
    some clients cannot send one there, of POST.
    """

    def __init__(self, services: Services) -> None:
        self._session_check = services.session_check

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Check a session. Answer and refusal name it, so that they fit no other question."""
        pair = read_credentials(req, _PAIR.read(req))
        try:
            session = self._session_check.check_session(**pair)
        except SessionRefusedError as error:
            if error.reason in _NO_SESSION_ID:
                raise
            session_id = ContextId.parse(pair["context_id"]).session_id
            raise NamedSessionRefusedError(error.reason, session_id) from error
        resp.media = {"session_id": session.session_id, **_answer(session)}

    on_post = on_get


class CustomerSessionsResource:
    """``/api/v1/customer/{customer_id}/sessions``, for an admin or the customer."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions
        self._session_check = services.session_check

    def on_get(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """List the live sessions, oldest first."""
        actor = session_of(req, self._session_check)
        faults = read_named(req, customer_id).faults
        sessions = self._sessions.list_sessions(customer_id, actor=actor, found=faults)
        resp.media = {
            "customer_id": customer_id,
            "sessions": [
                {"session_id": session.session_id, **_times(session)} for session in sessions
            ],
        }

    def on_delete(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """End all sessions."""
        actor = session_of(req, self._session_check)
        faults = read_named(req, customer_id).faults
        self._sessions.end_sessions(customer_id, actor=actor, found=faults)
        resp.media = {"customer_id": customer_id, "message": "All sessions ended."}


def _times(session: Session) -> dict[str, str]:
    return {"issued_at": rfc3339(session.issued_at), "expires_at": rfc3339(session.expires_at)}


def _answer(session: Session) -> dict[str, Any]:
    return {
        "customer_id": session.customer_id,
        "roles": sorted(session.roles),
        **_times(session),
    }
