"""The session check around any WSGI application (PEP 3333): Flask and others."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ...domain.errors import CustomerServiceError
from ...domain.session import Session
from ...ports.session_checker import SessionChecker
from ..http.bearer import parse_bearer
from .public_paths import PublicPaths
from .reply import problem_reply

__all__ = ["SessionMiddleware", "session_of"]

KEY: Final = "cybershop.session"
"""Where the session stands in the environ; None on a public path."""


class SessionMiddleware:
    """Lets only requests with a live session through to ``app``.

    A request's body is left unread, and what ``app`` returns is passed on as it is.

    There are no roles by path, on purpose: which code a path leads to is the framework's to
    say, and a rule beside its routes is passed by whoever finds a second way to write the path.
    A view asks for its role itself, by ``session_of(environ).require("admin")``; an application
    that is for one role altogether gets ``role``.

    Args:
        app: the application to protect.
        checker: any SessionChecker.
        role: what every caller must be, such as ``admin``; None asks for a session alone.
        public: the paths (PATH_INFO) that need no session, whatever the method and the host:
            exact ones, and prefixes that end in a slash. See PublicPaths for what is refused.
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
        self._checker = checker
        self._role = role
        self._public = PublicPaths(public)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            environ[KEY] = self._checked(environ)
        except CustomerServiceError as error:
            return _refuse(error, environ, start_response)
        return self._app(environ, start_response)

    def _checked(self, environ: WSGIEnvironment) -> Session | None:
        if _is_sent_plainly(environ) and environ.get("PATH_INFO", "") in self._public:
            return None
        # Servers join headers that come twice by a comma, which is in no context_id.
        context_id = parse_bearer(environ.get("HTTP_AUTHORIZATION"))
        return self._checker.check_session(context_id, role=self._role)


def _is_sent_plainly(environ: WSGIEnvironment) -> bool:
    """Whether the path was sent without percent-encoding, as far as the server tells.

    PATH_INFO is decoded. An application may route by the path as it was sent.
    """
    sent = (str(environ.get(name, "")) for name in ("RAW_URI", "REQUEST_URI"))
    return not any("%" in target.partition("?")[0] for target in sent)


def session_of(environ: WSGIEnvironment) -> Session:
    """The session of the request, for a view.

    Raises:
        RuntimeError: there is none, since the path is public or nothing checks sessions here.
            That is a fault of the program, not of the caller.
    """
    session: Session | None = environ.get(KEY)
    if session is None:
        raise RuntimeError("no session here: the path is public, or SessionMiddleware is missing")
    return session


def _refuse(
    error: CustomerServiceError, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    reply = problem_reply(error, environ.get("HTTP_X_REQUEST_ID"))
    status = HTTPStatus(reply.status)
    headers = [*reply.headers.items(), ("Content-Length", str(len(reply.body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]
