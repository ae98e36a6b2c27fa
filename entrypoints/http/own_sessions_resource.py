"""A customer's own sessions over HTTP."""

import falcon

from ...domain.errors import LoginRequiredError, SessionNotFoundError, VersionConflictError
from ..services import Services
from ..session_json import details_json
from .answers import ChangeAnswer, OwnSessionsAnswer
from .credentials import require_session
from .operation import Tag, operation
from .request_schema import NO_FIELDS


class OwnSessionsResource:
    """``/api/v1/customer/me/sessions``."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions
        self._session_check = services.session_check

    @operation("list_own_sessions", Tag.OWN, OwnSessionsAnswer, body=NO_FIELDS)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the own live sessions, oldest first, with where they were opened."""
        actor = require_session(req, self._session_check)
        faults = NO_FIELDS.read(req).faults
        sessions = self._sessions.describe_sessions(actor.customer_id, actor=actor, found=faults)
        answer: OwnSessionsAnswer = {
            "customer_id": actor.customer_id,
            "sessions": [
                {**details_json(details), "current": details.session.session_id == actor.session_id}
                for details in sessions
            ],
        }
        resp.media = answer

    @operation(
        "end_other_sessions",
        Tag.OWN,
        ChangeAnswer,
        body=NO_FIELDS,
        problems=(LoginRequiredError, VersionConflictError),
    )
    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End every own session but the one that asks."""
        actor = require_session(req, self._session_check)
        NO_FIELDS.read(req).faults.raise_if_any()
        self._sessions.end_other_sessions(actor)
        answer: ChangeAnswer = {
            "customer_id": actor.customer_id,
            "message": "Other sessions ended.",
        }
        resp.media = answer


class OwnSessionResource:
    """``DELETE /api/v1/customer/me/sessions/{session_id}``."""

    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions
        self._session_check = services.session_check

    @operation(
        "end_session",
        Tag.OWN,
        ChangeAnswer,
        body=NO_FIELDS,
        problems=(LoginRequiredError, SessionNotFoundError, VersionConflictError),
    )
    def on_delete(self, req: falcon.Request, resp: falcon.Response, session_id: str) -> None:
        """End one own session."""
        actor = require_session(req, self._session_check)
        faults = NO_FIELDS.read(req).faults
        self._sessions.end_session(actor.customer_id, session_id, actor=actor, found=faults)
        answer: ChangeAnswer = {"customer_id": actor.customer_id, "message": "Session ended."}
        resp.media = answer
