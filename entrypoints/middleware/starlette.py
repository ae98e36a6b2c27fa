"""The session of a request in Starlette and FastAPI."""

from starlette.requests import HTTPConnection

from ...domain.session import Session
from .view_session import NOT_CHECKED, require_session

__all__ = ["session_of"]


def session_of(connection: HTTPConnection) -> Session:
    """The session of a request or a websocket, for a view.

    Raises:
        RuntimeError: there is no session, because the path is public or the ASGI SessionMiddleware
            is missing. That is an error in the program, not of the caller.
    """
    state: dict[str, object] = connection.scope.get("state") or {}
    return require_session(
        state.get("session", NOT_CHECKED),
        "cybershop_customer.entrypoints.middleware.asgi.SessionMiddleware",
    )
