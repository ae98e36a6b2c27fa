"""The session check in a Falcon application."""

from collections.abc import Callable
from typing import Any, Final

from ...adapters.extras import requires_framework

with requires_framework("falcon"):
    import falcon
    import falcon.asgi

from ...domain.errors import CustomerServiceError
from ...domain.session import Session
from ...domain.trace_context import TraceContext, begin_trace
from ...ports.session_checker import SessionChecker
from ..http.problem import MessageError, problem_from_message_error
from ..http.request_id import request_id
from .checker_kind import require_blocking
from .falcon_credentials import Credentials, ReadCredentials, from_header, from_message
from .public_mark import MARK, Marked, is_marked, mark_public
from .reply import Reply, problem_reply, reply_of
from .view_session import NOT_CHECKED, require_session
from .wsgi import KEY

__all__ = [
    "Credentials",
    "from_header",
    "from_message",
    "protect",
    "public",
    "require",
    "session_of",
]

_ASGI_MIDDLEWARE: Final = "cybershop_customer.entrypoints.middleware.asgi.SessionMiddleware"

App = falcon.App[Any, Any]
Hook = Callable[[falcon.Request, falcon.Response, object, dict[str, Any]], None]


def protect(
    app: App, checker: SessionChecker, *, credentials: ReadCredentials = from_header
) -> None:
    """Demand a live session for everything that ``app`` serves, unless it is ``public``.

    The session is ``req.context.session``, or None if the target is public. Sinks and static routes
    are protected like resources. Answers of Falcon itself need no session, because no code of the
    service runs for them: 404, 405, and OPTIONS for a resource without ``on_options``. So a CORS
    preflight passes, wherever CORSMiddleware is among the middleware.

    Refusals, and all other errors of this library that a responder raises, become problems.
    Middleware that changes the path or the method of a request must be added before this call, and
    must make the change in ``process_request``. A request that is changed later is never public.
    The check, and each call of this library's clients within the request, names the trace of the
    request (``traceparent``).

    Args:
        app: the application, at any time before its first request.
        checker: any SessionChecker.
        credentials: the function that reads them: ``from_header``, ``from_message``, or your own.

    Raises:
        TypeError: ``app`` is an ASGI application, or ``checker`` is one for asyncio.
    """
    if isinstance(app, falcon.asgi.App):
        raise TypeError(f"protect is for falcon.App; wrap a falcon.asgi.App in {_ASGI_MIDDLEWARE}")
    app.add_middleware(_SessionCheck(app, checker, credentials))
    app.add_error_handler(CustomerServiceError, _on_service_error)
    app.add_error_handler(MessageError, _on_message_error)


def public(target: Marked) -> Marked:
    """Mark a resource class, a responder or a sink as public: it needs no session.

    A subclass of a public class is not public.
    """
    return mark_public(target)


def require(role: str) -> Hook:
    """A hook that demands ``role``, for ``@falcon.before`` on a resource class or a responder.

    The hook raises ForbiddenError if the session lacks the role.
    """

    def hook(req: falcon.Request, _resp: falcon.Response, _res: object, _params: object) -> None:
        session_of(req).require(role)

    return hook


def session_of(req: falcon.Request) -> Session:
    """The session of the request, for a responder under WSGI or ASGI.

    Raises:
        RuntimeError: there is no session, because the target is public, or neither ``protect`` nor
            a SessionMiddleware protects the application. That is an error in the program, not of
            the caller.
    """
    if isinstance(req, falcon.asgi.Request):
        state: dict[str, object] = req.scope.get("state") or {}
        return require_session(state.get("session", NOT_CHECKED), _ASGI_MIDDLEWARE)
    found: object = getattr(req.context, "session", req.env.get(KEY, NOT_CHECKED))
    return require_session(found, "cybershop_customer.entrypoints.middleware.falcon.protect")


class _SessionCheck:
    """Middleware that checks the session just before Falcon runs the responder."""

    def __init__(
        self, app: App, checker: SessionChecker, read_credentials: ReadCredentials
    ) -> None:
        self._app = app
        self._checker = require_blocking(checker)
        self._read_credentials = read_credentials

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Check sinks and static routes, for which Falcon does not call process_resource."""
        env = req.env
        begin_trace(TraceContext.parse(env.get("HTTP_TRACEPARENT"), env.get("HTTP_TRACESTATE")))
        req.context.session_check_target = (req.path, req.method)
        req.context.session = None
        resource, responder = self._target(req)
        # Falcon tests the truth too: for a resource of length 0 it calls no process_resource.
        if not resource and not _is_open(resource, responder):
            self._check(req)

    def process_resource(
        self,
        req: falcon.Request,
        resp: falcon.Response,  # noqa: ARG002
        resource: object,
        params: dict[str, Any],  # noqa: ARG002
    ) -> None:
        """Check resources."""
        _, responder = self._target(req)
        # Falcon has chosen the responder already. After a change of the request, the responder
        # found here could be another one.
        is_same = req.context.session_check_target == (req.path, req.method)
        req.context.session = None
        if not (is_same and _is_open(resource, responder)):
            self._check(req)

    def process_response(
        self,
        req: falcon.Request,  # noqa: ARG002
        resp: falcon.Response,  # noqa: ARG002
        resource: object,  # noqa: ARG002
        req_succeeded: bool,  # noqa: ARG002, FBT001 (Falcon's signature)
    ) -> None:
        """Leave the trace of the request."""
        begin_trace(None)

    def _target(self, req: falcon.Request) -> tuple[object, object]:
        # Falcon has no public way to find the sink or the responder of a request.
        route = self._app._get_responder(req)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        responder, _params, resource, _template = route
        return resource, responder

    def _check(self, req: falcon.Request) -> None:
        credentials = self._read_credentials(req)
        req.context.session = self._checker.check_session(
            credentials.context_id, customer_id=credentials.customer_id
        )


def _is_open(resource: object, responder: object) -> bool:
    return _is_falcon_default(responder) or _is_public(resource, responder)


def _is_falcon_default(responder: object) -> bool:
    """Whether the responder is one of Falcon itself."""
    return getattr(responder, "__module__", None) == "falcon.responders"


def _is_public(resource: object, responder: object) -> bool:
    return MARK in vars(type(resource)) or is_marked(responder)


def _on_service_error(
    req: falcon.Request, resp: falcon.Response, error: CustomerServiceError, _params: object
) -> None:
    _send(resp, problem_reply(error, _request_id(req, resp)))


def _on_message_error(
    req: falcon.Request, resp: falcon.Response, error: MessageError, _params: object
) -> None:
    _send(resp, reply_of(problem_from_message_error(error), _request_id(req, resp)))


def _request_id(req: falcon.Request, resp: falcon.Response) -> str:
    """The request_id that is set on the response, or the caller's, or a new one."""
    return request_id(resp.get_header("X-Request-ID") or req.get_header("X-Request-ID"))


def _send(resp: falcon.Response, reply: Reply) -> None:
    resp.status = reply.status
    resp.set_headers(dict(reply.headers))
    resp.data = reply.body
