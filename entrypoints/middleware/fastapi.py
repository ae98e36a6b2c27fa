"""The session check in a FastAPI application, with dependencies that its OpenAPI shows."""

from collections.abc import Awaitable, Callable, Iterable

from fastapi import FastAPI, Request, Response, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from ...domain.errors import CustomerServiceError
from ...domain.session import Session
from .asgi import SessionMiddleware
from .checker_kind import AnyChecker
from .fastapi_openapi import SCHEME, describe_problems
from .reply import problem_reply
from .starlette import session_of

__all__ = ["current_session", "protect", "require_role", "session_of"]


def protect(
    app: FastAPI,
    checker: AnyChecker,
    *,
    role: str | None = None,
    public: Iterable[str] = (),
    threads: int = 8,
    time_limit: float = 10.0,
) -> None:
    """Demand a live session for everything that ``app`` serves, unless its path is ``public``.

    This adds the ASGI SessionMiddleware, which says what the arguments mean. All other errors of
    this library that a view raises become problems. In the application's OpenAPI, each operation
    that depends on ``current_session`` or ``require_role`` has the bearer and the problems that
    answer for it.
    """
    app.add_middleware(
        SessionMiddleware,
        checker=checker,
        role=role,
        public=public,
        threads=threads,
        time_limit=time_limit,
    )
    app.add_exception_handler(CustomerServiceError, _on_service_error)
    describe_problems(app)


class _CurrentSession(SecurityBase):
    """A dependency, and a security scheme of OpenAPI."""

    def __init__(self) -> None:
        self.model = HTTPBearer(description="The `context_id` of a login.")
        self.scheme_name = SCHEME

    async def __call__(self, connection: HTTPConnection) -> Session:
        return session_of(connection)


current_session = _CurrentSession()
"""The session of the request or the websocket: ``Annotated[Session, Depends(current_session)]``.

It raises RuntimeError on a public path, and where ``protect`` was not called.
"""


def require_role(role: str) -> Callable[[Session], Awaitable[Session]]:
    """A dependency that demands ``role``, and returns the session.

    ``Depends(require_role("admin"))`` raises ForbiddenError if the session lacks the role. The
    answer is 403.
    """

    async def session_with_role(
        session: Session = Security(current_session, scopes=[role]),  # noqa: B008 # as FastAPI has it
    ) -> Session:
        session.require(role)
        return session

    return session_with_role


def _on_service_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, CustomerServiceError):
        raise error
    reply = problem_reply(error, request.headers.get("X-Request-ID"))
    return Response(reply.body, reply.status, reply.headers)
