"""The session check around any ASGI application: FastAPI, Starlette and others, on asyncio."""

from collections.abc import Iterable, Iterator

from ...domain.errors import CustomerServiceError, RefusalReason, SessionRefusedError
from ...domain.session import Session
from ...ports.session_checker import SessionChecker
from ..http.bearer import parse_bearer
from .asgi_check import AsyncCheck
from .asgi_refusal import refuse_http, refuse_websocket
from .asgi_types import ASGIApplication, Receive, Scope, Send
from .public_paths import PublicPaths
from .reply import problem_reply

__all__ = ["SessionMiddleware"]


class SessionMiddleware:
    """Lets only requests and websockets with a live session through to ``app``.

    The session is ``scope["state"]["session"]``, which Starlette and FastAPI show as
    ``request.state.session``; None on a public path. Scope and state are copies, as ASGI asks of
    middleware: nothing of a session is left where another request might find it, and middleware
    outside does not see what the application adds to its scope. A websocket is refused before it is
    accepted; once accepted, it is not checked again.

    There are no roles by path, on purpose: see the WSGI middleware.

    Args:
        app: the application to protect.
        checker: any SessionChecker; asked in a thread, unless it has ``cached``: see AsyncCheck.
        role: what every caller must be, such as ``admin``; None asks for a session alone.
        public: the paths that need no session, whatever the method and the host: exact ones, and
            prefixes that end in a slash. A path that holds the ``root_path`` is public only if it
            is named with it and without it. See PublicPaths for what is refused.
        threads: how many checks may run at a time.
        time_limit: seconds that a request waits for its check, before it is answered 503.
    """

    def __init__(
        self,
        app: ASGIApplication,
        checker: SessionChecker,
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
        try:
            session = await self._checked(scope)
        except CustomerServiceError as error:
            reply = problem_reply(error, next(_values(scope, b"x-request-id"), None))
            refuse = refuse_http if scope["type"] == "http" else refuse_websocket
            return await refuse(reply, scope, receive, send)
        state = {**scope.get("state", {}), "session": session}
        return await self._app({**scope, "state": state}, receive, send)

    async def _checked(self, scope: Scope) -> Session | None:
        if self._is_public(scope):
            return None
        return await self._check.check_session(_bearer(scope), role=self._role)

    def _is_public(self, scope: Scope) -> bool:
        root_path: str = scope.get("root_path") or ""
        return all(self._public.contains_below(root_path, path) for path in _paths(scope))


def _values(scope: Scope, name: bytes) -> Iterator[str]:
    return (value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name)


def _bearer(scope: Scope) -> str | None:
    """What the one Authorization header carries.

    Raises:
        SessionRefusedError: it is of another form, or there are two (RFC 9110, 5.3), of which
            whoever is in front of us may have looked at the other one (MALFORMED).
    """
    given = [*_values(scope, b"authorization")]
    if len(given) > 1:
        raise SessionRefusedError(RefusalReason.MALFORMED)
    return parse_bearer(given[0] if given else None)


def _paths(scope: Scope) -> Iterator[str]:
    """The path as frameworks find it: decoded by the server, and as it was sent.

    Whoever looks at the second may not see another path than who looks at the first.
    """
    yield scope["path"]
    if scope.get("raw_path"):
        yield scope["raw_path"].partition(b"?")[0].decode("latin-1")
