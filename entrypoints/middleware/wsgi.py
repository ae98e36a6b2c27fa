"""The session check around any WSGI application (PEP 3333): Flask and others."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ...domain.errors import CustomerServiceError
from ...domain.session import Session
from ...domain.trace_context import trace_context
from ...ports.session_checker import SessionChecker
from ..http.bearer import parse_bearer
from .checker_kind import require_blocking
from .public_paths import PublicPaths
from .reply import problem_reply
from .view_session import NOT_CHECKED, require_session

__all__ = ["SessionMiddleware", "session_of"]

KEY: Final = "cybershop.session"
"""The key of the session in the environ. Its value is None on a public path."""


class SessionMiddleware:
    """Lets only requests with a live session through to ``app``.

    It does not read the body of a request, and it passes on what ``app`` returns. The check, and
    each call of this library's clients that ``app`` makes before it returns, names the trace of the
    request (``traceparent``).

    Roles cannot be demanded by path. The framework decides which code a path leads to, so a caller
    who finds another spelling of the path would evade a rule beside the routes. Let the view demand
    its role, with ``session_of(environ).require("admin")``. Give ``role`` to an application that is
    for one role only.

    Args:
        app: the application to protect.
        checker: any SessionChecker.
        role: the role that every caller must have, such as ``admin``. With None, a session is
            enough.
        public: the paths (PATH_INFO) that need no session, for every method and host: exact paths,
            and prefixes that end in a slash. PublicPaths says which paths are invalid.
    """

    def __init__(
        self,
        app: WSGIApplication,
        checker: SessionChecker,
        *,
        role: str | None = None,
        public: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._checker = require_blocking(checker)
        self._role = role
        self._public = PublicPaths(public)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with trace_context(environ.get("HTTP_TRACEPARENT"), environ.get("HTTP_TRACESTATE")):
            try:
                environ[KEY] = self._check_session(environ)
            except CustomerServiceError as error:
                return _refuse(error, environ, start_response)
            return self._app(environ, start_response)

    def _check_session(self, environ: WSGIEnvironment) -> Session | None:
        if _is_sent_plainly(environ) and environ.get("PATH_INFO", "") in self._public:
            return None
        # Servers join repeated headers with a comma, which no context_id contains.
        context_id = parse_bearer(environ.get("HTTP_AUTHORIZATION"))
        return self._checker.check_session(context_id, role=self._role)


def _is_sent_plainly(environ: WSGIEnvironment) -> bool:
    """Whether the path was sent without percent-encoding, as far as the environ shows.

    PATH_INFO is decoded. An application may route by the path as it was sent.
    """
    sent = (str(environ.get(name, "")) for name in ("RAW_URI", "REQUEST_URI"))
    return not any("%" in target.partition("?")[0] for target in sent)


def session_of(environ: WSGIEnvironment) -> Session:
    """The session of the request, for a view.

    Raises:
        RuntimeError: there is no session, because the path is public or SessionMiddleware is
            missing. That is an error in the program, not of the caller.
    """
    return require_session(
        environ.get(KEY, NOT_CHECKED),
        "cybershop_customer.entrypoints.middleware.wsgi.SessionMiddleware",
    )


def _refuse(
    error: CustomerServiceError, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    reply = problem_reply(error, environ.get("HTTP_X_REQUEST_ID"))
    status = HTTPStatus(reply.status)
    headers = [*reply.headers.items(), ("Content-Length", str(len(reply.body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]
