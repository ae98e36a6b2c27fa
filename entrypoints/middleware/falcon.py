"""The session check in a Falcon application."""

from collections.abc import Callable
from typing import Any

import falcon
import falcon.asgi

from ...domain.errors import CustomerServiceError
from ...domain.session import Session
from ...ports.session_checker import SessionChecker
from ..http.problem import MessageError, problem_from_message_error
from ..http.request_id import request_id
from .falcon_credentials import Credentials, ReadCredentials, from_header, from_message
from .public_mark import MARK, Marked, is_marked, mark_public
from .reply import Reply, problem_reply, reply_of

__all__ = ["Credentials", "from_header", "from_message", "protect", "public", "require"]

App = falcon.App[Any, Any]
Hook = Callable[[falcon.Request, falcon.Response, object, dict[str, Any]], None]


def protect(
    app: App, checker: SessionChecker, *, credentials: ReadCredentials = from_header
) -> None:
    """Demand a live session for everything that ``app`` serves, unless it is ``public``.

    The session is ``req.context.session``; None where it is public. Sinks and static routes are
    protected like resources. What Falcon answers by itself needs no session, since no code of the
    service runs for it: 404, 405, and OPTIONS where a resource has no ``on_options``. So a
    preflight of CORS passes, wherever CORSMiddleware stands among the middleware.

    Refusals become problems; so does whatever else of this library's errors a responder raises.
    Middleware that changes the path or the method of a request must be added before, and must do
    so in ``process_request``. What is changed later is not public.

    Args:
        app: the application, at any time before its first request.
        checker: any SessionChecker.
        credentials: reads them: ``from_header``, ``from_message``, or a function like these.

    Raises:
        TypeError: ``app`` is an ASGI application.
    """
    if isinstance(app, falcon.asgi.App):
        raise TypeError(
            "protect is for falcon.App; wrap a falcon.asgi.App in"
            " cybershop_customer.entrypoints.middleware.asgi.SessionMiddleware"
        )
    app.add_middleware(_SessionCheck(app, checker, credentials))
    app.add_error_handler(CustomerServiceError, _on_service_error)
    app.add_error_handler(MessageError, _on_message_error)


def public(target: Marked) -> Marked:
    """Open a resource class, a responder, or a sink to everybody: no session is looked for.

    A class that inherits from a public one is not public by that.
    """
    return mark_public(target)


def require(role: str) -> Hook:
    """What ``@falcon.before`` demands ``role`` with, on a resource class or a responder.

    The hook raises ForbiddenError if the session lacks the role.
    """

    def hook(req: falcon.Request, _resp: falcon.Response, _res: object, _params: object) -> None:
        session: Session | None = getattr(req.context, "session", None)
        if session is None:
            raise RuntimeError("no session here: this is public, or protect() was not called")
        session.require(role)

    return hook


class _SessionCheck:
    """Middleware: judges what Falcon is about to run, at the last moment before it does."""

    def __init__(self, app: App, checker: SessionChecker, credentials: ReadCredentials) -> None:
        self._app = app
        self._checker = checker
        self._credentials = credentials

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Check sinks and static routes, for which Falcon does not call process_resource."""
        req.context.session_check_target = (req.path, req.method)
        req.context.session = None
        resource, responder = self._target(req)
        # Falcon asks for its truth too: a resource with a length of 0 gets no process_resource.
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
        # Falcon has chosen its responder by now, and after a change this would be another one.
        is_same = req.context.session_check_target == (req.path, req.method)
        req.context.session = None
        if not (is_same and _is_open(resource, responder)):
            self._check(req)

    def _target(self, req: falcon.Request) -> tuple[object, object]:
        # Falcon tells middleware nothing of sinks and responders, and has no public way to ask.
        found = self._app._get_responder(req)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        responder, _params, resource, _template = found
        return resource, responder

    def _check(self, req: falcon.Request) -> None:
        presented = self._credentials(req)
        req.context.session = self._checker.check_session(
            presented.context_id, customer_id=presented.customer_id
        )


def _is_open(resource: object, responder: object) -> bool:
    return _is_falcons(responder) or _is_public(resource, responder)


def _is_falcons(responder: object) -> bool:
    """Whether Falcon answers by itself."""
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
    """The one that the service has given the request already, or the caller's, or a new one."""
    return request_id(resp.get_header("X-Request-ID") or req.get_header("X-Request-ID"))


def _send(resp: falcon.Response, reply: Reply) -> None:
    resp.status = reply.status
    resp.set_headers(dict(reply.headers))
    resp.data = reply.body
