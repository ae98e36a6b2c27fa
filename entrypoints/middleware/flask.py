"""The session check in a Flask application."""

from collections.abc import Iterable

from flask import Flask, Request, Response, request

from ...domain.errors import CustomerServiceError
from ...domain.session import Session
from ...ports.session_checker import SessionChecker
from . import wsgi
from .reply import problem_reply

__all__ = ["protect", "session_of"]


def protect(
    app: Flask, checker: SessionChecker, *, role: str | None = None, public: Iterable[str] = ()
) -> None:
    """Demand a live session for everything that ``app`` serves, unless its path is ``public``.

    This wraps ``app.wsgi_app`` in the WSGI SessionMiddleware, which says what the arguments mean.
    All other errors of this library that a view raises become problems.
    """
    protected = wsgi.SessionMiddleware(app.wsgi_app, checker, role=role, public=public)
    app.wsgi_app = protected  # type: ignore[method-assign] # as Flask's documentation wraps it
    app.register_error_handler(CustomerServiceError, _on_service_error)


def session_of(request: Request) -> Session:
    """The session of ``flask.request``, for a view.

    Raises:
        RuntimeError: there is no session, because the path is public or the application is not
            protected. That is an error in the program, not of the caller.
    """
    return wsgi.session_of(request.environ)


def _on_service_error(error: CustomerServiceError) -> Response:
    reply = problem_reply(error, request.headers.get("X-Request-ID"))
    return Response(reply.body, reply.status, reply.headers)
