"""The session check around any ASGI application: FastAPI, Starlette and others, on asyncio."""

from collections.abc import Iterable, Iterator

from ...domain.errors import CustomerServiceError, RefusalReason, SessionRefusedError
from ...domain.session import Session
from ...domain.trace_context import trace_context
from ..http.bearer import parse_bearer
from .asgi_check import AsyncCheck
from .asgi_refusal import refuse_http, refuse_websocket
from .asgi_types import ASGIApplication, Receive, Scope, Send
from .checker_kind import AnyChecker
from .public_paths import PublicPaths
from .reply import problem_reply

__all__ = ["SessionMiddleware"]


class SessionMiddleware:
    """Lets only requests and websockets with a live session through to ``app``.

    The session is in ``scope["state"]["session"]``, which is ``request.state.session`` in Starlette
    and FastAPI. On a public path it is None. The middleware copies the scope and the state, as ASGI
    demands: no other request can find the session there, and outer middleware does not see what the
    application adds to its scope. A websocket is checked before it is accepted, and not again after
    that. The check, and each call of this library's clients within the request, names the trace of
    the request (``traceparent``).

    Roles cannot be demanded by path. The WSGI middleware says why.

    Args:
        app: the application to protect.
        checker: any AsyncSessionChecker, which the event loop awaits; or any SessionChecker, which
            runs in a thread, unless its method ``cached`` has the answer (see AsyncCheck).
        role: the role that every caller must have, such as ``admin``. With None, a session is
            enough.
        public: the paths that need no session, for every method and host: exact paths, and
            prefixes that end in a slash. A path that contains the ``root_path`` is public only if
            it is public both with and without that. PublicPaths says which paths are invalid.
        threads: how many checks of a SessionChecker may run at a time.
        time_limit: seconds that a request waits for its check before the answer is 503.
    """

    def __init__(
        self,
        app: ASGIApplication,
        checker: AnyChecker,
        *,
        role: str | None = None,
        public: Iterable[str] = (),
        threads: int = 8,
        time_limit: float = 10.0,
    ) -> None:
        self._app = app
        self._check = AsyncCheck(checker, threads=threads, time_limit=time_limit)
        self._role = role
        self._public = PublicPaths(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] not in ("http", "websocket"):
            raise ValueError(f"sessions cannot be checked on the protocol {scope['type']!r}")
        with trace_context(_only(scope, b"traceparent"), _joined(scope, b"tracestate")):
            return await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            session = await self._check_session(scope)
        except CustomerServiceError as error:
            reply = problem_reply(error, next(_values(scope, b"x-request-id"), None))
            refuse = refuse_http if scope["type"] == "http" else refuse_websocket
            return await refuse(reply, scope, receive, send)
        state = {**scope.get("state", {}), "session": session}
        return await self._app({**scope, "state": state}, receive, send)

    async def _check_session(self, scope: Scope) -> Session | None:
        if self._is_public(scope):
            return None
        return await self._check.check_session(_bearer(scope), role=self._role)

    def _is_public(self, scope: Scope) -> bool:
        root_path: str = scope.get("root_path") or ""
        return all(self._public.contains_below(root_path, path) for path in _paths(scope))


def _values(scope: Scope, name: bytes) -> Iterator[str]:
    return (value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name)


def _only(scope: Scope, name: bytes) -> str | None:
    """The value of the header, or None if there is none, or more than one."""
    values = [*_values(scope, name)]
    return values[0] if len(values) == 1 else None


def _joined(scope: Scope, name: bytes) -> str | None:
    """The values of the headers of this name as one (RFC 9110, 5.3), or None."""
    return ",".join(_values(scope, name)) or None


def _bearer(scope: Scope) -> str | None:
    """The bearer of the Authorization header, or None if there is no such header.

    Raises:
        SessionRefusedError: the header has another form, or there are several (MALFORMED). A proxy
            might have read another one of them than this service does (RFC 9110, 5.3).
    """
    headers = [*_values(scope, b"authorization")]
    if len(headers) > 1:
        raise SessionRefusedError(RefusalReason.MALFORMED)
    return parse_bearer(headers[0] if headers else None)


def _paths(scope: Scope) -> Iterator[str]:
    """The path as the server decoded it, and the path as it was sent.

    A framework may route by either of them.
    """
    yield scope["path"]
    if scope.get("raw_path"):
        yield scope["raw_path"].partition(b"?")[0].decode("latin-1")
