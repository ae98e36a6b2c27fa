"""The session of a request in Flask."""

from flask import Request

from ...domain.session import Session
from . import wsgi

__all__ = ["session_of"]


def session_of(request: Request) -> Session:
    """The session of ``flask.request``, for a view.

    Raises:
        RuntimeError: there is no session, because the path is public or the WSGI SessionMiddleware
            is missing. That is an error in the program, not of the caller.
    """
    return wsgi.session_of(request.environ)
